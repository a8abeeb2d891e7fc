import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { finish } from "../../src/base/steps.ts";
import { askFiles } from "../../src/look/ask-files.ts";
import { askLoader } from "../../src/look/ask-inside.ts";
import { Observations } from "../../src/look/observations.ts";
import { observeRecords } from "../../src/look/observe-records.ts";
import { parseRecords } from "../../src/look/records.ts";
import { nextRequest } from "../../src/look/request.ts";
import { runHere } from "../../src/look/run-here.ts";
import { lookScript } from "../../src/look/script.ts";
import { Tracker } from "../../src/look/tracker.ts";
import { engineHere, imageHere } from "./here.ts";

// A kernel without 32-bit support answers execve(2) of an i386 loader with ENOEXEC; so does any kernel where a file's
// machine and class do not go together. execvp(3) would then have /bin/sh list its own libraries.

const { signal } = new AbortController();
const root = realpathSync(mkdtempSync(join(tmpdir(), "msb-deps-test-")));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const loader = join(root, "ld-linux.so.2");
beforeAll(() => {
  const bytes = readFileSync("/lib64/ld-linux-x86-64.so.2");
  bytes.writeUInt16LE(3, 18);
  writeFileSync(loader, bytes);
  chmodSync(loader, 0o755);
});

const ask = (file: string) => {
  const { misses } = new Tracker(new Observations());
  misses.asks.set("question", { loader, file });
  return misses;
};

it("gives no answer in the script", async () => {
  const into = new Observations();
  const command = ["/usr/bin/perl", "-e", lookScript()];
  const base = { image: imageHere, maxOutput: 1, timeoutMs: 1, signal, env: {} };
  const { stdout } = await engineHere().run({ ...base, command, stdin: nextRequest(ask("/bin/ls")) });
  finish(observeRecords(parseRecords(stdout), into));
  expect(into.answer(loader, "/bin/ls")).toEqual({ exit: null, output: "", errors: "" });
});

it("gives no answer through a shell", async () => {
  const into = new Observations();
  await askLoader(runHere, ask("/bin/ls"), into, signal);
  expect(into.answer(loader, "/bin/ls")).toMatchObject({ exit: null, output: "" });
});

it("is reported as such to verify", async () => {
  const files = [{ loader, path: "/bin/ls", secure: false }];
  const questions = { purge: [], libraryPath: "", preload: "", files, programs: [] };
  const answers = await askFiles(engineHere(), imageHere, questions, signal);
  expect(answers?.files).toEqual([{ exit: 126, text: "cannot be run: Exec format error\n" }]);
});
