import { readdirSync, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { type Audit, audit } from "../../src/audit/audit.ts";
import { finish } from "../../src/base/steps.ts";
import { staticSubject } from "../../src/commands/audit-static.ts";
import type { Io, RunOptions } from "../../src/commands/options.ts";

const folder = new URL("../fixtures/audit/", import.meta.url).pathname;
const names = readdirSync(folder).filter((name) => name.endsWith("Dockerfile"));

/** The options of `audit --no-build FILE`. */
const OPTIONS = {
  artifacts: [],
  target: null,
  runtime: null,
  image: null,
  rootfs: null,
  oci: null,
  runtimeOci: null,
  runtimeRootfs: null,
  context: null,
  buildArgs: {},
  platform: null,
  online: false,
  saveSnapshot: null,
  snapshot: null,
} as Partial<RunOptions> as RunOptions;

/** What a Dockerfile says in its last lines about itself: `#> LINE CODE SEVERITY PACKAGE`, `#> not judged: RULES REASON`. */
function expected(text: string): string[] {
  return [...text.matchAll(/^#> (.*?)\r?$/gm)].map(([, line]) => line ?? "");
}

function lines({ findings, judged, instead }: Audit): string[] {
  const found = findings.map(({ line, code, severity, package: name }) =>
    [line, code, severity, ...(name === null ? [] : [name])].join(" "),
  );
  const open = new Map<string, string[]>();
  for (const { rule, status, reason } of judged) {
    if (reason === null) continue;
    const key = `${status === "partly" ? "partly judged" : "not judged"}:\n${reason.code}`;
    open.set(key, [...(open.get(key) ?? []), rule]);
  }
  const notJudged = [...open].map(([key, rules]) => key.replace("\n", ` ${rules.join(" ")} `));
  const stage = instead === null ? [] : [`passed over: ${instead.of.name ?? instead.of.index}`];
  return [...found, ...stage, ...notJudged];
}

test("there are enough of them", () => expect(names.length).toBeGreaterThanOrEqual(60));

test.each(names)("%s", async (name) => {
  const path = `${folder}${name}`;
  const io = { stdin: Readable.from([]), signal: new AbortController().signal } as Partial<Io> as Io;
  const subject = await staticSubject(
    { options: { ...OPTIONS, dockerfile: path }, policy: { ignore: new Set(), severity: {}, kept: new Set() } },
    io,
  );
  expect(lines(audit(finish(subject.look(subject.text)))).sort()).toEqual(expected(readFileSync(path, "utf8")).sort());
});
