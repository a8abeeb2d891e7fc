import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SavedRun, writeSavedRun } from "../../src/commands/saved-run.ts";
import { LIB, LOADER, madeRun } from "../analysis/made-run.ts";
import { msbDeps } from "./support.ts";

const env = { ...process.env, DOCKER_HOST: "unix:///nonexistent" };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "msb-deps-names-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** A builder whose dpkg status says that a library is of a package of this name; another library is of liba1. */
function forged(name: string): SavedRun {
  const [odd, plain] = [`${LIB}/libodd.so.1`, `${LIB}/liba.so.1`];
  return madeRun(
    {
      files: {
        "/out": "folder",
        "/out/app": { elf: { interpreter: LOADER, needed: ["libodd.so.1", "liba.so.1", "libc.so.6"] } },
        [odd]: { elf: { soname: "libodd.so.1" } },
        [plain]: { elf: { soname: "liba.so.1" } },
      },
      packages: [{ Package: name, Depends: "liba1" }, { Package: "liba1" }],
      owned: { [name]: [odd], liba1: [plain] },
    },
    { files: {} },
    "RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/*\n",
  );
}

describe.each(["libc6-", "a*"])("a package called %s", (name) => {
  const said = (text: string): string[] =>
    text.split("\n").filter((line) => !line.startsWith("#") && line.includes(name));
  const run = (...args: string[]) => msbDeps(args, { cwd: folder, env });

  beforeAll(async () => {
    await writeSavedRun(join(folder, "run"), forged(name));
    await writeFile(join(folder, "Dockerfile"), forged(name).dockerfile ?? "");
  });

  it("is in no format's line, and the answer says why", async () => {
    for (const format of ["text", "line", "list"]) {
      const { code, stdout, stderr } = await run("--snapshot", "run", "-f", format);
      expect([code, said(stdout)], format).toEqual([2, []]);
      expect(stdout, format).toMatch(/\bliba1\b/);
      expect(stderr, format).toMatch(/is called .*apt-get would|dpkg's status is damaged/);
    }
    const { code, stdout } = await run("--snapshot", "run", "-f", "json", "-q");
    expect([code, JSON.parse(stdout).install, JSON.parse(stdout).complete]).toEqual([2, ["liba1"], false]);
  });

  it("is not what --fix writes, and why does not say that it is in the line", async () => {
    expect((await run("audit", "Dockerfile", "--snapshot", "run", "--fix")).code).toBe(2);
    const text = await readFile(join(folder, "Dockerfile"), "utf8");
    expect([text.includes("liba1"), said(text)]).toEqual([true, []]);
    const why = await run("why", "--from", "run", name);
    expect([why.code, why.stdout.includes(`${name}: in the line`)]).toEqual([2, false]);
    if (name !== "a*") expect(why.stdout).toMatch(/^missing: libodd\.so\.1 .*apt-get would/m);
  });
});
