// The same examples on every engine: writes docs/engines.md. Starts engines in containers (scripts/engines/engine) and
// stops those again. Takes half an hour on two cores; `npm run engines -- NAME…` does some engines alone and shows them.
//
// A cell says `same` where the JSON of the run is, byte for byte, the one of the first engine that has an answer. But for
// the versions of the builder's packages: an engine may have a step of yesterday in its cache, and the archive moves.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXAMPLES } from "./engines/examples.mjs";
import { engineTable } from "./engines/table.mjs";

const SCRIPT = "scripts/engines/engine";
const folder = mkdtempSync(join(tmpdir(), "msb-deps-engines-"));
const processes = [];

/** What is tried: how it is started, and what the command is told to use it. */
const ENGINES = {
  "engine-here": { args: () => [] },
  "docker-26": { args: (host) => ["--host", host] },
  "docker-26-containerd": { args: (host) => ["--host", host] },
  "docker-28": { args: (host) => ["--host", host] },
  "docker-28-containerd": { args: (host) => ["--host", host] },
  "podman-4.3": { args: (host) => ["--host", host] },
  "podman-5.4": { args: (host) => ["--host", host] },
  "buildx-docker": { engine: "docker-28", buildx: true, args: (host) => ["--host", host, "--in-build"] },
  "buildx-remote": { engine: "docker-28-containerd", buildx: true, args: (host) => ["--builder", remoteBuilder(host)] },
};

function output(command, args, env = process.env) {
  const done = spawnSync(command, args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "inherit"] });
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${done.status}`);
  return done.stdout.trim();
}

/** A builder of the remote driver: BuildKit of an engine behind a socket. */
function remoteBuilder(host) {
  const socket = join(folder, "buildkit.sock");
  const proxy = spawn(process.execPath, ["scripts/engines/grpc-proxy.mjs", host.replace("unix://", ""), socket], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  processes.push(proxy);
  output("docker", ["buildx", "create", "--name", "far", "--driver", "remote", `unix://${socket}`]);
  return "far";
}

function agent() {
  const socket = join(folder, "agent.sock");
  processes.push(spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" }));
  spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  for (let left = 20; left > 0 && spawnSync("ssh-add", [join(folder, "key")], { env, stdio: "ignore" }).status; left--)
    spawnSync("sleep", ["0.2"]);
  return socket;
}

function versionOf(name, host) {
  const env = host ? { ...process.env, DOCKER_HOST: host } : process.env;
  const engine = output("docker", ["version", "--format", "{{.Server.Version}}"], env);
  return ENGINES[name].buildx ? `${engine}, buildx ${output("docker", ["buildx", "version"]).split(" ")[1]}` : engine;
}

function withoutVersions(json) {
  return json.replace(/"builderVersion":\s*"[^"]*"/g, '"builderVersion":null');
}

/** One example on one engine. */
function run(args, example) {
  const started = Date.now();
  const words = ["dist/cli.js", ...example.args, ...args, "-f", "json", "--progress", "quiet"];
  const env = { ...process.env, ...example.env };
  const done = spawnSync(process.execPath, words, { encoding: "utf8", env, maxBuffer: 2 ** 28, timeout: 900_000 });
  const seconds = Math.round((Date.now() - started) / 1000);
  const digest = done.stdout === "" ? null : createHash("sha256").update(withoutVersions(done.stdout)).digest("hex");
  return { exit: done.status, digest, seconds, words: digest === null ? done.stderr.trim() : "" };
}

function measure(name, socket) {
  const { engine = name, buildx, args } = ENGINES[name];
  const host = engine === "engine-here" ? "" : output(SCRIPT, ["start", engine]);
  if (buildx) process.env.DOCKER_CONFIG = output(SCRIPT, ["buildx", "docker-28"]);
  if (buildx) process.env.BUILDX_CONFIG = join(folder, "buildx");
  const version = versionOf(name, host);
  const flags = args(host);
  const cells = {};
  for (const [title, example] of Object.entries(EXAMPLES(socket))) {
    cells[title] = run(flags, example);
    console.error(
      `${name} ${title}: exit ${cells[title].exit}, ${cells[title].seconds} s ${cells[title].words.split("\n")[0]}`,
    );
  }
  return { name, version, cells };
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(ENGINES);
const unknown = names.filter((name) => !(name in ENGINES));
if (unknown.length > 0)
  throw new Error(`no engine ${unknown.join(", ")}; there are ${Object.keys(ENGINES).join(", ")}`);
const before = output("docker", ["ps", "--filter", "label=msb-deps-engine", "--format", "{{.Names}}"]).split("\n");
try {
  const socket = agent();
  const measured = names.map((name) => measure(name, socket));
  const text = engineTable(measured, new Date().toISOString().slice(0, 10));
  if (process.argv.length > 2) console.log(text);
  else writeFileSync("docs/engines.md", text);
} finally {
  for (const process of processes) process.kill();
  rmSync(folder, { recursive: true, force: true });
  for (const { engine } of names.map((name) => ({ engine: ENGINES[name].engine ?? name }))) {
    if (engine !== "engine-here" && !before.includes(`msb-deps-engine-${engine}`)) spawnSync(SCRIPT, ["stop", engine]);
  }
}
