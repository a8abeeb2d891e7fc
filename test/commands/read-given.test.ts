import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { readGiven } from "../../src/commands/read-given.ts";

const folder = mkdtempSync(join(tmpdir(), "msb-deps-test-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const MIB = 2 ** 20;
const read = async (path: string, signal = new AbortController().signal) =>
  (await readGiven(path, MIB, signal)).toString("latin1");

it("reads a file up to a size", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "x".repeat(MIB));
  expect(await read(file)).toHaveLength(MIB);
  writeFileSync(file, "x".repeat(MIB + 1));
  await expect(read(file)).rejects.toThrow("larger than 1 MiB");
});

it.each([
  ["/dev/zero", "not a regular file"],
  ["/dev/null", "not a regular file"],
  [folder, "a directory"],
])("refuses %s", async (path, why) => {
  await expect(read(path)).rejects.toThrow(why);
});

it("waits for the writer of a FIFO, and no longer than its signal allows", async () => {
  const fifo = join(folder, "fifo");
  execFileSync("mkfifo", [fifo]);
  const stop = new AbortController();
  setTimeout(() => stop.abort(new Error("stopped")), 100);
  await expect(read(fifo, stop.signal)).rejects.toThrow("stopped");
  const both = [read(fifo), writeFile(fifo, "FROM scratch")] as const;
  expect((await Promise.all(both))[0]).toBe("FROM scratch");
});

it("ends when its signal is aborted", async () => {
  const file = join(folder, "other");
  writeFileSync(file, "x");
  await expect(read(file, AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
});
