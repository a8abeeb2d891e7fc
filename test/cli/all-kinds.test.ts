import { cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { folderOf } from "../files.ts";
import { runProgram } from "../run-program.ts";

// The first command loads all modules.
vi.setConfig({ testTimeout: 120_000 });

interface One {
  readonly file: string;
  readonly error: unknown;
  readonly exitCode: number;
  readonly findings: readonly { readonly code: string; readonly severity: string }[];
}

async function audit(...args: string[]) {
  const { exitCode, stdout } = await runProgram(["audit", "--no-build", "-q", "-f", "json", ...args]);
  return { exitCode, document: JSON.parse(stdout) };
}

const CONFIG = `ignore: [root-user]
failure-threshold: none
files:
  - path: "Dockerfile.[a-m]*"
    severity: { unknown-package: info }
  - path: "Dockerfile.{a,r}*"
    ignore: [redundant]
    failure-threshold: info
`;

test("a directory of all kinds of Dockerfiles in one run with one config file", async () => {
  const folder = await folderOf({ ".git": "", ".msb-deps.yaml": CONFIG, "Dockerfile.broken": "RUN true\n" });
  const names = await readdir("test/fixtures/audit");
  for (const name of names) await cp(join("test/fixtures/audit", name), join(folder, `Dockerfile.${name}`));
  expect(names.length).toBeGreaterThanOrEqual(60);
  const { exitCode, document } = await audit(folder);
  const files: readonly One[] = document.files;
  expect([exitCode, files.length]).toEqual([2, names.length + 1]);
  expect(files.filter(({ error }) => error !== null).map(({ file }) => file)).toEqual([`${folder}/Dockerfile.broken`]);
  const good = files.filter(({ error }) => error === null);
  const findings = (pattern: RegExp, code: string) =>
    good.filter(({ file }) => pattern.test(file)).flatMap((one) => one.findings.filter((each) => each.code === code));
  expect(findings(/./, "root-user")).toEqual([]);
  const severities = (pattern: RegExp) => new Set(findings(pattern, "unknown-package").map(({ severity }) => severity));
  expect(severities(/\.[a-m][^/]*$/)).toEqual(new Set(["info"]));
  expect(severities(/\.[n-z][^/]*$/)).toContain("error");
  expect(findings(/\.[ar][^/]*$/, "redundant")).toEqual([]);
  expect(findings(/\.[^ar/][^/]*$/, "redundant")).not.toEqual([]);
  for (const { file, exitCode: code, findings: its } of good)
    expect([file, code]).toEqual([file, /\.[ar][^/]*$/.test(file) && its.length > 0 ? 1 : 0]);
  // Without the file, the same run says more.
  const plain = await audit(folder, "--no-config");
  const count = (all: readonly One[]): number => all.reduce((sum, { findings: its = [] }) => sum + its.length, 0);
  expect(count(plain.document.files)).toBeGreaterThan(count(files));
  // A file alone gets what it gets among the others.
  for (const { file, findings: its } of good.slice(0, 10)) {
    const { document: alone } = await audit(file);
    expect([file, alone.findings]).toEqual([file, its]);
  }
  await writeFile(join(folder, ".msb-deps.yaml"), "ignored: []\n");
  await expect(audit(folder)).rejects.toThrow("ignored is an unknown key; did you mean ignore?");
});
