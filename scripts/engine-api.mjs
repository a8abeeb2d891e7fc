// The few questions that the scripts beside this file have for an engine, where there is no docker command to ask them.
// Unix sockets and plain TCP; a context or DOCKER_HOST that needs more (TLS, ssh) is the docker command's business.
//
//   engine-api.mjs ping | architecture | has-image IMAGE | pull IMAGE | import TAR IMAGE CHANGE…
import { createHash } from "node:crypto";
import { createReadStream, readFileSync } from "node:fs";
import { request } from "node:http";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where the docker command would connect to: DOCKER_HOST, else the chosen context, else the default socket. */
function host() {
  if (process.env.DOCKER_HOST) return process.env.DOCKER_HOST;
  const folder = process.env.DOCKER_CONFIG || join(homedir(), ".docker");
  const context = process.env.DOCKER_CONTEXT || readJson(join(folder, "config.json"))?.currentContext;
  if (!context || context === "default") return "unix:///var/run/docker.sock";
  const name = createHash("sha256").update(context).digest("hex");
  const meta = readJson(join(folder, "contexts/meta", name, "meta.json"));
  if (!meta?.Endpoints?.docker?.Host) throw new Error(`the docker context ${context} cannot be read`);
  return meta.Endpoints.docker.Host;
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return null;
    throw new Error(`${path} cannot be read: ${error.message}`);
  }
}

function connection() {
  const at = host();
  if (at.startsWith("unix://")) return { socketPath: at.slice("unix://".length) || "/var/run/docker.sock" };
  if (at.startsWith("tcp://") && !process.env.DOCKER_TLS_VERIFY) {
    const { hostname, port } = new URL(at);
    return { host: hostname, port: port || 2375 };
  }
  throw new Error(`${at} needs the docker command, which is not installed`);
}

/** One request; `body` is the path of a file to send. Answers with the status and the whole text. */
function ask(method, path, { body, timeout = 20_000 } = {}) {
  return new Promise((resolve, reject) => {
    const headers = body ? { "Content-Type": "application/x-tar" } : {};
    const asking = request({ ...connection(), method, path, headers, timeout }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (piece) => {
        text += piece;
      });
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode, text }));
    });
    asking.on("timeout", () => asking.destroy(new Error(`no answer within ${timeout / 1000} s`)));
    asking.on("error", reject);
    if (body) createReadStream(body).on("error", reject).pipe(asking);
    else asking.end();
  });
}

/** A pull or an import answers 200 at once and tells of failure later, as a line of its stream. */
async function create(query, options) {
  const { status, text } = await ask("POST", `/images/create?${query}`, { ...options, timeout: 600_000 });
  const lines = text.split("\n").filter((line) => line.trim());
  const failure = lines.map((line) => JSON.parse(line)).find((line) => line.error || line.message);
  if (failure) throw new Error(failure.error ?? failure.message);
  if (status !== 200) throw new Error(`the engine answered with HTTP ${status}`);
}

function nameAndTag(image) {
  const colon = image.lastIndexOf(":");
  return { name: image.slice(0, colon), tag: image.slice(colon + 1) };
}

const commands = {
  async ping() {
    const { status } = await ask("GET", "/_ping");
    if (status !== 200) throw new Error(`the ping was answered with HTTP ${status}`);
  },
  async architecture() {
    process.stdout.write(JSON.parse((await ask("GET", "/version")).text).Arch);
  },
  async "has-image"(image) {
    const { status } = await ask("GET", `/images/${encodeURIComponent(image)}/json`);
    if (status !== 200) process.exitCode = 1;
  },
  async pull(image) {
    const { name, tag } = nameAndTag(image);
    await create(new URLSearchParams({ fromImage: name, tag }));
  },
  async import(tar, image, ...changes) {
    const { name, tag } = nameAndTag(image);
    const query = new URLSearchParams({ fromSrc: "-", repo: name, tag });
    for (const change of changes) query.append("changes", change);
    await create(query, { body: tar });
  },
};

const [name, ...words] = process.argv.slice(2);
try {
  if (!Object.hasOwn(commands, name)) throw new Error(`unknown command ${name}`);
  await commands[name](...words);
} catch (error) {
  console.error(error.message || error.code || String(error));
  process.exitCode = 1;
}
