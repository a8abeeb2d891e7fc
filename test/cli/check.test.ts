import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { program } from "../../src/cli/program.ts";
import { writeSavedRun } from "../../src/commands/saved-run.ts";
import { LIB, LOADER, madeRun } from "../analysis/made-run.ts";
import { folderOf } from "../files.ts";
import { collectedIo } from "../io.ts";

// The first command loads all modules.
vi.setConfig({ testTimeout: 60_000 });

/** A run whose artifact needs liba1 and libb1, in a directory with a committed list. */
async function runWith(files: Readonly<Record<string, string>>) {
  const folder = await folderOf({ x: "", ...files });
  const run = madeRun(
    {
      files: {
        "/out": "folder",
        "/out/app": { elf: { interpreter: LOADER, needed: ["liba.so.1", "libb.so.1"] } },
        [`${LIB}/liba.so.1`]: { elf: { soname: "liba.so.1" } },
        [`${LIB}/libb.so.1`]: { elf: { soname: "libb.so.1" } },
      },
      packages: [{ Package: "liba1" }, { Package: "libb1" }],
      owned: { liba1: [`${LIB}/liba.so.1`], libb1: [`${LIB}/libb.so.1`] },
    },
    { files: {} },
  );
  await writeSavedRun(join(folder, "run"), run);
  const list = join(folder, "list");
  const check = async (...args: string[]) => {
    const { io, stdout, stderr } = collectedIo();
    let exitCode = -1;
    const finished = (code: number): void => {
      exitCode = code;
    };
    const words = ["node", "msb-deps", "analyze", "--snapshot", join(folder, "run"), ...args];
    await program({ io, finished, stopAfter: () => {}, showTimings: () => {} }).parseAsync(words);
    return { exitCode, stdout: stdout().replaceAll(folder, ""), stderr: stderr().replaceAll(folder, "") };
  };
  return { folder, list, check, text: () => readFile(list, "utf8") };
}

test("the same packages in any order are no drift", async () => {
  const { check, list } = await runWith({ list: "libb1 liba1\n" });
  expect(await check("--check", list)).toMatchObject({ exitCode: 0, stdout: "" });
});

test("drift is a unified diff and exit code 1; --update rewrites", async () => {
  const { check, list, text, folder } = await runWith({ list: "liba1\nlibold2\n" });
  const diff = "--- /list\n+++ /list\n@@ -1,2 +1,2 @@\n liba1\n-libold2\n+libb1\n";
  expect(await check("--check", list)).toMatchObject({ exitCode: 1, stdout: diff });
  expect(await text()).toBe("liba1\nlibold2\n");
  // Files of -o are written beside it.
  await check("--check", list, "-f", "list", "-o", join(folder, "copy"));
  expect(await readFile(join(folder, "copy"), "utf8")).toBe("liba1\nlibb1\n");
  const updated = await check("--check", list, "--update");
  expect(updated).toMatchObject({ exitCode: 0, stdout: diff });
  expect(updated.stderr).toContain("info: /list was rewritten\n");
  expect(await text()).toBe("liba1\nlibb1\n");
});

test("a list that is not there is created with --update alone", async () => {
  const { check, list, text } = await runWith({});
  await expect(check("--check", list)).rejects.toMatchObject({ code: "usage" });
  expect((await check("--check", list, "--update")).exitCode).toBe(0);
  expect(await text()).toBe("liba1\nlibb1\n");
});

test("what makes no sense is refused", async () => {
  const { check, list, folder } = await runWith({ list: "", "a/Dockerfile": "", "b/Dockerfile": "" });
  await expect(check("--update")).rejects.toThrow("--update has no effect on its own.");
  await expect(check(join(folder, "a"), join(folder, "b"), "--check", list)).rejects.toThrow("--check compares one");
});
