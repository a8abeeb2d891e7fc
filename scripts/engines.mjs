// The same examples on every engine: writes docs/engines.md. Starts engines in containers (scripts/engines/engine) and
// stops those again. Takes a quarter of an hour on two cores; `npm run engines -- NAME…` does some engines alone and shows them.
//
// A cell says `same` where the JSON of the run is, byte for byte, the one of the first engine that has an answer. But for
// the versions of the builder's packages: an engine may have a step of yesterday in its cache, and the archive moves.
// `same line` where what is to be installed and copied is the same, or the findings are, and more in the JSON is not.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BUILDERS, output, startEngine, stopEngines } from "./engines/builders.mjs";
import { examples } from "./engines/examples.mjs";
import { fillRegistry, login, startRegistry } from "./engines/registry.mjs";
import { engineTable } from "./engines/table.mjs";

const folder = mkdtempSync(join(tmpdir(), "msb-deps-engines-"));
const processes = [];

/** An ssh-agent that has a key. */
function agent() {
  const socket = join(folder, "agent.sock");
  processes.push(spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" }));
  spawnSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, "key")]);
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  for (let left = 20; left > 0 && spawnSync("ssh-add", [join(folder, "key")], { env, stdio: "ignore" }).status; left--)
    spawnSync("sleep", ["0.2"]);
  return socket;
}

function versionOf(host, env) {
  const words = ["version", "--format", "{{.Server.Version}}"];
  return output("docker", words, host ? { ...env, DOCKER_HOST: host } : env);
}

/** What does not depend on the way to the answer. */
function lineOf({ install, copy, missing, findings }, exit) {
  const told = findings?.map(({ code, severity, package: name }) => [code, severity, name]);
  return JSON.stringify({ install, copy, missing, told, exit });
}

/** One example on one engine. */
function run(options, example, env) {
  const started = Date.now();
  const words = [example.command, example.folder, ...(example.chosen ?? []), ...example.build, ...options];
  const args = ["dist/cli.js", ...words.filter((word) => word !== undefined), "-f", "json", "--progress", "quiet"];
  const done = spawnSync(process.execPath, args, { encoding: "utf8", env, maxBuffer: 2 ** 28, timeout: 900_000 });
  const seconds = Math.round((Date.now() - started) / 1000);
  if (done.stdout === "") return { seconds, digest: null, line: null, words: done.stderr.trim() };
  const withoutVersions = done.stdout.replace(/"builderVersion":\s*"[^"]*"/g, '"builderVersion":null');
  const digest = createHash("sha256").update(withoutVersions).digest("hex");
  return { seconds, digest, line: lineOf(JSON.parse(done.stdout), done.status), words: "" };
}

function measure(name, socket) {
  const { engine, buildx, options } = BUILDERS[name];
  const host = startEngine(name);
  const registry = startRegistry(folder, engine === null ? null : `msb-deps-engine-${engine}`);
  try {
    const config = login(folder, buildx ? output("scripts/engines/engine", ["buildx", "docker-28"]) : undefined);
    const own = buildx ? { DOCKER_CONFIG: config, BUILDX_CONFIG: join(folder, "buildx") } : {};
    const env = { ...process.env, ...own };
    const server = versionOf(host, env);
    const version = buildx ? `${server}, buildx ${output("docker", ["buildx", "version"], env).split(" ")[1]}` : server;
    const cells = {};
    for (const [title, example] of Object.entries(examples({ agent: socket, config }))) {
      const given = { host, folder, processes, env: { ...env, ...example.env } };
      cells[title] = run(options(given, example), example, given.env);
      const { words, seconds } = cells[title];
      console.error(`${name} ${title}: ${seconds} s ${words.split("\n")[0]}`);
    }
    return { name, version, cells };
  } finally {
    registry.kill();
  }
}

const names = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(BUILDERS);
const unknown = names.filter((name) => !(name in BUILDERS));
if (unknown.length > 0)
  throw new Error(`no engine ${unknown.join(", ")}; there are ${Object.keys(BUILDERS).join(", ")}`);
const before = output("docker", ["ps", "--filter", "label=msb-deps-engine", "--format", "{{.Names}}"]).split("\n");
try {
  const socket = agent();
  const registry = startRegistry(folder, null);
  fillRegistry(folder);
  registry.kill();
  const measured = names.map((name) => measure(name, socket));
  const text = engineTable(measured, new Date().toISOString().slice(0, 10));
  if (process.argv.length > 2) console.log(text);
  else writeFileSync("docs/engines.md", text);
} finally {
  for (const process of processes) process.kill();
  rmSync(folder, { recursive: true, force: true });
  stopEngines(names, before);
}
