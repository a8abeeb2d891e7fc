import { execFileSync, spawn } from "node:child_process";
import { createReadStream } from "node:fs";
import { type FileHandle, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeSavedRun } from "../../src/commands/saved-run.ts";
import { LIB, LOADER, type MadeImage, madeRun } from "../analysis/made-run.ts";
import { CLI, msbDeps } from "./support.ts";

const noEngine = { ...process.env, DOCKER_HOST: "unix:///nonexistent" };

let folder: string;
let full: FileHandle;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "msb-deps-output-"));
  full = await open("/dev/full", "w");
  const builder: MadeImage = {
    files: {
      "/out": "folder",
      "/out/app": { elf: { interpreter: LOADER, needed: ["liba.so.1", "libc.so.6"] } },
      [`${LIB}/liba.so.1`]: { elf: { soname: "liba.so.1" } },
    },
    packages: [{ Package: "liba1" }],
    owned: { liba1: [`${LIB}/liba.so.1`] },
  };
  await writeSavedRun(join(folder, "run"), madeRun(builder, { files: {} }));
  await writeFile(
    join(folder, "Dockerfile"),
    "FROM debian:13 AS builder\nFROM debian:13-slim\nRUN apt-get install libssl3\n",
  );
});
afterAll(async () => {
  await full.close();
  await rm(folder, { recursive: true });
});

const COMMANDS: readonly (readonly string[])[] = [
  ["--snapshot", "run"],
  ["--snapshot", "run", "-f", "json"],
  ["--snapshot", "run", "-f", "line"],
  ["why", "--from", "run", "liba1"],
  ["audit", "--snapshot", "run"],
  ["audit", "--no-build", "Dockerfile"],
  ["audit", "--no-build", "Dockerfile", "--diff", "--fix-level", "info"],
  ["--help"],
  ["--version"],
];

/** Runs the command with standard output on an open file. */
function runTo(stdout: FileHandle, args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: folder,
    env: noEngine,
    stdio: ["ignore", stdout.fd, "pipe"],
  });
  const stderr = text(child.stderr ?? process.stdin);
  return new Promise((done) => child.on("close", async (code) => done({ code, stderr: await stderr })));
}

const FAILED = /^error: \S.* could not be written: no space left on device \(ENOSPC\)\. [^\n]+\n$/m;

describe("a result that cannot be written ends with 2 and one sentence", () => {
  it.each(COMMANDS.map((args) => [args.join(" "), args] as const))("standard output: %s", async (_, args) => {
    const { code, stderr } = await runTo(full, args);
    expect(code).toBe(2);
    expect(stderr).toMatch(FAILED);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it.each([
    ["-o", ["--snapshot", "run", "-o", "/dev/full"]],
    ["-o of an audit", ["audit", "--no-build", "Dockerfile", "-o", "/dev/full"]],
    ["--save-snapshot", ["--snapshot", "run", "--save-snapshot", "/dev/full"]],
  ])("%s", async (_, args) => {
    const { code, stdout, stderr } = await msbDeps(args, { cwd: folder, env: noEngine });
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(FAILED);
  });

  it("where there is room for a part, and for --fix, which leaves the file as it was", async () => {
    const script = `mount -t tmpfs -o size=8k tmpfs disk && head -c 3000 /dev/zero > disk/pad && cp Dockerfile disk/ || exit 99
node "$CLI" --help > disk/help 2> help.txt; echo $?
rm disk/help; head -c 3000 /dev/zero > disk/more
node "$CLI" audit --no-build disk/Dockerfile --fix --fix-level info -q 2> fix.txt; echo $?
cmp disk/Dockerfile Dockerfile && ls -A disk`;
    execFileSync("mkdir", [join(folder, "disk")]);
    const out = execFileSync("unshare", ["--mount", "sh", "-c", script], { cwd: folder, env: { ...noEngine, CLI } });
    expect(out.toString()).toBe("2\n2\nDockerfile\nmore\npad\n");
    for (const name of ["help.txt", "fix.txt"])
      expect(await readFile(join(folder, name), "utf8")).toMatch(/^error: .*ENOSPC.*\n$/);
  });
});

describe("a reader that has gone", () => {
  it.each(COMMANDS.map((args) => [args.join(" "), args] as const))("ends it quietly with 141: %s", async (_, args) => {
    const child = spawn(process.execPath, [CLI, ...args], { cwd: folder, env: noEngine, stdio: "pipe" });
    child.stdout.destroy();
    const stderr = text(child.stderr);
    const code = await new Promise((done) => child.on("close", done));
    expect([code, (await stderr).match(/^error|EPIPE|^ {4}at /m)]).toEqual([141, null]);
  });

  it("… | head -1 prints nothing on standard error", () => {
    const script = `for i in 1 2 3 4 5; do node "$CLI" audit --no-build Dockerfile -q | head -1; done`;
    const child = spawn("sh", ["-c", `${script} 2>errors`], {
      cwd: folder,
      env: { ...noEngine, CLI },
      stdio: "ignore",
    });
    return new Promise<void>((done) => child.on("close", () => done())).then(async () => {
      expect(await text(createReadStream(join(folder, "errors")))).toBe("");
    });
  });

  it("of standard error does no harm", async () => {
    const child = spawn(process.execPath, [CLI, "--snapshot", "run", "-f", "list"], { cwd: folder, env: noEngine });
    child.stderr.destroy();
    const stdout = text(child.stdout);
    const code = await new Promise((done) => child.on("close", done));
    expect([code, await stdout]).toEqual([0, "liba1\n"]);
  });
});

describe("credentials of URLs are in no output", () => {
  const secret = "s3cr3t-of-a-url";
  const dockerfile = (more = ""): string =>
    `FROM debian:trixie-slim AS builder\n${more}RUN mkdir -p /out && cp /bin/true /out/\nFROM debian:trixie-slim\nCOPY --from=builder /out/ /\n`;

  it("of a git context that cannot be fetched", async () => {
    await writeFile(join(folder, "git"), dockerfile("COPY . /src\n"));
    const url = `https://me:${secret}@127.0.0.1:1/x.git`;
    const run = await msbDeps(["git", "--context", url, "--progress", "plain"], { cwd: folder });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("https://***@127.0.0.1:1/x.git");
    expect(run.stdout + run.stderr).not.toContain(secret);
  });

  it("of an engine: in progress, errors, JSON and what is saved", async () => {
    const path = process.env.DOCKER_HOST?.replace(/^unix:\/\//, "") ?? "/var/run/docker.sock";
    const proxy = createServer((client) => {
      const engine = connect(path);
      for (const [one, other] of [
        [client, engine],
        [engine, client],
      ] as const) {
        one.on("error", () => other.destroy());
        one.pipe(other);
      }
    });
    await new Promise<void>((done) => proxy.listen(0, "127.0.0.1", done));
    try {
      const host = `tcp://me:${secret}@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      await writeFile(join(folder, "plain"), dockerfile());
      const args = ["plain", "-H", host, "--progress", "plain", "-f", "json", "-v", "--save-snapshot", "saved"];
      const run = await msbDeps(args, { cwd: folder });
      expect(run.code, run.stderr).toBe(0);
      expect(run.stdout + run.stderr + (await readFile(join(folder, "saved"), "utf8"))).not.toContain(secret);
    } finally {
      proxy.close();
    }
    const none = await msbDeps(["plain", "-H", `tcp://me:${secret}@127.0.0.1:1`], { cwd: folder });
    expect([none.code, none.stderr.includes("tcp://***@127.0.0.1:1"), none.stderr.includes(secret)]).toEqual([
      2,
      true,
      false,
    ]);
  });
});

it("control characters of an archive's layer reach no output", async () => {
  const name = "a\u001b]52;c;aGk=\u0007\u009b31m\u202e\rFORGED";
  const manifest = [{ Config: "c.json", RepoTags: [`${name}:1`], Layers: [`${name}/layer.tar`] }];
  const config = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [`sha256:${"0".repeat(64)}`] },
  };
  const archive = pack();
  archive.entry({ name: "manifest.json" }, JSON.stringify(manifest));
  archive.entry({ name: "c.json" }, JSON.stringify(config));
  archive.entry({ name: `${name}/layer.tar` }, "not a tar");
  archive.finalize();
  await writeFile(join(folder, "archive.tar"), Readable.from(archive));
  for (const args of [["archive.tar"], [`archive.tar:${name}`]]) {
    const run = await msbDeps(["--oci", ...args, "-a", "/out", "--progress", "plain"], { cwd: folder, env: noEngine });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain("\\x1b]52;c;aGk=\\x07");
    expect((run.stdout + run.stderr).replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
  }
});
