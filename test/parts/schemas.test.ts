import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, test, vi } from "vitest";
import { program } from "../../src/cli/program.ts";
import { writeSavedRun } from "../../src/commands/saved-run.ts";
import { auditJson } from "../../src/report/findings.ts";
import { jsonReport } from "../../src/report/json.ts";
import { LIB, LOADER, madeRun } from "../analysis/made-run.ts";
import { breaches } from "../e2e/contract.ts";
import { folderOf } from "../files.ts";
import { collectedIo } from "../io.ts";
import { answer, audited } from "../report/reports.ts";

// The first command loads all modules.
vi.setConfig({ testTimeout: 60_000 });

async function run(...args: string[]): Promise<unknown> {
  const { io, stdout } = collectedIo();
  const running = program({ io, finished: () => {}, stopAfter: () => {}, showTimings: () => {} });
  await running.parseAsync(["node", "msb-deps", ...args]);
  return stdout() === "" ? null : JSON.parse(stdout());
}

const STAGE =
  "FROM debian:13-slim\nRUN apt-get update && apt-get install -y libicu72 zlib1g && rm -rf /var/lib/apt/lists/*\n";

/** Documents of the commands, by schema. */
async function documents() {
  const folder = await folderOf({ ".git": "", "a/Dockerfile": STAGE, "b/Dockerfile": "RUN true\n" });
  const made = madeRun(
    {
      files: {
        "/out": "folder",
        "/out/app": { elf: { interpreter: LOADER, needed: ["liba.so.1", "libgone.so.1"] } },
        [`${LIB}/liba.so.1`]: { elf: { soname: "liba.so.1" } },
      },
      packages: [{ Package: "liba1" }],
      owned: { liba1: [`${LIB}/liba.so.1`] },
    },
    { files: {} },
    "RUN apt-get update && apt-get install -y tzdata\n",
  );
  const saved = join(folder, "run");
  await writeSavedRun(saved, made);
  const known = join(folder, "known.json");
  await run("audit", "--no-build", folder, "--baseline", known, "--update-baseline");
  return [
    ["analysis", await run("analyze", "--snapshot", saved, "-f", "json")],
    ["analysis", JSON.parse(jsonReport(answer()))],
    ["audit", await run("audit", "--snapshot", saved, "-f", "json")],
    ["audit", await run("audit", "--snapshot", saved, "--diff", "-f", "json")],
    ["audit", await run("audit", "--no-build", join(folder, "a"), "-f", "json")],
    ["audit", await run("audit", "--no-build", folder, "-f", "json")],
    ["audit", JSON.parse(auditJson(audited()))],
    ["baseline", JSON.parse(await readFile(known, "utf8"))],
  ] as const;
}

describe("documents match the published schemas", async () => {
  it("as they are, and not without a field that is required", async () => {
    for (const [name, document] of await documents()) {
      expect([name, breaches(document, name)]).toEqual([name, []]);
      for (const field of ["schemaVersion", "findings", "files", "install", "missing"]) {
        const { [field]: value, ...others } = document as Readonly<Record<string, unknown>>;
        if (value !== undefined && field in (document as object)) expect(breaches(others, name), field).not.toEqual([]);
      }
    }
  });
});

test("verify and trace need their own part", () => {
  const document = JSON.parse(jsonReport(answer()));
  expect(breaches(document, "verify")).toEqual([" must have required property 'proof'"]);
  expect(breaches(document, "trace")).toEqual([" must have required property 'trace'"]);
});
