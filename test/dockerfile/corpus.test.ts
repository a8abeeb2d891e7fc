import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import type { BuildPlan, Stage } from "../../src/dockerfile/plan.ts";

const folder = new URL("./corpus/", import.meta.url);
const names = readdirSync(folder).filter((name) => name.endsWith(".Dockerfile"));
const expected = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8"));

test("every file of the corpus has its facts written down", () => {
  expect(names.map((name) => name.replace(".Dockerfile", ""))).toEqual(Object.keys(expected).sort());
});

test.each(names)("%s", (name) => {
  const text = readFileSync(new URL(name, folder), "utf8");
  expect(facts(makePlan(parseDockerfile(text), { platform: { os: "linux", arch: "amd64" } }))).toEqual(
    expected[name.replace(".Dockerfile", "")],
  );
});

function facts(plan: BuildPlan) {
  return {
    builders: plan.builders.map((stage) => stage.name ?? stage.index),
    runtime: plan.runtime === null ? null : plan.runtime.from,
    copies: plan.copies.map(
      (copy) =>
        `${copy.stage}:${copy.source} > ${copy.destination}${copy.ldconfigAfter ? " ldconfig" : ""}${copy.assumed ? " ?" : ""}`,
    ),
    notLookedAt: plan.notLookedAt.map((item) => `${item.line} ${item.reason} ${item.from}`),
    packages: plan.runtime === null ? [] : packages(plan.runtime),
    programs: plan.runtime === null ? [] : programs(plan.runtime),
  };
}

function packages(stage: Stage): string[] {
  return stage.instructions
    .flatMap((instruction) => (instruction.kind === "run" ? instruction.aptInstalls : []))
    .flatMap((install) => [
      ...install.packages.map(
        (word) => `${word.line} ${word.name}${word.architecture === null ? "" : `:${word.architecture}`}`,
      ),
      ...install.unknownWords.map((word) => `${word.line} ?${word.text}`),
      install.noInstallRecommends ? "no recommends" : "recommends",
    ]);
}

function programs(stage: Stage): string[] {
  return stage.instructions.flatMap((instruction) => (instruction.kind === "command" ? instruction.programs : []));
}
