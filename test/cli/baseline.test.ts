import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { folderOf } from "../files.ts";
import { runProgram } from "../run-program.ts";

// The first command loads all modules.
vi.setConfig({ testTimeout: 60_000 });

const stage = (packages: string): string =>
  `FROM debian:13-slim AS app\nRUN apt-get update && apt-get install -y --no-install-recommends ${packages} && rm -rf /var/lib/apt/lists/*\nUSER app\n`;

/** Dockerfiles in a directory, and its audits with a baseline. */
async function project(files: Readonly<Record<string, string>>) {
  const folder = await folderOf({ ".git": "", ...files });
  const file = join(folder, "known.json");
  const audit = async (paths: readonly string[], ...args: string[]) => {
    const words = ["audit", "--no-build", ...paths.map((path) => join(folder, path)), "--baseline", file, ...args];
    const { exitCode, stdout, stderr } = await runProgram(words);
    return { exitCode, stdout: stdout.replaceAll(folder, ""), stderr: stderr.replaceAll(folder, "") };
  };
  const rows = async (): Promise<string[]> => {
    const { schemaVersion, findings } = JSON.parse(await readFile(file, "utf8"));
    expect(schemaVersion).toBe(1);
    return findings.map((one: object) => Object.values(one).join(" "));
  };
  const write = (path: string, text: string): Promise<void> => writeFile(join(folder, path), text);
  return { folder, file, audit, rows, write };
}

test("only new findings are shown and counted", async () => {
  const { audit, rows, write } = await project({ Dockerfile: stage("libicu72 libssl1.1") });
  const written = await audit([""], "--update-baseline");
  expect(written).toMatchObject({ exitCode: 0, stdout: "" });
  expect(written.stderr).toContain("info: /known.json was written\n");
  expect(await rows()).toEqual(["Dockerfile app unknown-package libicu72", "Dockerfile app unknown-package libssl1.1"]);
  expect((await audit([""])).stderr).toContain("no findings; 2 in the baseline\n");
  // Neither the line nor the number of findings counts.
  await write("Dockerfile", `# moved\n\n${stage("libssl1.1 libicu72 libffi7")}`);
  const { exitCode, stdout, stderr } = await audit([""]);
  expect([exitCode, stdout]).toEqual([1, expect.stringMatching(/^\/Dockerfile:4 unknown-package error libffi7 .*\n$/)]);
  expect(stderr).toContain("1 error; 2 in the baseline\n");
  const json = await audit([""], "-f", "json");
  expect(JSON.parse(json.stdout).findings).toHaveLength(1);
  // The same package in another stage is new.
  await write("Dockerfile", stage("libicu72").replace("AS app", "AS other"));
  expect((await audit([""])).exitCode).toBe(1);
});

test("many files; an update keeps what this run did not look at, and drops what is gone", async () => {
  const files = {
    "a/Dockerfile": stage("libicu72"),
    "b/Dockerfile": stage("libffi7"),
    "c/Dockerfile": stage("tzdata"),
  };
  const { audit, rows, folder, file } = await project(files);
  await audit(["."], "--update-baseline");
  expect(await rows()).toEqual([
    "a/Dockerfile app unknown-package libicu72",
    "b/Dockerfile app unknown-package libffi7",
    "c/Dockerfile app redundant tzdata",
  ]);
  expect(await audit(["a", "b"])).toMatchObject({ exitCode: 0, stdout: "" });
  // Found by a build, which this run does not do.
  const known = JSON.parse(await readFile(file, "utf8"));
  known.findings.push({ file: "a/Dockerfile", stage: "app", code: "missing", subject: "libpq5" });
  await writeFile(file, JSON.stringify(known));
  await writeFile(join(folder, "a/Dockerfile"), stage("tzdata"));
  await rm(join(folder, "c"), { recursive: true });
  await audit(["a"], "--update-baseline");
  expect(await rows()).toEqual([
    "a/Dockerfile app missing libpq5",
    "a/Dockerfile app redundant tzdata",
    "b/Dockerfile app unknown-package libffi7",
  ]);
});

test("a baseline file that does not exist, or is no baseline, is an error", async () => {
  const { audit, write } = await project({ Dockerfile: stage("tzdata") });
  await expect(audit([""])).rejects.toThrow("no such file or directory (ENOENT).");
  await write("known.json", '{ "schemaVersion": 1, "findings": [{ "file": "x" }] }');
  await expect(audit([""])).rejects.toThrow("known.json could not be read: findings[0].stage is missing.");
});
