import { randomBytes } from "node:crypto";
import type Docker from "dockerode";
import { classicBuild } from "./buildkit/classic.ts";
import { requireContexts } from "./buildkit/contexts.ts";
import { ownFrontendLacks } from "./buildkit/own-frontend.ts";
import { buildSources, frontendAttributes, sourceKey } from "./buildkit/request.ts";
import { entitlements } from "./buildkit/setting-attributes.ts";
import { PLAIN_BUILD } from "./buildkit/settings.ts";
import { solve } from "./buildkit/solve.ts";
import type { Maker } from "./container/create.ts";
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
import { Leftovers } from "./leftovers.ts";
import { credentialsFor } from "./session/credentials.ts";
import { secretStore } from "./session/secrets.ts";
import { sshSockets } from "./session/ssh-agent.ts";
import type { Surroundings } from "./surroundings.ts";
import { statusCode } from "./transport.ts";

/** A Docker Engine with BuildKit, or Podman behind the same interface. */
export class DockerEngine implements Engine {
  readonly endpoint: string;
  readonly #docker: Docker;
  readonly #found: Found;
  readonly #at: Surroundings;
  readonly #leftovers = new Leftovers();
  /** The label of all that this session makes. */
  readonly #label = randomBytes(8).toString("hex");

  constructor(docker: Docker, found: Found, at: Surroundings) {
    this.#docker = docker;
    this.#found = found;
    this.#at = at;
    this.endpoint = `${found.endpoint.url} (${found.endpoint.source})`;
  }

  get #maker(): Maker {
    return { label: this.#label, podman: this.#found.ping.podman };
  }

  async build(request: BuildRequest): Promise<Image> {
    const { podman } = this.#found.ping;
    const name = `msb-deps/look:${randomBytes(12).toString("hex")}`;
    const release = this.#leftovers.add(() => (podman ? untag(this.#docker, name) : removeTag(this.#docker, name)));
    try {
      if (podman) await this.#buildClassic(request, name);
      else await this.#solve(request, name);
      return await describeImage(this.#docker, name, release);
    } catch (error) {
      // Where the engine is gone, why it went matters more than the tag.
      await release().catch(() => {});
      throw error;
    }
  }

  async #buildClassic(request: BuildRequest, name: string): Promise<void> {
    const config = await readDockerConfig(this.#at);
    const { credentials } = this.#secretServices(config, request.onEvent);
    const secrets = await secretStore(request.settings.secrets, this.#at);
    await classicBuild(this.#docker, { request, name, config, credentials, secrets, at: this.#at });
  }

  async #solve(request: BuildRequest, name: string): Promise<void> {
    const { settings } = request;
    await requireContexts(settings);
    const [config, secrets, sockets] = await Promise.all([
      readDockerConfig(this.#at),
      secretStore(settings.secrets, this.#at),
      sshSockets(settings.ssh, this.#at),
    ]);
    await solve(this.#docker, {
      name,
      attributes: frontendAttributes(request, this.#label),
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
        const message = `the build asked for the secret "${id}", which was not given`;
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
    return run(this.#docker, request, this.#maker, this.#leftovers);
  }

  files(image: Image, signal: AbortSignal): Promise<ImageFiles> {
    return imageFiles(this.#docker, image, this.#maker, this.#leftovers, signal);
  }

  close(): Promise<void> {
    return this.#leftovers.removeAll();
  }
}
