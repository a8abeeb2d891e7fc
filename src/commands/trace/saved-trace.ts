import * as v from "valibot";
import { list, numberIn, object, oneOf, pathText, text, versionOne } from "../../base/schema.ts";
import { isPackageName } from "../../debian/packages.ts";
import type { RunEnd, RunPair, Trace, TracedPath } from "../../proof/trace/model.ts";
import { readSaved } from "../read-saved.ts";
import { writeWhole } from "../write-result.ts";

/** Far beyond what runs have. */
const MAX_BYTES = 128 * 2 ** 20;

/**
 * Writes a trace as a JSON file, one path a line; the same trace gives the same bytes. It has the command, and nothing of the
 * environment or of the output.
 * @throws MsbDepsError `write-failed`
 */
export async function writeTrace(path: string, { runs, paths }: Trace): Promise<void> {
  const lines = (rows: readonly object[]): string => rows.map((row) => `\n  ${JSON.stringify(row)}`).join(",");
  await writeWhole(path, `{"traceVersion":1,\n "runs":[${lines(runs)}],\n "paths":[${lines(paths)}]}\n`);
}

/**
 * Reads what {@link writeTrace} wrote; a file from elsewhere is judged field by field.
 * @throws MsbDepsError `snapshot-invalid`
 */
export async function readTrace(path: string, signal: AbortSignal): Promise<Trace> {
  const kind = { schema: saved, name: "a trace", command: "the trace again with trace --save-trace" };
  const { traceVersion: _, ...trace } = await readSaved(path, kind, MAX_BYTES, signal);
  return trace;
}

const end = object<RunEnd>({
  outcome: oneOf(["ended", "limit", "asked"]),
  exitCode: numberIn(0, 255),
  probe: v.nullable(numberIn(0, 255)),
});

const word = v.pipe(
  text,
  v.check(
    (name) => /^[^:]+(?::[a-z0-9-]+)?$/.test(name) && isPackageName(name.split(":")[0] ?? ""),
    "is not a package",
  ),
);

const row = object<TracedPath>({
  path: pathText,
  kind: oneOf(["exec", "open", "list", "look"]),
  directory: v.boolean("is not true or false"),
  by: list(text),
  state: oneOf(["present", "missing", "vain"]),
  verdict: v.nullable(oneOf(["required", "used", "probed"])),
  package: v.nullable(word),
  source: v.nullable(oneOf(["dpkg", "source", "table"])),
});

const saved = object<Trace & { readonly traceVersion: 1 }>({
  traceVersion: versionOne,
  runs: list(object<RunPair>({ command: list(text), full: end, lean: end, unseen: list(text) })),
  paths: list(row),
});
