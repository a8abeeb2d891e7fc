export interface Tls {
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
  readonly verify: boolean;
}

/** Who is called with the `ssh` program, and which socket is meant there; null is that machine's own choice. */
export interface SshAddress {
  readonly kind: "ssh";
  readonly host: string;
  readonly user: string | null;
  readonly port: number | null;
  readonly socket: string | null;
}

export type Address =
  /** A Unix socket, or a named pipe of Windows (`//./pipe/docker_engine`). */
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls: Tls | null }
  | SshAddress;

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

/**
 * A docker host (`unix://`, `tcp://`, `http://`, `https://`, `ssh://`, `npipe://`, or `host:port`) as an address, or why
 * it is none. https://docs.docker.com/reference/cli/docker/#host
 */
export function parseHost(host: string, source: string, tls: Tls | null, platform: NodeJS.Platform): Candidate {
  const unusable = (problem: string): Unusable => ({ url: host, source, problem });
  if (host.startsWith("unix://")) {
    const path = host.slice("unix://".length) || "/var/run/docker.sock";
    return { url: `unix://${path}`, source, address: { kind: "unix", path } };
  }
  if (host.startsWith("npipe://")) {
    if (platform !== "win32") return unusable("npipe:// works only on Windows");
    const path = host.slice("npipe://".length) || DEFAULT_PIPE;
    return { url: `npipe://${path}`, source, address: { kind: "unix", path } };
  }
  if (host.startsWith("ssh://")) return parseSsh(host, source) ?? unusable("is not of the form ssh://USER@HOST:PORT");
  const withScheme = host.includes("://") ? host : `tcp://${host}`;
  if (!/^(tcp|https?):\/\//.test(withScheme))
    return unusable("only unix://, tcp://, ssh:// and npipe:// are supported");
  const http = withScheme.replace(/^tcp:/, "http:");
  if (!URL.canParse(http)) return unusable("is not an address");
  const url = new URL(http);
  const secure = tls !== null || withScheme.startsWith("https:");
  const address: Address = {
    kind: "tcp",
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? defaultPort(withScheme, secure) : Number(url.port),
    tls: secure ? (tls ?? { ca: null, cert: null, key: null, verify: true }) : null,
  };
  return { url: withScheme, source, address };
}

/** The pipe of Docker Desktop. */
export const DEFAULT_PIPE = "//./pipe/docker_engine";

/** Docker's own ports; `new URL` hides a port 80 that was written out, and 443 of https. */
function defaultPort(url: string, secure: boolean): number {
  const written = /:(80|443)\/?$/.exec(url)?.[1];
  if (written !== undefined) return Number(written);
  return secure ? 2376 : 2375;
}

/** docker/cli cli/connhelper/ssh: user, host and port, and the path of a socket; no password, query or fragment. */
function parseSsh(host: string, source: string): Endpoint | null {
  if (!URL.canParse(host)) return null;
  const url = new URL(host);
  const name = url.hostname.replace(/^\[(.*)\]$/, "$1");
  // ssh would take such a name for an option.
  if (name === "" || name.startsWith("-") || url.password !== "" || url.search !== "" || url.hash !== "") return null;
  const address: SshAddress = {
    kind: "ssh",
    host: name,
    user: url.username === "" ? null : decodeURIComponent(url.username),
    port: url.port === "" ? null : Number(url.port),
    socket: url.pathname === "" || url.pathname === "/" ? null : decodeURIComponent(url.pathname),
  };
  return { url: host, source, address };
}
