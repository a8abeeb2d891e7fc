import { execFileSync } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { writeWhole } from "../../src/commands/write-result.ts";

function folder(): string {
  const root = mkdtempSync(join(tmpdir(), "msb-deps-test-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  return root;
}

it("writes a file that is new, and one that is there", async () => {
  const root = folder();
  for (const text of ["one", "two"]) {
    await writeWhole(join(root, "file"), text);
    expect(readFileSync(join(root, "file"), "utf8")).toBe(text);
  }
  expect(readdirSync(root)).toEqual(["file"]);
});

it("puts no file in the place of a FIFO or a link", async () => {
  const root = folder();
  const [fifo, link, target] = [join(root, "fifo"), join(root, "link"), join(root, "target")];
  execFileSync("mkfifo", [fifo]);
  const reader = await open(fifo, "r+");
  await writeWhole(fifo, "through");
  expect((await reader.read(Buffer.alloc(7))).buffer.toString()).toBe("through");
  await reader.close();
  expect(lstatSync(fifo).isFIFO()).toBe(true);
  writeFileSync(target, "before");
  symlinkSync("target", link);
  await writeWhole(link, "behind");
  expect([lstatSync(link).isSymbolicLink(), readFileSync(target, "utf8")]).toEqual([true, "behind"]);
  expect(readdirSync(root).sort()).toEqual(["fifo", "link", "target"]);
});

it("says what could not be written", async () => {
  await expect(writeWhole(folder(), "x")).rejects.toMatchObject({ code: "write-failed" });
});
