import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { homedir, hostname, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { extract } from "tar-stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { PLAIN_BUILD } from "../../src/engine/buildkit/settings.ts";
import { connect } from "../../src/engine/connect.ts";
import type { BuildEvent, BuildRequest, Engine, Image, RunRequest, RunResult } from "../../src/engine/engine.ts";
import { parseOwner } from "../../src/engine/owner.ts";
import { troubleOf } from "../../src/look/by-script.ts";
import { runApt } from "../../src/look/run-apt.ts";

const BASE = "debian:trixie-slim";
const never = new AbortController().signal;

let engine: Engine;
let base: Image;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "msb-deps-engine-"));
  engine = await newEngine();
  base = await engine.image(BASE, { platform: null, pull: false, onEvent: () => {}, signal: never });
});

afterAll(async () => {
  await engine?.close();
  await rm(folder, { recursive: true, force: true });
});

function newEngine(env: NodeJS.ProcessEnv = process.env): Promise<Engine> {
  const uid = process.getuid?.() ?? null;
  return connect({
    env,
    platform: process.platform,
    uid,
    home: homedir(),
    hostname: hostname(),
    readFile,
    signal: never,
  });
}

/** What docker's own command line says, as an independent witness. */
async function docker(...args: string[]): Promise<string> {
  return (await promisify(execFile)("docker", args)).stdout.trim();
}

async function context(files: Record<string, string | Buffer>): Promise<string> {
  const root = await mkdtemp(join(folder, "context-"));
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

function build(dockerfile: string, change: Partial<BuildRequest> = {}): Promise<Image> {
  return engine.build({
    dockerfile: Buffer.from(dockerfile),
    dockerfilePath: "Dockerfile",
    contextDir: null,
    target: null,
    buildArgs: {},
    platform: null,
    noCache: false,
    pull: false,
    settings: PLAIN_BUILD,
    onEvent: () => {},
    signal: never,
    ...change,
  });
}

function run(command: readonly string[], change: Partial<RunRequest> = {}): Promise<RunResult> {
  const request = {
    image: base,
    command,
    stdin: new Uint8Array(),
    endStdin: true,
    env: {},
    maxOutput: 2 ** 20,
    timeoutMs: 60_000,
  };
  return engine.run({ ...request, signal: never, ...change });
}

async function failure(promise: Promise<unknown>): Promise<MsbDepsError> {
  const error: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof MsbDepsError)) throw new Error("expected an MsbDepsError", { cause: error });
  return error;
}

async function isRunning(word: string): Promise<boolean> {
  for (const id of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const words = await readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "");
    if (words.split("\0").includes(word)) return true;
  }
  return false;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 600) throw new Error("did not come true within 60 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Our containers that the engine still knows. */
async function containersOf(image: Image): Promise<string> {
  const label = await docker("inspect", "--format", '{{index .Config.Labels "msb-deps"}}', image.reference);
  expect(parseOwner(label)?.pid).toBe(process.pid);
  return docker("ps", "--all", "--quiet", "--filter", `label=msb-deps=${label}`);
}

describe("build", () => {
  test("sends the context: content, modes, links, and the right .dockerignore", async () => {
    const big = randomBytes(6 * 2 ** 20);
    const root = await context({
      "Dockerfile.dockerignore": "# kept: what `.dockerignore` excludes\nlogs\n!logs/keep/*.txt\n**/*.tmp\nCase\n",
      ".dockerignore": "big\n",
      big,
      "bin/run": "#!/bin/sh\n",
      "bin/x.tmp": "",
      "logs/a.txt": "",
      "logs/keep/b.txt": "kept",
      "logs/keep/c.bin": "",
      "case/empty": "",
      "größe, und so": "utf-8",
    });
    await chmod(join(root, "bin/run"), 0o4751);
    await symlink("bin/run", join(root, "link"));
    const image = await build(`FROM ${BASE}\nCOPY . /ctx\n`, {
      contextDir: root,
      dockerfilePath: join(root, "Dockerfile"),
    });
    const list = await run(["find", "/ctx", "-mindepth", "1", "-printf", "%P %M %s %l\\n"], { image });
    const lines = list.stdout.toString().replace(/\n$/, "").split("\n").sort();
    const names = lines.map((line) => line.replace(/ [-dl].{9} .*$/, "")).filter((name) => !name.endsWith("ignore"));
    expect(names).toEqual(
      [
        "big",
        "bin",
        "bin/run",
        "case",
        "case/empty",
        "größe, und so",
        "link",
        "logs",
        "logs/keep",
        "logs/keep/b.txt",
      ].sort(),
    );
    expect(lines).toContain("bin/run -rwsr-x--x 10 ");
    expect(lines).toContain("link lrwxrwxrwx 7 bin/run");
    const sum = await run(["sha256sum", "/ctx/big"], { image });
    expect(sum.stdout.toString()).toContain(createHash("sha256").update(big).digest("hex"));
    await image.release();
  });

  test("takes .dockerignore where the Dockerfile has none of its own, and sends only what a stage copies", async () => {
    const root = await context({
      ".dockerignore": "secret\n",
      "src/a": "a",
      "src/secret/no": "",
      "other/b": "b",
      secret: "x",
    });
    await symlink("../other", join(root, "src/link"));
    const seen: string[] = [];
    const image = await build(`FROM ${BASE}\nCOPY src /src\nRUN cat /src/a\n`, {
      contextDir: root,
      noCache: true,
      onEvent: (event) => {
        if (event.type === "log") seen.push(Buffer.from(event.data).toString());
      },
    });
    expect(seen.join("")).toBe("a");
    const list = await run(["find", "/src", "-mindepth", "1"], { image });
    expect(list.stdout.toString().trim().split("\n").sort()).toEqual([
      "/src/a",
      "/src/link",
      "/src/secret",
      "/src/secret/no",
    ]);
    expect((await failure(build(`FROM ${BASE}\nCOPY secret /\n`, { contextDir: root }))).message).toMatch(
      /Dockerfile:2, COPY secret \/: .*not found/,
    );
    await image.release();
  });

  test("does not mistake another Dockerfile of the same length for the one it had", async () => {
    const first = await build(`FROM ${BASE}\nENV NAME=one\n`);
    const second = await build(`FROM ${BASE}\nENV NAME=two\n`);
    expect(first.config.env).toContain("NAME=one");
    expect(second.config.env).toContain("NAME=two");
    await Promise.all([first.release(), second.release()]);
  });

  test("builds the target stage with build arguments, also before FROM", async () => {
    const text = `ARG BASE_IMAGE=nothing\nFROM \${BASE_IMAGE} AS builder\nARG WORD=unset\nENV WORD=$WORD\nWORKDIR /w\nUSER 65534\nENTRYPOINT ["/e"]\nFROM nothing-at-all AS runtime\n`;
    const image = await build(text, { target: "builder", buildArgs: { BASE_IMAGE: BASE, WORD: "a b=c" } });
    expect(image.config).toMatchObject({ workingDir: "/w", user: "65534", entrypoint: ["/e"] });
    expect(image.config.env).toContain("WORD=a b=c");
    expect(image).toMatchObject({ os: "linux", id: expect.stringMatching(/^sha256:/) });
    await image.release();
  });

  test("reports steps, output and cache in events", async () => {
    const text = `FROM ${BASE}\nRUN echo out; echo err >&2 # ${randomBytes(4).toString("hex")}\n`;
    const events = [[], []] as BuildEvent[][];
    for (const list of events) await (await build(text, { onEvent: (event) => list.push(event) })).release();
    const stateOf = (list: BuildEvent[] | undefined) =>
      (list ?? []).flatMap((event) => (event.type === "step" && event.name.includes("RUN") ? [event.state] : []));
    expect(stateOf(events[0])).toEqual(["started", "done"]);
    // BuildKit may say that a step started before it finds the step in its cache.
    expect(stateOf(events[1]).at(-1)).toBe("cached");
    expect(stateOf(events[1])).not.toContain("done");
    const logs = events[0]?.flatMap((event) =>
      event.type === "log" ? [[event.stream, Buffer.from(event.data).toString()]] : [],
    );
    expect(logs).toContainEqual([2, "err\n"]);
  });

  test("a failing step: its place, exit code and last output", async () => {
    const text = `# a comment\nFROM ${BASE} AS base\n\nFROM base AS builder\nARG CODE=7\nWORKDIR /w\nRUN true && \\\n\n    # inside\n    true\nRUN seq 100 && \\\n  exit $CODE\n`;
    const error = await failure(build(text, { target: "builder", dockerfilePath: "my/Dockerfile" }));
    expect(error.code).toBe("build-failed");
    expect(error.message).toContain("the build failed at my/Dockerfile:11, RUN seq 100 &&   exit 7: exit code 7.");
    expect([error.output.length, error.output.at(-1)]).toEqual([20, "100"]);
  });

  test.each([
    ["dockerfile-syntax", `FROM ${BASE}\nFOO x\n`, /^Dockerfile:2: unknown instruction: FOO/i],
    [
      "image-missing",
      "FROM localhost:1/not/there:1\n",
      /image localhost:1\/not\/there:1 not found locally, and pulling it failed: .*refused/,
    ],
    ["stage-missing", `FROM ${BASE} AS builder\n`, /stage "?other"? could not be found/],
  ] as const)("%s", async (code, text, message) => {
    const error = await failure(build(text, { target: code === "stage-missing" ? "other" : null }));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  test("a context that is not there, a secret that was not given", async () => {
    const error = await failure(build(`FROM ${BASE}\nCOPY . /\n`, { contextDir: join(folder, "absent") }));
    expect(error.message).toMatch(/cannot read the build context: .*absent/);
    const warnings: string[] = [];
    const image = await build(`FROM ${BASE}\nRUN --mount=type=secret,id=token test ! -e /run/secrets/token\n`, {
      noCache: true,
      onEvent: (event) => event.type === "warning" && warnings.push(event.message),
    });
    expect(warnings.join()).toContain('"token"');
    await image.release();
  });

  test("goes on with the engine's own frontend where that of the syntax line cannot be pulled, and says so", async () => {
    const warnings: string[] = [];
    const image = await build(`# syntax=localhost:1/dockerfile:1\nFROM ${BASE}\nENV A=b\n`, {
      onEvent: (event) => event.type === "warning" && warnings.push(event.message),
    });
    expect(image.config.env).toContain("A=b");
    expect(warnings.join()).toContain("localhost:1/dockerfile:1");
    await image.release();
  });

  test("an abort kills the running step and leaves no tag", async () => {
    const word = String(100_000 + Math.floor(Math.random() * 900_000));
    // Of this process: other test files have theirs at the same time.
    const tags = async () =>
      (await docker("images", "msb-deps/look", "--format", "{{.Tag}}"))
        .split("\n")
        .filter((tag) => parseOwner(tag.replace(/\.\w+$/, ""))?.pid === process.pid);
    const before = await tags();
    const stop = new AbortController();
    const building = failure(build(`FROM ${BASE}\nRUN sleep ${word}\n`, { signal: stop.signal }));
    await until(() => isRunning(word));
    stop.abort();
    expect((await building).code).toBe("interrupted");
    await until(async () => !(await isRunning(word)));
    expect(before.length).toBeGreaterThan(0);
    expect(await tags()).toEqual(before);
  });

  test("release takes our tag alone, closing an engine what is left", async () => {
    const user = `msb-deps-test:${randomBytes(4).toString("hex")}`;
    const other = await newEngine();
    const image = await other.image(BASE, { platform: null, pull: false, onEvent: () => {}, signal: never });
    const files = await other.files(image, never);
    await docker("tag", image.reference, user);
    expect(await containersOf(image)).not.toBe("");
    await other.close();
    await image.release();
    await files.remove();
    expect(await docker("images", "--quiet", image.reference)).toBe("");
    expect(await containersOf({ ...image, reference: user })).toBe("");
    expect(await docker("inspect", "--format", "{{.Id}}", user)).toBe(image.id);
    await docker("rmi", user);
  });
});

describe("image", () => {
  test("over tcp, as everything else", async () => {
    const socket = engine.endpoint.replace(/^unix:\/\/(.*) \(.*$/, "$1");
    const relay = createServer({ allowHalfOpen: true }, (client) => {
      const server = createConnection({ path: socket, allowHalfOpen: true });
      client.on("error", () => server.destroy()).pipe(server);
      server.on("error", () => client.destroy()).pipe(client);
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    const address = relay.address();
    const port = typeof address === "object" ? address?.port : null;
    const remote = await newEngine({ ...process.env, DOCKER_HOST: `tcp://127.0.0.1:${port}` });
    expect(remote.endpoint).toBe(`tcp://127.0.0.1:${port} (DOCKER_HOST)`);
    const image = await remote.image(BASE, { platform: null, pull: false, onEvent: () => {}, signal: never });
    const request = { image, command: ["cat"], stdin: Buffer.from("x"), endStdin: true, env: {} };
    const result = await remote.run({ ...request, maxOutput: 10, timeoutMs: 60_000, signal: never });
    expect(result.stdout.toString()).toBe("x");
    await remote.close();
    expect(await docker("images", "--quiet", image.reference)).toBe("");
    relay.close();
  });

  test("is refused where it would be more than a reference", async () => {
    for (const reference of [`${BASE}\nRUN true`, "$BASE", "--platform=x", `${BASE} AS b`, ""]) {
      const error = await failure(
        engine.image(reference, { platform: null, pull: false, onEvent: () => {}, signal: never }),
      );
      expect(error.code).toBe("usage");
    }
  });

  test("may be an id, which release leaves alone", async () => {
    const image = await engine.image(base.id, { platform: null, pull: false, onEvent: () => {}, signal: never });
    expect(image.id).toBe(base.id);
    await image.release();
    expect(await docker("inspect", "--format", "{{.Id}}", base.reference)).toBe(base.id);
  });
});

describe("run", () => {
  test("is shut in: no network, nothing writable, one capability, no new privileges", async () => {
    const script = `id -u; pwd; cat /proc/self/status; ls /sys/class/net; for d in / /tmp /root /run /dev/shm; do touch $d/x && echo wrote $d; done; cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max`;
    const { stdout, exitCode } = await run(["sh", "-c", script], { env: { PATH: "/usr/bin" } });
    const text = stdout.toString();
    expect(exitCode).not.toBe(127);
    expect(text).toMatch(/^0\n\/\n/);
    for (const set of ["CapPrm", "CapEff", "CapBnd"]) expect(text).toMatch(new RegExp(`${set}:\\t0{15}2\\n`));
    expect(text).toMatch(/NoNewPrivs:\t1\n/);
    expect(text).toMatch(/\nlo\n/);
    expect(text).not.toMatch(/\neth0\n/);
    expect(text).not.toContain("wrote");
    expect(text).toMatch(/\n512\n/);
  });

  test("passes any bytes in and out, and keeps the two streams and the exit code apart", async () => {
    const bytes = randomBytes(5 * 2 ** 20);
    const echo = await run(["cat"], { stdin: bytes, maxOutput: 6 * 2 ** 20 });
    expect(echo.stdout.equals(bytes)).toBe(true);
    expect(echo).toMatchObject({ exitCode: 0, stopped: null, notStarted: null, outOfMemory: false });
    const both = await run(["sh", "-c", 'echo out; echo err >&2; echo "$A"; exit 3'], {
      env: { A: "x\ny" },
      stdin: bytes,
    });
    expect(both).toMatchObject({ exitCode: 3, stdout: Buffer.from("out\nx\ny\n"), stderr: Buffer.from("err\n") });
  });

  test("holds the input open after what was given, unless it is to end", async () => {
    const script = ["sh", "-c", "head -c 3; timeout 1 cat >/dev/null; echo $?"];
    const held = await run(script, { stdin: Buffer.from("abc"), endStdin: false });
    expect(held.stdout.toString()).toBe("abc124\n");
    expect((await run(script, { stdin: Buffer.from("abc") })).stdout.toString()).toBe("abc0\n");
  });

  test("is stopped at the output limit, at the timeout and by the signal; nothing stays", async () => {
    const limited = await run(["cat", "/dev/zero"], { maxOutput: 100_000 });
    expect(limited.stopped).toBe("output-limit");
    expect(limited.stdout).toHaveLength(100_000);
    const exact = await run(["head", "-c", "1000", "/dev/zero"], { maxOutput: 1000 });
    expect(exact).toMatchObject({ stopped: null, exitCode: 0 });

    const late = await run(["sh", "-c", "echo begun; sleep 600"], { timeoutMs: 1500 });
    expect(late).toMatchObject({ stopped: "timeout", outOfMemory: false, stdout: Buffer.from("begun\n") });

    const stop = new AbortController();
    const word = String(100_000 + Math.floor(Math.random() * 900_000));
    const running = failure(run(["sleep", word], { signal: stop.signal }));
    await until(() => isRunning(word));
    stop.abort();
    expect((await running).code).toBe("interrupted");
    expect(await isRunning(word)).toBe(false);
    expect((await failure(run(["true"], { signal: AbortSignal.abort() }))).code).toBe("interrupted");
    expect(await containersOf(base)).toBe("");
  });

  test("says that the kernel killed it for memory", async () => {
    const result = await run(["perl", "-e", 'my @a; push @a, "x" x 2**26 for 1 .. 100; print "survived"']);
    expect(result).toMatchObject({ outOfMemory: true, exitCode: 137, stopped: null, stdout: Buffer.alloc(0) });
  });

  test.each([
    ["the timeout", ["sleep", "600"], { timeoutMs: 1500 }, /: it took longer than 1\.5 s\.$/],
    ["the output limit", ["cat", "/dev/zero"], { maxOutput: 2 ** 20 }, /: it printed more than 1 MiB\.$/],
    [
      "memory",
      ["perl", "-e", 'my @a; push @a, "x" x 2**26 for 1 .. 100'],
      {},
      /: it was killed, probably because memory ran out\.$/,
    ],
    ["a kill that is not ours", ["sh", "-c", "exit 137"], {}, /: it was killed, probably because memory ran out\.$/],
    [
      "the closed input",
      ["sh", "-c", "exit 3"],
      {},
      /^the container engine was lost while inspecting the image: the connection was closed\.$/,
    ],
    ["its own failure", ["sh", "-c", "echo no >&2; exit 9"], {}, /: the script ended with exit code 9\.$/],
  ] as const)("a look that ended early says why: %s", async (_, command, change, message) => {
    const limits = { timeoutMs: 60_000, maxOutput: 2 ** 20, ...change };
    expect(troubleOf(await run(command, limits), limits)?.message).toMatch(message);
  });

  test("apt that prints too much is not told to be out of memory", async () => {
    const failed = (why: string): MsbDepsError => new MsbDepsError("apt-failed", why);
    const script = ["cat /dev/zero", "sh"];
    const asked = runApt(engine, base, { script, stdin: new Uint8Array(), maxOutput: 2 ** 20, failed }, never);
    expect((await failure(asked)).message).toBe("it printed more than 1 MiB");
  });

  test("a program that cannot be started is a result", async () => {
    const root = await context({ "bad.bin": Buffer.from("\x7fELF not really") });
    await chmod(join(root, "bad.bin"), 0o755);
    const image = await build(`FROM ${BASE}\nCOPY bad.bin /\nVOLUME /data\n`, { contextDir: root });
    expect((await run(["/absent"], { image })).notStarted).toContain("no such file");
    expect((await run(["absent"], { image })).notStarted).toContain("not found");
    expect((await run(["/etc/passwd"], { image })).notStarted).toContain("permission denied");
    expect((await run(["/bad.bin"], { image })).notStarted).toContain("exec format error");
    expect((await run(["false"], { image })).notStarted).toBeNull();
    expect((await run(["cat", "/absent"], { image })).notStarted).toBeNull();
    expect(await containersOf(image)).toBe("");
    await image.release();
  });
});

describe("files", () => {
  test("gives a path of the image as a tar, null for one that is not there", async () => {
    const files = await engine.files(base, never);
    const archive = await files.archive("/etc/debian_version");
    const found: Record<string, string> = {};
    const unpack = extract();
    archive?.pipe(unpack);
    for await (const entry of unpack) {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      found[entry.header.name] = Buffer.concat(chunks).toString();
    }
    expect(found).toEqual({ debian_version: expect.stringMatching(/^13/) });
    expect(await files.archive("/no/such path?&x=é")).toBeNull();
    await files.remove();
    await files.remove();
    expect(await containersOf(base)).toBe("");
  });
});
