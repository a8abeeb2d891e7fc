import { join } from "node:path";
import { configFolder, readDockerConfig } from "./docker-config.ts";
import { readContext, readTls } from "./docker-context.ts";
import type { Surroundings } from "./surroundings.ts";

export interface Tls {
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
  readonly verify: boolean;
}

export type Address =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls: Tls | null };

/** A place where an engine may answer. */
export interface Endpoint {
  readonly url: string;
  /** Who named it: `DOCKER_HOST`, `docker context "x"`, `default` … */
  readonly source: string;
  readonly address: Address;
}

/** A place that was named and cannot be used, with the reason. */
interface Unusable {
  readonly url: string;
  readonly source: string;
  readonly problem: string;
}

export type Candidate = Endpoint | Unusable;

/** One way to learn of an engine. */
interface Strategy {
  /** Named by the user: where it gives candidates, no other engine may be taken in its place. */
  readonly explicit: boolean;
  candidates(at: Surroundings): Promise<readonly Candidate[]>;
}

/**
 * The candidates in the order in which they are to be asked. As docker's own command line: DOCKER_HOST, then
 * DOCKER_CONTEXT, then config.json's currentContext, and only without these the usual sockets.
 * https://docs.docker.com/engine/manage-resources/contexts/
 */
export async function endpointCandidates(at: Surroundings): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  for (const strategy of strategies) {
    const candidates = await strategy.candidates(at);
    if (strategy.explicit && candidates.length > 0) return candidates;
    found.push(...candidates.filter((next) => !found.some((known) => known.url === next.url)));
  }
  return found;
}

const dockerHost: Strategy = {
  explicit: true,
  async candidates(at) {
    const host = at.env.DOCKER_HOST;
    if (!host) return [];
    const folder = at.env.DOCKER_CERT_PATH || configFolder(at);
    const tls = at.env.DOCKER_TLS_VERIFY ? await readTls(folder, at) : null;
    if (at.env.DOCKER_TLS_VERIFY && tls === null) {
      return [{ url: host, source: "DOCKER_HOST", problem: `DOCKER_TLS_VERIFY is set and ${folder} has no ca.pem` }];
    }
    return [parseHost(host, "DOCKER_HOST", tls)];
  },
};

const dockerContext: Strategy = {
  explicit: true,
  async candidates(at) {
    const name = at.env.DOCKER_CONTEXT || (await readDockerConfig(at)).currentContext;
    if (!name || name === "default") return [];
    const source = `docker context "${name}"`;
    const context = await readContext(name, at);
    if (context === null) return [{ url: name, source, problem: `there is no such context in ${configFolder(at)}` }];
    return [parseHost(context.host, source, context.tls)];
  },
};

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

function runtimeFolder(at: Surroundings): string | null {
  return at.env.XDG_RUNTIME_DIR || (at.uid === null ? null : `/run/user/${at.uid}`);
}

function inRuntimeFolder(at: Surroundings, path: string): string | null {
  const folder = runtimeFolder(at);
  return folder === null ? null : join(folder, path);
}

const strategies: readonly Strategy[] = [
  dockerHost,
  dockerContext,
  sockets("default", () => ["/var/run/docker.sock"]),
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

/** A docker host (`unix://`, `tcp://`, `http://`, `https://`, or `host:port`) as an address, or why it is none. */
export function parseHost(host: string, source: string, tls: Tls | null): Candidate {
  const unusable = (problem: string): Unusable => ({ url: host, source, problem });
  if (host.startsWith("unix://")) {
    const path = host.slice("unix://".length) || "/var/run/docker.sock";
    return { url: `unix://${path}`, source, address: { kind: "unix", path } };
  }
  if (host.startsWith("ssh://")) {
    return unusable(
      "ssh:// is not supported yet; forward its socket with `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST` and set DOCKER_HOST=unix:///tmp/docker.sock",
    );
  }
  if (host.startsWith("npipe://")) return unusable("npipe:// is not supported yet; run msb-deps inside WSL 2");
  const withScheme = host.includes("://") ? host : `tcp://${host}`;
  if (!/^(tcp|https?):\/\//.test(withScheme)) return unusable("only unix:// and tcp:// are supported");
  const http = withScheme.replace(/^tcp:/, "http:");
  if (!URL.canParse(http)) return unusable("is not an address");
  const url = new URL(http);
  const secure = tls !== null || withScheme.startsWith("https:");
  const port = url.port === "" ? defaultPort(withScheme, secure) : Number(url.port);
  const address: Address = {
    kind: "tcp",
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port,
    tls: secure ? (tls ?? { ca: null, cert: null, key: null, verify: true }) : null,
  };
  return { url: withScheme, source, address };
}

/** Docker's own ports; `new URL` hides a port 80 that was written out, and 443 of https. */
function defaultPort(url: string, secure: boolean): number {
  const written = /:(80|443)\/?$/.exec(url)?.[1];
  if (written !== undefined) return Number(written);
  return secure ? 2376 : 2375;
}
