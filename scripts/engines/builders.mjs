// What the rows of docs/engines.md stand for: how each is started, and what the command is told so that it uses it.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SCRIPT = "scripts/engines/engine";
const byHost = { options: ({ host }) => ["--host", host] };

/**
 * `engine`: of scripts/engines/engine, null for the one of this machine. `buildx`: the docker command needs it.
 * `options`: of the command, for one example.
 */
export const BUILDERS = {
  "engine-here": { engine: null, options: () => [] },
  "docker-26": { engine: "docker-26", ...byHost },
  "docker-26-containerd": { engine: "docker-26-containerd", ...byHost },
  "docker-28": { engine: "docker-28", ...byHost },
  "docker-28-containerd": { engine: "docker-28-containerd", ...byHost },
  "podman-4.3": { engine: "podman-4.3", ...byHost },
  "podman-5.4": { engine: "podman-5.4", ...byHost },
  "buildx-docker": { engine: "docker-28", buildx: true, options: ({ host }) => ["--host", host, "--in-build"] },
  "buildx-remote": {
    engine: "docker-28-containerd",
    buildx: true,
    options: (given) => ["--builder", remoteBuilder(given)],
  },
  rootfs: {
    engine: "docker-28-containerd",
    buildx: true,
    options: (given, example) => [
      ...["--rootfs", unpacked(given, "tree", archive(given, example, "tar"))],
      ...(example.base ? ["--runtime-rootfs", unpacked(given, "base", exported(given, example.base))] : []),
    ],
  },
  oci: {
    engine: "docker-28-containerd",
    buildx: true,
    options: (given, example) => [
      ...["--oci", archive(given, example, "oci")],
      ...(example.base ? ["--runtime-oci", saved(given, example.base)] : []),
    ],
  },
};

export function output(command, args, env = process.env) {
  const done = spawnSync(command, args, { encoding: "utf8", env, stdio: ["ignore", "pipe", "inherit"] });
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${done.status}`);
  return done.stdout.trim();
}

/** Starts the engine of a row; `host` is empty for the one of this machine. */
export function startEngine(name) {
  const { engine } = BUILDERS[name];
  return engine === null ? "" : output(SCRIPT, ["start", engine]);
}

/** Engines that run before this script are left running. */
export function stopEngines(names, before) {
  for (const engine of new Set(names.map((name) => BUILDERS[name].engine))) {
    if (engine !== null && !before.includes(`msb-deps-engine-${engine}`)) spawnSync(SCRIPT, ["stop", engine]);
  }
}

/** A builder of the remote driver: BuildKit of an engine behind a socket. */
function remoteBuilder({ host, folder, processes, env }) {
  const socket = join(folder, "buildkit.sock");
  if (existsSync(socket)) return "far";
  const proxy = spawn(process.execPath, ["scripts/engines/grpc-proxy.mjs", host.replace("unix://", ""), socket], {
    stdio: ["pipe", "ignore", "inherit"],
  });
  processes.push(proxy);
  output("docker", ["buildx", "create", "--name", "far", "--driver", "remote", `unix://${socket}`], env);
  return "far";
}

/** The builder stage of an example, built by docker itself. */
function archive({ host, folder, env }, example, type) {
  const path = join(folder, `builder.${type}`);
  const output = ["--output", `type=${type},dest=${path}`];
  const args = [...output, "--file", withoutSyntax(folder, example), ...example.build, example.folder];
  execFileSync("docker", ["buildx", "build", "--quiet", "--provenance=false", "--target", "builder", ...args], {
    env: { ...env, DOCKER_HOST: host },
    stdio: ["ignore", "ignore", "inherit"],
  });
  return path;
}

/** The frontend of a `# syntax=` line may not be to be had where this is run; the engine's own does. */
function withoutSyntax(folder, example) {
  const path = join(folder, "Dockerfile");
  writeFileSync(path, readFileSync(join(example.folder, "Dockerfile"), "utf8").replace(/^# syntax=.*\n/, ""));
  return path;
}

function unpacked({ folder }, name, tar) {
  const tree = join(folder, name);
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree);
  execFileSync("tar", ["-x", "-p", "--numeric-owner", "-C", tree, "-f", tar]);
  return tree;
}

/** The base that the registry was filled with, from the engine of this machine. */
function saved({ folder }, base) {
  const path = join(folder, "base.oci");
  output("docker", ["save", "--output", path, base]);
  return path;
}

function exported({ folder }, base) {
  const path = join(folder, "base.tar");
  const container = output("docker", ["create", base, "true"]);
  output("docker", ["export", "--output", path, container]);
  output("docker", ["rm", container]);
  return path;
}
