import { execFileSync, spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Analysis } from "../../src/analysis/model.ts";
import { isolated } from "../../src/look/run-here.ts";
import type { Proof } from "../../src/proof/model.ts";
import { EVIL_NAME, evilSource } from "../loader/evil.ts";
import { canIsolate, expectIsolated, tried } from "../look/isolation.ts";
import { baseImage, CLI, docker, msbDeps, RELEASES, type Release, type Run, toolsStage } from "./support.ts";

// Programs that have the loader run code of theirs also where it only lists (docs/security.md). What ran would make a
// file, and print a line into the loader's listing. In every way of looking it must not.

const isRoot = process.getuid?.() === 0;
const NO_ENGINE = { ...process.env, DOCKER_HOST: "unix:///nowhere/docker.sock" };
const MAIN = "int main(void) { return 0; }\n";
const AUDIT = "it names an audit library, whose code the loader would run";

const dockerfile = (release: Release): string => `${toolsStage(release)}
FROM tools AS builder
COPY evil.c main.c /src/
RUN mkdir -p /out/bin /out/evil && cd /out && gcc -shared -fPIC -o evil/evil.so /src/evil.c \\
 && gcc -o bin/audit /src/main.c -Wl,--audit=/out/evil/evil.so && gcc -o bin/depaudit /src/main.c -Wl,--depaudit=/out/evil/evil.so \\
 && gcc -o bin/plain /src/main.c -Wl,--no-as-needed -lpq \\
 && gcc -shared -Wl,-soname,libneeded.so -o evil/libneeded.so /src/main.c && gcc -o bin/needs /src/main.c -Wl,--no-as-needed,-rpath,/out/evil evil/libneeded.so \\
 && gcc -shared -Wl,-soname,libneeded.so -o evil/libneeded.so /src/main.c -Wl,--audit=/out/evil/evil.so
FROM ${baseImage(release)}
RUN apt-get update && apt-get install -y --no-install-recommends libpq5 && rm -rf /var/lib/apt/lists/*
COPY --from=builder /out/ /out/
`;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "msb-deps-test-"));
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The answer, of which nothing comes from code of the artifacts, and in which the audit library is a need. */
function analysisOf(run: Run): Analysis {
  expect(run.code, run.stderr).toBe(0);
  expect(run.stdout).not.toContain(EVIL_NAME);
  const analysis = JSON.parse(run.stdout) as Analysis;
  expect(analysis.artifacts.find(({ path }) => path.endsWith("/audit"))?.libraries).toEqual(
    expect.arrayContaining([expect.objectContaining({ soname: expect.stringMatching(/\/evil\.so$/), direct: true })]),
  );
  return analysis;
}

const notAsked = ({ notes }: Analysis) => notes.filter(({ code }) => code.startsWith("loader-not"));

describe.each(RELEASES)("an image of %s", (release) => {
  let context: string;
  const json = ["-f", "json", "--progress", "plain"];
  const tag = `msb-deps-test-hostile-${release}`;
  beforeAll(async () => {
    context = join(folder, release);
    await mkdir(context);
    await writeFile(join(context, "Dockerfile"), dockerfile(release));
    await writeFile(join(context, "evil.c"), evilSource("/out/marker"));
    await writeFile(join(context, "main.c"), MAIN);
    const built = await docker("build", "--target", "builder", "-t", tag, context);
    expect(built.code, built.stderr).toBe(0);
  }, 600_000);
  afterAll(() => docker("rmi", "-f", tag));

  it("would run the code, were its loader asked, but not that of a needed library's audit library", async () => {
    const ask = async (name: string) => {
      const { stdout } = await docker("run", "--rm", tag, "sh", "-c", `ldd /out/bin/${name}; ls /out/marker`);
      return [stdout.includes(EVIL_NAME), stdout.endsWith("/out/marker\n")];
    };
    expect(await ask("audit")).toEqual([true, true]);
    expect(await ask("depaudit")).toEqual([true, true]);
    expect(await ask("needs")).toEqual([false, false]);
  });

  it("runs none in a stage that is built, and says why; the audit library counts as a need", async () => {
    const saved = join(context, "saved.json");
    const run = await msbDeps([join(context, "Dockerfile"), ...json, "--save-snapshot", saved]);
    const analysis = analysisOf(run);
    // The needed library has the tag too. It is answered for by its program, whose loader ignores the tag.
    expect(notAsked(analysis)).toEqual([{ code: "loader-not-asked", path: "/out/bin/audit", reason: AUDIT, files: 2 }]);
    const kept = await readFile(saved, "utf8");
    expect(kept).not.toContain(EVIL_NAME);
    expect(kept).toContain("libpq.so.5 => ");
  });

  // The decision is the same on every release; the ways of looking differ.
  const once = release === "trixie";
  it.runIf(once)("runs none of an image that is there, nor of an archive", async () => {
    const analysis = analysisOf(await msbDeps(["--image", tag, "-a", "/out:/out", ...json]));
    expect(notAsked(analysis)).toMatchObject([{ reason: AUDIT, files: 2 }]);
    const archive = join(context, "image.tar");
    await docker("save", tag, "-o", archive);
    expect(notAsked(analysisOf(await msbDeps(["--oci", archive, "-a", "/out:/out", ...json])))).toMatchObject([
      { code: "loader-not-run", reason: "archive" },
    ]);
  });

  it.runIf(once && canIsolate(0))("runs none of an unpacked tree", async () => {
    const tree = join(context, "tree");
    await mkdir(tree, { mode: 0o755 });
    const unpack = 'id=$(docker create "$1" true) && docker export "$id" | tar -x -p -C "$2" && docker rm "$id"';
    execFileSync("sh", ["-c", unpack, "sh", tag, tree], { stdio: "pipe" });
    const run = await msbDeps(["--rootfs", tree, "-a", "/out:/out", ...json], { env: NO_ENGINE });
    expect(notAsked(analysisOf(run))).toMatchObject([{ reason: AUDIT, files: 2 }]);
    await expect(stat(join(tree, "out/marker"))).rejects.toThrow();
  });

  it.runIf(once)("runs none of a runtime image that is verified", async () => {
    const run = await msbDeps(["verify", join(context, "Dockerfile"), ...json]);
    expect(run.stdout).not.toContain(EVIL_NAME);
    const { proof } = JSON.parse(run.stdout) as { readonly proof: Proof };
    expect(proof, run.stderr).toMatchObject({ sufficient: true, unresolved: [] });
    // By our rules: the two programs and the library with the tag. By the loader: the other programs, and the audit library.
    expect(proof.asked).toMatchObject({ loader: 3, rules: 3 });
  });
});

describe("this machine as a tree", () => {
  let out: string;
  let marker: string;
  beforeAll(async () => {
    out = join(folder, "here");
    await mkdir(join(out, "bin"), { recursive: true });
    marker = join(out, "marker");
    // Where everybody may write: rights are not what keeps the file from being made.
    await chmod(out, 0o777);
    await writeFile(join(out, "evil.c"), evilSource(marker));
    await writeFile(join(out, "main.c"), MAIN);
    const gcc = (...args: string[]) => execFileSync("gcc", args, { cwd: out, stdio: "pipe" });
    gcc("-shared", "-fPIC", "-o", "bin/evil.so", "evil.c");
    gcc("-o", "bin/audit", "main.c", `-Wl,--audit=${out}/bin/evil.so`);
    gcc("-o", "bin/depaudit", "main.c", `-Wl,--depaudit=${out}/bin/evil.so`);
    gcc("-o", "bin/plain", "main.c");
  });

  const args = () => ["--rootfs", "/", "-a", `${out}/bin:${out}/bin`, "-f", "json"];
  async function expectNothingRan(run: Run, uid: number): Promise<void> {
    const analysis = analysisOf(run);
    await expect(stat(marker)).rejects.toThrow();
    // Isolated, or not run at all.
    const expected = canIsolate(uid) ? { reason: AUDIT, files: 2 } : { code: "loader-not-run", reason: "not-isolated" };
    expect(notAsked(analysis)).toMatchObject([expected]);
  }

  it.runIf(isRoot)("runs none as root", async () => {
    await expectNothingRan(await msbDeps(args(), { env: NO_ENGINE }), 0);
  });

  it.runIf(isRoot)("runs none as another user", async () => {
    const command = ["--reuid=1000", "--regid=1000", "--clear-groups", process.execPath, CLI, ...args()];
    const { status, stdout, stderr } = spawnSync("setpriv", command, { env: NO_ENGINE, encoding: "utf8" });
    await expectNothingRan({ code: status, stdout, stderr }, 1000);
  });

  it.runIf(canIsolate(1000))("isolates programs for another user too, by a user namespace", async () => {
    const folder = join(out, "bin");
    await chmod(folder, 0o777);
    const command = isolated("/", 1000, ["/bin/bash", "-c", tried(folder)]);
    const args = ["--reuid=1000", "--regid=1000", "--clear-groups", ...command];
    const { stdout, stderr } = spawnSync("setpriv", args, { cwd: "/", encoding: "utf8" });
    expectIsolated(stdout, stderr, folder);
  });
});
