import { execFile, spawn, spawnSync } from "node:child_process";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Analysis } from "../../src/analysis/model.ts";
import { EVIL_NAME, evilSource } from "../loader/evil.ts";
import { Workshop } from "../loader/workshop.ts";
import { freePort, have, startProgram } from "./builds.ts";
import { CLI, docker, folderOf, msbDeps, type Run } from "./support.ts";

const SCRIPT = "scripts/engines/engine";
const NAMES = ["docker-26", "podman-4.3", "podman-5.4"] as const;
type Name = (typeof NAMES)[number];

/** Engines that were not there before are stopped at the end. */
const started: Name[] = [];
const hosts = new Map<Name, string>();
const reasons: string[] = [];

async function start(name: Name): Promise<void> {
  try {
    const { stdout } = await promisify(execFile)(SCRIPT, ["start", name]);
    hosts.set(name, stdout.trim());
  } catch (error) {
    reasons.push(`${name}: ${error instanceof Error ? error.message : error}`);
  }
}

beforeAll(async () => {
  const { stdout } = await docker("ps", "--filter", "label=msb-deps-engine", "--format", "{{.Names}}");
  const before = stdout.split("\n");
  started.push(...NAMES.filter((name) => !before.includes(`msb-deps-engine-${name}`)));
  await Promise.all(NAMES.map(start));
  if (reasons.length > 0) console.error(`\nNOT TESTED: other engines cannot be set up here.\n${reasons.join("\n")}`);
}, 400_000);

afterAll(() => {
  for (const name of started) spawnSync(SCRIPT, ["stop", name]);
});

/** Where an engine cannot be had (no apt mirror, no such kernel) its tests are skipped, but not where all must be run. */
function hostOf(name: Name, skip: (note: string) => never): string {
  const host = hosts.get(name);
  if (host !== undefined) return host;
  if (process.env.CI === "true") throw new Error(`${name} could not be started:\n${reasons.join("\n")}`);
  return skip(`${name} could not be started`);
}

/** What the program needs is in the base; what the runtime stage installs is not needed. */
const DOCKERFILE = `FROM debian:trixie-slim AS builder
COPY . /context
RUN mkdir /out && cp /usr/bin/apt-get /out/ && test -e /context/kept && test ! -e /context/left-out
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y --no-install-recommends libsqlite3-0 && rm -rf /var/lib/apt/lists/*
COPY --from=builder /out/ /usr/local/bin/
`;
const project = () => folderOf({ Dockerfile: DOCKERFILE, ".dockerignore": "left-out\n", kept: "", "left-out": "" });

const JSON_FLAGS = ["-f", "json", "--progress", "plain"];

/** The same command on the engine of all other tests, and on another. */
async function onBoth(host: string, command: readonly string[], more: readonly string[] = []): Promise<[Run, Run]> {
  const here = await msbDeps([...command, ...JSON_FLAGS]);
  const env = { ...process.env, ...(await buildxEnvironment(more)) };
  return [here, await msbDeps([...command, ...JSON_FLAGS, "--host", host, ...more], { env })];
}

async function buildxEnvironment(more: readonly string[]): Promise<NodeJS.ProcessEnv> {
  if (!more.includes("--in-build")) return {};
  const { stdout } = spawnSync(SCRIPT, ["buildx", "docker-26"], { encoding: "utf8" });
  return { DOCKER_CONFIG: stdout.trim() };
}

const WAYS = [
  ["docker-26", []],
  ["docker-26", ["--in-build"]],
  ["podman-4.3", []],
] as const;

describe.each(WAYS)("%s %j", (name, more) => {
  it("gives the same bytes as the engine of this machine, and leaves nothing", async ({ skip }) => {
    const host = hostOf(name, skip);
    const folder = await project();
    for (const command of [[folder], ["audit", folder]]) {
      const [here, there] = await onBoth(host, command, more);
      expect(there.stdout, there.stderr).toBe(here.stdout);
      expect(there.code).toBe(here.code);
    }
    const left = await docker("--host", host, "ps", "--all", "--format", "{{.Names}}");
    const names = await docker("--host", host, "images", "--format", "{{.Repository}}");
    expect(left.stdout).toBe("");
    expect(names.stdout).not.toContain("msb-deps/look");
  });

  it("runs no code of an artifact, whatever it names and the environment says", async ({ skip }) => {
    const host = hostOf(name, skip);
    const shop = new Workshop();
    onTestFinished(() => shop.remove());
    const evil = shop.library("evil.so", { source: evilSource("/out/marker") });
    const audit = shop.program("audit", { flags: ["-Wl,--audit=/out/evil.so"] });
    const folder = await folderOf({ "evil.so": await readFile(evil), audit: await readFile(audit) });
    await writeFile(
      join(folder, "Dockerfile"),
      `FROM debian:trixie-slim AS builder\nRUN mkdir /out && cp /bin/true /out/\nCOPY evil.so audit /out/
ENV LD_PRELOAD=/out/evil.so LD_AUDIT=/out/evil.so LD_DEBUG=all PERL5OPT=-Mnothing PATH=/nowhere
FROM debian:trixie-slim\nCOPY --from=builder /out/ /out/\n`,
    );
    const env = { ...process.env, ...(await buildxEnvironment(more)) };
    const run = await msbDeps([folder, ...JSON_FLAGS, "--host", host, ...more], { env });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stdout).not.toContain(EVIL_NAME);
    const { notes, artifacts } = JSON.parse(run.stdout) as Analysis;
    expect(notes.filter(({ code }) => code.startsWith("loader"))).toMatchObject([
      { code: "loader-not-asked", path: "/out/audit", reason: expect.stringContaining("audit library") },
    ]);
    expect(artifacts.map(({ path }) => path)).toEqual(["/out/audit", "/out/evil.so", "/out/true"]);
  });

  it("names the instruction that fails, its line and its output", async ({ skip }) => {
    const host = hostOf(name, skip);
    const folder = await folderOf({
      Dockerfile:
        "FROM debian:trixie-slim AS builder\nENV A=b\nRUN echo the last words; exit 7\nFROM scratch\nCOPY --from=builder /a /\n",
    });
    const env = { ...process.env, ...(await buildxEnvironment(more)) };
    const run = await msbDeps([folder, "--host", host, "--progress", "quiet", ...more], { env });
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/Dockerfile:3, RUN echo the last words; exit 7: exit code 7\./);
    expect(run.stderr).toMatch(/^ {4}the last words$/m);
  });

  it("ends on Ctrl-C while a step runs, without a name, a container or a temporary file", async ({ skip }) => {
    const host = hostOf(name, skip);
    const folder = await folderOf({
      Dockerfile:
        "FROM debian:trixie-slim AS builder\nRUN echo it runs; sleep 4\nFROM scratch\nCOPY --from=builder /a /\n",
    });
    const temporary = await folderOf({ "tmp/.keep": "" });
    const env = { ...process.env, ...(await buildxEnvironment(more)), TMPDIR: join(temporary, "tmp") };
    const args = [folder, "--no-cache", "--host", host, "--progress", "plain", ...more];
    const child = spawn(process.execPath, [CLI, ...args], { env });
    let output = "";
    const ended = new Promise<number | null>((done) => child.on("close", done));
    await new Promise<void>((done) =>
      child.stderr.on("data", (data: Buffer) => {
        output += data.toString();
        if (/^#\d+ (\d\S* )?it runs$/m.test(output)) done();
      }),
    );
    child.kill("SIGINT");
    expect(await ended, output).toBe(130);
    expect(output).toMatch(/interrupted/i);
    // Podman goes on with the step; its end must not bring a name.
    await new Promise((done) => setTimeout(done, name === "podman-4.3" ? 5000 : 500));
    const names = await docker("--host", host, "images", "--format", "{{.Repository}}");
    expect(names.stdout).not.toContain("msb-deps/look");
    expect(await readdir(join(temporary, "tmp"))).toEqual([".keep"]);
  });
});

const PODMANS = ["podman-4.3", "podman-5.4"] as const;
it.concurrent.for(PODMANS)(
  "%s does the main job: builds, looks, audits, and proves the line in an image that it builds",
  async (name, { skip }) => {
    const host = hostOf(name, skip);
    const hello = ["examples/hello", "--build-arg", "BASE_IMAGE=debian:trixie-slim"];
    for (const command of [hello, ["audit", ...hello]]) {
      const [here, there] = await onBoth(host, command);
      expect(there.code, there.stderr).toBe(here.code);
      expect(withoutVersions(there.stdout)).toEqual(withoutVersions(here.stdout));
    }
    const verified = await msbDeps(["verify", ...hello, "--host", host]);
    expect(verified.code, verified.stderr).toBe(0);
    expect(verified.stdout).toMatch(/^sufficient +yes /m);
    expect((await docker("--host", host, "ps", "--all", "--quiet")).stdout).toBe("");
  },
);

describe("docker-26", () => {
  it("takes the steps of another build from the image of --cache-from", async ({ skip }) => {
    const host = hostOf("docker-26", skip);
    if (!have("docker-registry", "nsenter")) return skip("docker-registry and nsenter are needed");
    const cache = `${await registryOf("docker-26")}/cache:1`;
    const folder = await folderOf({
      Dockerfile: `FROM debian:trixie-slim AS builder\nRUN mkdir /out && cp /usr/bin/apt-get /out/ && date +%N >/out/made\nFROM debian:trixie-slim\nCOPY --from=builder /out /opt\n`,
    });
    const { DOCKER_CONFIG = "" } = await buildxEnvironment(["--in-build"]);
    const buildx = (...args: string[]) => docker("--config", DOCKER_CONFIG, "--host", host, "buildx", ...args);
    await buildx("build", "-q", "--target", "builder", "--cache-to", "type=inline", "--push", "-t", cache, folder);
    const flags = [folder, "--host", host, "--progress", "plain", "-f", "list"];
    const cachedSteps = async (...more: string[]) => {
      await buildx("prune", "--all", "--force");
      const { stderr, code } = await msbDeps([...flags, ...more]);
      expect(code, stderr).toBe(0);
      const step = /^#(\d+) \[builder 2\/2\] RUN/m.exec(stderr)?.[1];
      return stderr.includes(`\n#${step} CACHED\n`);
    };
    expect(await cachedSteps()).toBe(false);
    expect(await cachedSteps("--cache-from", cache)).toBe(true);
  });
});

/** A registry at the loopback of an engine's container. */
async function registryOf(name: Name): Promise<string> {
  const folder = await folderOf({});
  const port = await freePort();
  const storage = { filesystem: { rootdirectory: join(folder, "images") } };
  // JSON is YAML.
  const settings = { version: "0.1", log: { level: "error" }, storage, http: { addr: `127.0.0.1:${port}` } };
  await writeFile(join(folder, "config.json"), JSON.stringify(settings));
  const { stdout } = await docker("inspect", "--format", "{{.State.Pid}}", `msb-deps-engine-${name}`);
  const inside = ["--target", stdout.trim(), "--net"];
  const fetched = async (): Promise<boolean> =>
    spawnSync("nsenter", [...inside, "bash", "-c", `</dev/tcp/127.0.0.1/${port}`], { stdio: "ignore" }).status === 0;
  const serve = ["docker-registry", "serve", join(folder, "config.json")];
  const { stop } = await startProgram("nsenter", [...inside, ...serve], fetched);
  onTestFinished(stop);
  return `127.0.0.1:${port}`;
}

/** An engine may have a step of yesterday in its cache, and the archive moves. */
function withoutVersions(json: string): unknown {
  return JSON.parse(json, (key, value: unknown) => (key === "builderVersion" ? null : value));
}

describe("podman-4.3", () => {
  it("takes a secret; says what its interface cannot", async ({ skip }) => {
    const host = hostOf("podman-4.3", skip);
    const folder = "scripts/engines/examples";
    const env = { ...process.env, WORD: "hush" };
    const flags = ["--host", host, "--progress", "quiet", "-f", "list"];
    const secret = await msbDeps([`${folder}/secret`, "--secret", "id=word,env=WORD", ...flags], { env });
    expect(secret.code, secret.stderr).toBe(0);
    const heredocs = await msbDeps([`${folder}/heredocs`, ...flags]);
    expect(heredocs.code).toBe(2);
    expect(heredocs.stderr).toContain("this engine does not support heredocs");
    const agent = await msbDeps([`${folder}/ssh`, "--ssh", "default=/nothing", ...flags]);
    expect(agent.code).toBe(2);
    expect(agent.stderr).toContain("Podman's API does not support an SSH agent (--ssh)");
  });
});
