import { readdirSync, readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { type Audit, audit } from "../../src/audit/audit.ts";
import { finish } from "../../src/base/steps.ts";
import { staticSubject } from "../../src/commands/audit-static.ts";
import type { Io, RunOptions } from "../../src/commands/options.ts";
import { findingText } from "../../src/report/finding-text.ts";

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

/** The words that two findings propose different fixes for. */
function contradictions({ findings }: Audit): string[] {
  const fixes = new Map<string, Set<string>>();
  for (const finding of findings) {
    const { fix } = findingText(finding);
    if (finding.package === null || fix === null || fix.endsWith(", if you keep it")) continue;
    const word = `${finding.line}:${finding.column} ${finding.package}`;
    fixes.set(word, (fixes.get(word) ?? new Set()).add(fix));
  }
  return [...fixes].filter(([, all]) => all.size > 1).map(([word, all]) => `${word}: ${[...all].join("; ")}`);
}

test("there are enough of them", () => expect(names.length).toBeGreaterThanOrEqual(60));

test.each(names)("%s", async (name) => {
  const path = `${folder}${name}`;
  const io = { stdin: Readable.from([]), signal: new AbortController().signal } as Partial<Io> as Io;
  const subject = await staticSubject(
    { options: { ...OPTIONS, dockerfile: path }, policy: { ignore: new Set(), severity: {}, kept: new Set() } },
    io,
  );
  const found = audit(finish(subject.look(subject.text)));
  expect(lines(found).sort()).toEqual(expected(readFileSync(path, "utf8")).sort());
  expect(contradictions(found)).toEqual([]);
});
