import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { program } from "../../src/cli/program.ts";
import { writeSavedRun } from "../../src/commands/saved-run.ts";
import { LIB, LOADER, madeRun } from "../analysis/made-run.ts";
import { folderOf } from "../files.ts";
import { collectedIo } from "../io.ts";

// The first command loads all modules.
vi.setConfig({ testTimeout: 60_000 });

/** A run whose artifact needs liba1 and libb1, in a directory with a committed list. */
async function runWith(files: Readonly<Record<string, string>>, runtimeLines = "") {
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
    runtimeLines,
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
  return { folder, list, check, dockerfile: run.dockerfile ?? "", text: () => readFile(list, "utf8") };
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

test("a report is compared by its packages, and rewritten as a whole", async () => {
  const { check, list, folder, text } = await runWith({
    list: '{ "schemaVersion": 1, "install": ["liba1", "libold2"] }',
  });
  const diff = "--- /list\n+++ /list\n@@ -1,2 +1,2 @@\n liba1\n-libold2\n+libb1\n";
  expect(await check("--check", list)).toMatchObject({ exitCode: 1, stdout: diff });
  expect(await check("--check", list, "--update")).toMatchObject({ exitCode: 0, stdout: diff });
  expect(JSON.parse(await text()).install).toEqual(["liba1", "libb1"]);
  expect(await check("--check", list)).toMatchObject({ exitCode: 0, stdout: "" });
  await check("--check", join(folder, "new.json"), "--update");
  expect(await readFile(join(folder, "new.json"), "utf8")).toBe(await text());
  await writeFile(list, '{ "schemaVersion": 1, "files": [] }');
  await expect(check("--check", list)).rejects.toThrow("is no report of analyze: install is missing.");
});

describe("the Dockerfile itself", () => {
  /** The run with a list in the Dockerfile, and its check. */
  async function withList(lines: string) {
    const made = await runWith({}, lines);
    const path = join(made.folder, "Dockerfile");
    await writeFile(path, made.dockerfile);
    const check = (...args: string[]) => made.check("--check", path, ...args);
    return { check, text: () => readFile(path, "utf8"), path };
  }

  test("names just the needed packages, in any order and with versions", async () => {
    const { check } = await withList("RUN apt-get update && apt-get install -y libb1=1 liba1\n");
    expect(await check()).toMatchObject({ exitCode: 0, stdout: "" });
  });

  test("drifts as a list does, and its own command is rewritten", async () => {
    const { check, text } = await withList("RUN apt-get update && apt-get install -y \\\n    liba1 \\\n    libold2\n");
    const diff = [
      "--- /Dockerfile",
      "+++ /Dockerfile",
      "@@ -2,5 +2,5 @@",
      " FROM debian:13-slim AS runtime",
      " RUN apt-get update && apt-get install -y \\",
      "     liba1 \\",
      "-    libold2",
      "+    libb1",
      " COPY --from=builder /out/ /",
      "",
    ];
    const stdout = diff.join("\n");
    expect(await check()).toMatchObject({ exitCode: 1, stdout });
    expect(await check("--update")).toMatchObject({ exitCode: 0, stdout });
    expect(await text()).toContain("libb1");
    expect(await text()).not.toContain("libold2");
  });

  test("without an install command gets one", async () => {
    const { check, text } = await withList("");
    expect((await check("--update")).exitCode).toBe(0);
    expect(await text()).toMatch(/^RUN apt-get update .*\n(?:.*\n)*.*liba1/m);
  });

  test("is left as it is if a word is not literal", async () => {
    const { check, text } = await withList('ENV P="libold2 liba1"\nRUN apt-get update && apt-get install -y $P\n');
    const before = await text();
    const diff = "--- /Dockerfile\n+++ /Dockerfile\n@@ -1,2 +1,2 @@\n liba1\n-libold2\n+libb1\n";
    expect(await check()).toMatchObject({ exitCode: 1, stdout: diff });
    await expect(check("--update")).rejects.toThrow("the list of ");
    expect(await text()).toBe(before);
  });

  test("is not compared if part of the list is unknown, or if it is another one", async () => {
    const unknown = await withList("RUN apt-get update && apt-get install -y liba1 $PACKAGES\n");
    await expect(unknown.check()).rejects.toMatchObject({ message: expect.stringContaining("part of it is unknown") });
    const other = await withList("");
    await writeFile(other.path, "FROM debian:13\n");
    await expect(other.check()).rejects.toThrow("is a Dockerfile, but not the one that is inspected.");
  });
});
