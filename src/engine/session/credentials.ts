import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { asRecord, asText, type DockerConfig, type StoredAuth } from "../docker-config.ts";
import type { Surroundings } from "../surroundings.ts";

/** What the engine logs in with. An identity token goes as the secret of an empty user name. */
export interface Credentials {
  readonly username: string;
  readonly secret: string;
}

const ANONYMOUS: Credentials = { username: "", secret: "" };

/** Docker Hub's registry answers under this host, and its login is kept under that key (docker/cli, registry.IndexServer). */
const HUB_HOST = "registry-1.docker.io";
const HUB_KEY = "https://index.docker.io/v1/";

/**
 * The credentials of one registry host, and of no other: its own helper (credHelpers), else the common one (credsStore),
 * else what stands in config.json. `warn` hears of a helper that fails; the pull then goes on without a login.
 */
export async function credentialsFor(
  host: string,
  config: DockerConfig,
  at: Surroundings,
  warn: (message: string) => void,
): Promise<Credentials> {
  const key = host === HUB_HOST ? HUB_KEY : host;
  const helper = config.credHelpers[key] ?? config.credHelpers[host] ?? config.credsStore;
  if (helper) {
    try {
      const found = await askHelper(helper, key, at);
      if (found !== null) return found;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      warn(`the credential helper docker-credential-${helper} failed for ${host}: ${reason}`);
    }
  }
  const stored = config.auths[key] ?? Object.entries(config.auths).find(([url]) => hostOf(url) === host)?.[1];
  return stored === undefined ? ANONYMOUS : fromStored(stored);
}

/** `https://registry.example/v1/` → `registry.example` */
function hostOf(url: string): string {
  return url.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}

function fromStored(stored: StoredAuth): Credentials {
  if (stored.identitytoken) return { username: "", secret: stored.identitytoken };
  if (!stored.auth) return { username: stored.username ?? "", secret: stored.password ?? "" };
  const decoded = Buffer.from(stored.auth, "base64").toString("utf8").replaceAll("\0", "");
  const colon = decoded.indexOf(":");
  return colon === -1 ? ANONYMOUS : { username: decoded.slice(0, colon), secret: decoded.slice(colon + 1) };
}

/**
 * Runs `docker-credential-NAME get` with the server on its standard input; null where it knows none.
 * https://github.com/docker/docker-credential-helpers#development
 */
async function askHelper(helper: string, server: string, at: Surroundings): Promise<Credentials | null> {
  if (/[/\\]/.test(helper)) throw new Error("its name holds a path");
  const child = spawn(`docker-credential-${helper}`, ["get"], { env: at.env, stdio: ["pipe", "pipe", "ignore"] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  // A helper that ends without reading breaks the pipe; its exit code says all there is to say.
  child.stdin.on("error", () => {});
  child.stdin.end(server);
  const [output, exitCode] = await Promise.all([text(child.stdout), ended]);
  if (exitCode !== 0) {
    if (/credentials not found/i.test(output)) return null;
    throw new Error(`exit code ${exitCode}: ${output.trim().slice(0, 200)}`);
  }
  const answer = asRecord(JSON.parse(output));
  const secret = asText(answer.Secret);
  if (secret === null) return null;
  const username = asText(answer.Username) ?? "";
  return { username: username === "<token>" ? "" : username, secret };
}
