import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { readTrace, writeTrace } from "../../src/commands/trace/saved-trace.ts";
import type { Trace } from "../../src/proof/trace/model.ts";

const TRACE: Trace = {
  runs: [
    {
      command: ["app", "-v"],
      full: { outcome: "ended", exitCode: 0, probe: null },
      lean: { outcome: "asked", exitCode: 143, probe: 1 },
      unseen: ["unread"],
    },
  ],
  paths: [
    {
      ...{ path: "/etc/x\udcff", kind: "open", directory: false, by: ["/bin/app"], state: "missing" },
      ...{ verdict: "used", package: "libx1:i386", source: "dpkg" },
    },
  ],
};

const signal = new AbortController().signal;

async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "msb-deps-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "trace.json");
  await writeFile(path, text);
  return path;
}

it("a trace comes back as it was saved, and the same trace gives the same bytes", async () => {
  const path = await fileOf("");
  await writeTrace(path, TRACE);
  const text = await readFile(path, "utf8");
  expect(await readTrace(path, signal)).toEqual(TRACE);
  await writeTrace(path, await readTrace(path, signal));
  expect(await readFile(path, "utf8")).toBe(text);
});

it.each([
  ["{", "not valid JSON"],
  ['{"traceVersion":2,"runs":[],"paths":[]}', "traceVersion is not 1"],
  ['{"traceVersion":1,"runs":[],"paths":1}', "paths is not a list"],
  ['{"traceVersion":1,"runs":[],"paths":[{"path":"x"}]}', "paths[0].path is not an absolute path"],
  [
    '{"traceVersion":1,"runs":[],"paths":[{"path":"/x","kind":"open","directory":false,"by":[],"state":"missing","verdict":"used","package":"-o;x","source":null}]}',
    "paths[0].package is not a package",
  ],
])("refuses %s", async (text, why) => {
  await expect(readTrace(await fileOf(text), signal)).rejects.toMatchObject({
    code: "snapshot-invalid",
    message: expect.stringContaining(why) as string,
  });
});
