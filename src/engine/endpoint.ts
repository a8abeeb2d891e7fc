import { join } from "node:path";
import { type Candidate, DEFAULT_PIPE, parseHost, type Tls } from "./address.ts";
import { configFolder, readDockerConfig } from "./docker-config.ts";
import { readContext, readTls } from "./docker-context.ts";
import type { NamedEndpoint } from "./named-endpoint.ts";
import { IDLE_MS } from "./patience.ts";
import type { Surroundings } from "./surroundings.ts";

/** One way to learn of an engine. */
interface Strategy {
  /** Named by the user: where it gives candidates, no other engine may be taken in its place. */
  readonly explicit: boolean;
  candidates(at: Surroundings, named: NamedEndpoint): Promise<readonly Candidate[]>;
}

/** Nothing is named: environment and configuration tell. */
export const NOT_NAMED: NamedEndpoint = {
  host: null,
  dockerContext: null,
  builder: null,
  inBuild: false,
  idleMs: IDLE_MS,
};

/**
 * The candidates in the order in which they are to be asked. As docker's own command line (docker/cli cli/command,
 * resolveContextName): the context that is named, the host that is named, DOCKER_HOST, DOCKER_CONTEXT, config.json's
 * currentContext, and only without these the usual sockets. https://docs.docker.com/engine/manage-resources/contexts/
 */
export async function endpointCandidates(
  at: Surroundings,
  named: NamedEndpoint = NOT_NAMED,
): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const strategy of strategies) {
    const candidates = await strategy.candidates(at, named);
    if (strategy.explicit && candidates.length > 0) return candidates;
    found.push(...candidates.filter((next) => !found.some((known) => known.url === next.url)));
  }
  return found;
}

/** `--docker-context`; the context "default" is what environment and usual places say. */
const namedContext: Strategy = {
  explicit: true,
  async candidates(at, { dockerContext }) {
    if (dockerContext === null || dockerContext === "default") return [];
    return [await contextCandidate(dockerContext, at)];
  },
};

const namedHost: Strategy = {
  explicit: true,
  candidates: async (at, { host }) => (host === null ? [] : [await hostCandidate(host, "--host", at)]),
};

const dockerHost: Strategy = {
  explicit: true,
  candidates: async (at) => (at.env.DOCKER_HOST ? [await hostCandidate(at.env.DOCKER_HOST, "DOCKER_HOST", at)] : []),
};

const chosenContext: Strategy = {
  explicit: true,
  async candidates(at, { dockerContext }) {
    const name = dockerContext ?? (at.env.DOCKER_CONTEXT || (await readDockerConfig(at)).currentContext);
    return !name || name === "default" ? [] : [await contextCandidate(name, at)];
  },
};

async function contextCandidate(name: string, at: Surroundings): Promise<Candidate> {
  const source = `docker context "${name}"`;
  const context = await readContext(name, at);
  if (context === null) return { url: name, source, problem: `no such context in ${configFolder(at)}` };
  return parseHost(context.host, source, context.tls, at.platform);
}

/** DOCKER_TLS_VERIFY and DOCKER_TLS go with every host of tcp that is no context's. */
async function hostCandidate(host: string, source: string, at: Surroundings): Promise<Candidate> {
  if (/^(unix|npipe|ssh):/.test(host)) return parseHost(host, source, null, at.platform);
  const verify = Boolean(at.env.DOCKER_TLS_VERIFY);
  const folder = at.env.DOCKER_CERT_PATH || configFolder(at);
  const tls = verify || at.env.DOCKER_TLS ? await readTls(folder, at) : null;
  if (verify && tls === null)
    return { url: host, source, problem: `DOCKER_TLS_VERIFY is set, but ${folder} has no ca.pem` };
  if (!at.env.DOCKER_TLS && !verify) return parseHost(host, source, null, at.platform);
  const certificates: Tls = { ca: null, cert: null, key: null, ...tls, verify };
  return parseHost(host, source, certificates, at.platform);
}

/** A strategy that looks at fixed places, given by paths. */
function sockets(source: string, paths: (at: Surroundings) => readonly (string | null)[]): Strategy {
  return {
    explicit: false,
    candidates: async (at) =>
      paths(at)
        .filter((path) => path !== null)
        .map((path) => ({ url: `unix://${path}`, source, address: { kind: "unix", path } })),
  };
}

const windowsPipe: Strategy = {
  explicit: false,
  candidates: async (at) =>
    at.platform === "win32"
      ? [{ url: `npipe://${DEFAULT_PIPE}`, source: "default", address: { kind: "unix", path: DEFAULT_PIPE } }]
      : [],
};

function runtimeFolder(at: Surroundings): string | null {
  return at.env.XDG_RUNTIME_DIR || (at.uid === null ? null : `/run/user/${at.uid}`);
}

function inRuntimeFolder(at: Surroundings, path: string): string | null {
  const folder = runtimeFolder(at);
  return folder === null ? null : join(folder, path);
}

const strategies: readonly Strategy[] = [
  namedContext,
  namedHost,
  dockerHost,
  chosenContext,
  windowsPipe,
  sockets("default", (at) => [at.platform === "win32" ? null : "/var/run/docker.sock"]),
  sockets("rootless Docker", (at) => [inRuntimeFolder(at, "docker.sock"), join(at.home, ".docker/run/docker.sock")]),
  sockets("Docker Desktop", (at) => [join(at.home, ".docker/desktop/docker.sock")]),
  sockets("colima", (at) => [
    join(at.env.COLIMA_HOME || join(at.home, ".colima"), "default/docker.sock"),
    join(at.env.XDG_CONFIG_HOME || join(at.home, ".config"), "colima/default/docker.sock"),
  ]),
  sockets("Rancher Desktop", (at) => [join(at.home, ".rd/docker.sock")]),
  sockets("OrbStack", (at) => [join(at.home, ".orbstack/run/docker.sock")]),
  sockets("Podman", (at) => [inRuntimeFolder(at, "podman/podman.sock"), "/run/podman/podman.sock"]),
];
