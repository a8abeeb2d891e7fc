/** What `docker build` takes beside Dockerfile, context, target, platform and build arguments; named as there. */
export interface BuildSettings {
  readonly secrets: readonly SecretSource[];
  readonly ssh: readonly SshForward[];
  /** `--build-context`: a folder, a URL or `docker-image://…` by name. */
  readonly contexts: Readonly<Record<string, string>>;
  readonly network: "default" | "none" | "host";
  readonly addHosts: readonly AddedHost[];
  readonly labels: Readonly<Record<string, string>>;
  /** References of images or registry caches. */
  readonly cacheFrom: readonly string[];
  /** The stages whose steps are run anew. */
  readonly noCacheFilter: readonly string[];
  /** Bytes of /dev/shm; null is the engine's own size. */
  readonly shmSize: number | null;
  /** `nofile=1024:2048` */
  readonly ulimits: readonly string[];
  /** The engine's own Dockerfile frontend, whatever the `# syntax=` line says. */
  readonly builtinFrontend: boolean;
}

/** Where a secret's value is. It is read when the build asks for it, and kept nowhere. */
export interface SecretSource {
  readonly id: string;
  readonly from: { readonly kind: "file"; readonly path: string } | { readonly kind: "env"; readonly name: string };
}

/** An agent that steps with `--mount=type=ssh` may ask to sign. */
export interface SshForward {
  readonly id: string;
  /** A socket; null is the one that SSH_AUTH_SOCK names. */
  readonly socket: string | null;
}

export interface AddedHost {
  readonly name: string;
  /** An IP address, or `host-gateway`: the address of the engine's host, which the engine tells. */
  readonly address: string;
}

/** A build with none of them. */
export const PLAIN_BUILD: BuildSettings = {
  secrets: [],
  ssh: [],
  contexts: {},
  network: "default",
  addHosts: [],
  labels: {},
  cacheFrom: [],
  noCacheFilter: [],
  shmSize: null,
  ulimits: [],
  builtinFrontend: false,
};
