import type Docker from "dockerode";
import { classicBuild } from "./buildkit/classic.ts";
import { requireContexts } from "./buildkit/contexts.ts";
import { ownFrontendLacks } from "./buildkit/own-frontend.ts";
import { buildSources, frontendAttributes, sourceKey } from "./buildkit/request.ts";
import { entitlements } from "./buildkit/setting-attributes.ts";
import { PLAIN_BUILD } from "./buildkit/settings.ts";
import { solve } from "./buildkit/solve.ts";
import type { Containers } from "./container/create.ts";
import { endLater } from "./container/end-later.ts";
import { imageFiles } from "./container/files.ts";
import { run } from "./container/run.ts";
import { type DockerConfig, readDockerConfig } from "./docker-config.ts";
import type {
  BuildEvent,
  BuildRequest,
  Engine,
  Image,
  ImageFiles,
  ImageOptions,
  RunRequest,
  RunResult,
} from "./engine.ts";
import type { Found } from "./find-engine.ts";
import { describeImage, removeTag, requireReference, untag } from "./image.ts";
import { type Leftover, Leftovers, type Made } from "./leftovers.ts";
import { type Owner, ownerText } from "./owner.ts";
import type { Patience, Running } from "./patience.ts";
import { credentialsFor } from "./session/credentials.ts";
import { secretStore } from "./session/secrets.ts";
import { sshSockets } from "./session/ssh-agent.ts";
import type { Surroundings } from "./surroundings.ts";
import { imageName, sweep } from "./sweep.ts";
import { dockerClient, statusCode } from "./transport.ts";

/** How long a sweep may take. */
const SWEEP_MS = 10_000;

/** A Docker Engine with BuildKit, or Podman behind the same interface. */
export class DockerEngine implements Engine {
  readonly endpoint: string;
  readonly #docker: Docker;
  /** Removes things: it goes on for a moment when the run is stopped or a connection was lost. */
  readonly #cleaner: Docker;
  readonly #found: Found;
  readonly #at: Surroundings & { readonly signal: AbortSignal };
  readonly #patience: Patience;
  readonly #leftovers: Leftovers;
  readonly #owner: Owner;
  #swept: Promise<void> = Promise.resolve();

  /** @param at its signal stops the run */
  constructor(found: Found, at: Surroundings & { readonly signal: AbortSignal }, { owner, patience }: Running) {
    const idleMs = () => patience.idleMs;
    this.#docker = dockerClient(found.endpoint, at, { idleMs, signal: at.signal, onLost: patience.lost });
    this.#cleaner = dockerClient(found.endpoint, at, { idleMs, signal: patience.cleanupOver, onLost: () => {} });
    this.#found = found;
    this.#at = at;
    this.#patience = patience;
    this.#leftovers = new Leftovers(patience.cleanupOver);
    this.#owner = owner;
    // At once, and not when each phase has come to its end: there is little time.
    at.signal.addEventListener("abort", () => void this.#leftovers.removeAll(), { once: true });
    this.endpoint = `${found.endpoint.url} (${found.endpoint.source})`;
  }

  get #containers(): Containers {
    const { podman } = this.#found.ping;
    return {
      docker: this.#docker,
      cleaner: this.#cleaner,
      leftovers: this.#leftovers,
      idleMs: this.#patience.idleMs,
      owner: this.#owner,
      podman,
      // Podman is not asked: it locks a container while that is being stopped.
      endLater: podman ? null : endLater(this.#found.endpoint.address, this.#at.env),
    };
  }

  /** Starts to remove what killed runs left on this engine, beside everything else; `close` waits for it. */
  startSweep(): void {
    const signal = AbortSignal.any([this.#at.signal, AbortSignal.timeout(SWEEP_MS)]);
    const sweeper = dockerClient(this.#found.endpoint, this.#at, {
      idleMs: () => this.#patience.idleMs,
      signal,
      onLost: () => {},
    });
    const removeImage = (name: string) => this.#removeImage(sweeper, name);
    this.#swept = sweep(sweeper, { here: this.#owner, removeImage }).catch(() => {});
  }

  #removeImage(docker: Docker, name: string): Promise<boolean> {
    return (this.#found.ping.podman ? untag : removeTag)(docker, name);
  }

  async build(request: BuildRequest): Promise<Image> {
    const { podman } = this.#found.ping;
    const name = imageName(this.#owner);
    const tag = this.#leftovers.add({ kind: "image", name }, () => this.#removeImage(this.#cleaner, name));
    try {
      if (podman) await this.#buildClassic(request, name, tag);
      else await this.#solve(request, name, tag);
      return await describeImage(this.#docker, name, () => tag.remove());
    } catch (error) {
      await tag.remove();
      throw error;
    }
  }

  async #buildClassic(request: BuildRequest, name: string, tag: Leftover): Promise<void> {
    const config = await readDockerConfig(this.#at);
    const { credentials } = this.#secretServices(config, request.onEvent);
    const secrets = await secretStore(request.settings.secrets, this.#at);
    const { idleMs } = this.#patience;
    await classicBuild(this.#docker, { request, name, tag, idleMs, config, credentials, secrets, at: this.#at });
  }

  async #solve(request: BuildRequest, name: string, tag: Leftover): Promise<void> {
    const { settings } = request;
    await requireContexts(settings);
    const [config, secrets, sockets] = await Promise.all([
      readDockerConfig(this.#at),
      secretStore(settings.secrets, this.#at),
      sshSockets(settings.ssh, this.#at),
    ]);
    await solve(this.#docker, {
      name,
      tag,
      patience: this.#patience,
      attributes: frontendAttributes(request, ownerText(this.#owner)),
      entitlements: entitlements(settings),
      ownFrontendLacks: ownFrontendLacks(settings, this.#found.ping.apiVersion),
      sourceKey: sourceKey(request, this.#at),
      failing: {
        dockerfile: Buffer.from(request.dockerfile).toString("utf8"),
        name: request.dockerfilePath ?? "the Dockerfile from standard input",
      },
      services: {
        sources: await buildSources(request, this.#at),
        secrets,
        sshSockets: sockets,
        ...this.#secretServices(config, request.onEvent),
      },
      onEvent: request.onEvent,
      signal: request.signal,
    });
  }

  #secretServices(config: DockerConfig, onEvent: (event: BuildEvent) => void) {
    const warn = (message: string) => onEvent({ type: "warning", message, detail: null, line: null });
    return {
      credentials: (host: string) => credentialsFor(host, config, this.#at, warn),
      onUnknownSecret: (id: string) => {
        const message = `the build requested the secret "${id}", which was not given`;
        onEvent({ type: "warning", message, detail: null, line: null, mustSee: true });
      },
    };
  }

  async image(reference: string, options: ImageOptions): Promise<Image> {
    requireReference(reference);
    const stored = await this.#imageById(reference);
    if (stored !== null) return stored;
    return this.build({
      ...options,
      dockerfile: Buffer.from(`FROM ${reference}\n`),
      dockerfilePath: null,
      contextDir: null,
      target: null,
      buildArgs: {},
      noCache: false,
      settings: { ...PLAIN_BUILD, contexts: options.contexts ?? {} },
    });
  }

  /** An image named by its id (as `docker build -q` prints it): FROM does not take one. Nothing of it is ours. */
  async #imageById(reference: string): Promise<Image | null> {
    if (!/^(sha256:)?[0-9a-f]{12,64}$/.test(reference)) return null;
    try {
      const image = await describeImage(this.#docker, reference, async () => {});
      return image.id.replace("sha256:", "").startsWith(reference.replace("sha256:", "")) ? image : null;
    } catch (error) {
      if (statusCode(error) === 404) return null;
      throw error;
    }
  }

  run(request: RunRequest): Promise<RunResult> {
    return run(this.#containers, request);
  }

  files(image: Image, signal: AbortSignal): Promise<ImageFiles> {
    return imageFiles(this.#containers, image, signal);
  }

  async close(): Promise<readonly Made[]> {
    const [left] = await Promise.all([this.#leftovers.removeAll(), this.#swept]);
    return left;
  }
}
