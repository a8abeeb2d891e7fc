// A registry with a password, at the same address of the loopback of every engine. Needs docker-registry (Debian's
// package of that name) and nsenter(1), and root, as it enters the network of the engine's container.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** scripts/engines/inside.sh lets Podman speak plain HTTP with it; Docker does so with all of the loopback. */
export const REGISTRY = "127.0.0.1:5998";

const PASSWORD = "pass:word";
/** `htpasswd -nbB builder pass:word` */
const HTPASSWD = "builder:$2y$05$UYx0zqg1Tj6RiGVf6XzyAO93OyOD5rPfKFHY3fHOqL3/BCwSQh6UK\n";

/**
 * A folder for DOCKER_CONFIG with the login.
 * @param {string} [plugins] a DOCKER_CONFIG folder with the docker command's plugins
 */
export function login(folder, plugins) {
  const config = join(folder, plugins === undefined ? "config" : "config-plugins");
  mkdirSync(config, { recursive: true });
  const auth = Buffer.from(`builder:${PASSWORD}`).toString("base64");
  writeFileSync(join(config, "config.json"), JSON.stringify({ auths: { [REGISTRY]: { auth } } }));
  const own = join(config, "cli-plugins");
  if (plugins !== undefined && !existsSync(own)) symlinkSync(join(plugins, "cli-plugins"), own);
  return config;
}

/**
 * Starts it where the engine of this container is, or on this machine; all have the same images.
 * @param {string | null} container
 * @returns {import("node:child_process").ChildProcess}
 */
export function startRegistry(folder, container) {
  const settings = {
    version: "0.1",
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: join(folder, "images") } },
    http: { addr: REGISTRY },
    auth: { htpasswd: { realm: "msb-deps", path: join(folder, "htpasswd") } },
  };
  writeFileSync(join(folder, "htpasswd"), HTPASSWD);
  // JSON is YAML.
  writeFileSync(join(folder, "registry.json"), JSON.stringify(settings));
  const serve = ["docker-registry", "serve", join(folder, "registry.json")];
  const inside = container === null ? [] : ["nsenter", "--target", processOf(container), "--net"];
  const [program, ...args] = [...inside, ...serve];
  const server = spawn(program, args, { stdio: "ignore" });
  server.on("error", (error) => {
    throw new Error(`${program} cannot be started: apt-get install docker-registry util-linux`, { cause: error });
  });
  return server;
}

/** Gives the registry its one image, from the engine of this machine. */
export function fillRegistry(folder) {
  const image = `${REGISTRY}/private/debian:trixie`;
  const env = { ...process.env, DOCKER_CONFIG: login(folder) };
  execFileSync("docker", ["tag", "debian:trixie-slim", image]);
  try {
    push(image, env);
  } finally {
    execFileSync("docker", ["rmi", image], { stdio: "ignore" });
  }
}

/** The registry may not be up yet. */
function push(image, env) {
  for (let left = 20; left > 0; left--) {
    const { status } = spawnSync("docker", ["push", "--quiet", image], { env, stdio: "ignore" });
    if (status === 0) return;
    spawnSync("sleep", ["0.3"]);
  }
  throw new Error(`${image} cannot be pushed; is docker-registry installed, and ${REGISTRY} free?`);
}

function processOf(container) {
  return execFileSync("docker", ["inspect", "--format", "{{.State.Pid}}", container], { encoding: "utf8" }).trim();
}
