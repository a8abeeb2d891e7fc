import type { Readable } from "node:stream";
import type { BuildSettings } from "./buildkit/settings.ts";
import type { Made } from "./leftovers.ts";

/** What the rest of the program knows about a container engine. The implementation lives beside it in this folder. */
export interface Engine {
  /** How the engine is reached, for messages: `unix:///var/run/docker.sock (default)`. */
  readonly endpoint: string;
  build(request: BuildRequest): Promise<Image>;
  /** The image of a reference as a build would get it: from the engine's store, else pulled for the platform. */
  image(reference: string, options: ImageOptions): Promise<Image>;
  /** Runs one program in a throw-away, hardened container and waits for its end. */
  run(request: RunRequest): Promise<RunResult>;
  /** A container that is created and never started, to read files out of its image. */
  files(image: Image, signal: AbortSignal): Promise<ImageFiles>;
  /** Removes what is left of this run, and returns what could not be removed. */
  close(): Promise<readonly Made[]>;
  /** True for a builder that keeps its images to itself: they can be looked at, and neither run nor measured. */
  readonly withoutContainers?: boolean;
}

export interface BuildRequest {
  /** The bytes of the Dockerfile. */
  readonly dockerfile: Uint8Array;
  /** The name shown in messages and used for `<Dockerfile>.dockerignore`; null when it came from standard input. */
  readonly dockerfilePath: string | null;
  /** The build context: a folder, or a git or tar URL that the engine fetches; null is an empty context. */
  readonly contextDir: string | null;
  readonly target: string | null;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platform: string | null;
  readonly noCache: boolean;
  readonly pull: boolean;
  readonly settings: BuildSettings;
  readonly onEvent: (event: BuildEvent) => void;
  readonly signal: AbortSignal;
}

/** `contexts` may put another image in the place of the reference, as they do for a FROM. */
export type ImageOptions = Pick<BuildRequest, "platform" | "pull" | "onEvent" | "signal"> & {
  readonly contexts?: BuildSettings["contexts"];
};

/** What a build says while it goes on, whatever the way into BuildKit. */
export type BuildEvent =
  | {
      readonly type: "step";
      readonly id: string;
      readonly name: string;
      readonly state: "started" | "done" | "cached" | "failed" | "canceled";
      /** Milliseconds, once ended. */
      readonly duration: number | null;
    }
  | {
      readonly type: "status";
      readonly id: string;
      readonly what: string;
      readonly current: number;
      readonly total: number;
    }
  | { readonly type: "log"; readonly id: string; readonly stream: 1 | 2; readonly data: Uint8Array }
  | {
      readonly type: "warning";
      readonly message: string;
      readonly detail: string | null;
      readonly line: number | null;
      /** The build is not the one that was asked for: told also where nothing else is. */
      readonly mustSee?: true;
    };

/** An image that is ours to look at until released. */
export interface Image {
  /** What to give to the engine: our own unique tag, never a tag of the user's that a release could remove. */
  readonly reference: string;
  readonly id: string;
  readonly os: string;
  /** Docker's names: amd64, arm64, arm … */
  readonly architecture: string;
  readonly variant: string | null;
  /** What the engine says that all layers of it take, in bytes. */
  readonly bytes: number;
  readonly config: ImageConfig;
  /** Removes what was made for us (the tag) and nothing else. Safe to call twice; never fails, see `Engine.close`. */
  release(): Promise<void>;
}

/** The parts of an image's configuration that matter here. */
export interface ImageConfig {
  readonly env: readonly string[];
  readonly workingDir: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
}

export interface RunRequest {
  readonly image: Image;
  /** argv; no shell is added and the image's entrypoint is not used. */
  readonly command: readonly string[];
  /**
   * What standard input gives. It then stays open for as long as we live, so that a program can wait for its end to
   * learn that we were killed; a program that reads to the end of its input needs `endStdin`.
   */
  readonly stdin: Uint8Array;
  readonly endStdin?: boolean;
  /** The environment; what of the image's own is added to it, {@link removedVariables} says. */
  readonly env: Readonly<Record<string, string>>;
  /** With network; where nothing else can be written, /tmp can: for apt. */
  readonly online?: boolean;
  /**
   * `read` (where it is absent): nothing can be written, by root with the right to read alone. `change`: by root who may
   * change the container's own copy of the files, for dpkg. `execute`: as the image says (user, folder), for a
   * command that the user asked to run. `trace`: the same for a tracer of ours that starts the command; it gets nothing of
   * the image's environment, and may look into processes that change their user.
   */
  readonly may?: "read" | "change" | "execute" | "trace";
  /** With `execute` and `trace`: in place of the image's user and folder. */
  readonly as?: Pick<ImageConfig, "user" | "workingDir">;
  /** Bind mounts, read-only: `[on the engine's host, in the container]`. */
  readonly volumes?: readonly (readonly [string, string])[];
  /** The container, by its id, whose network it shares. */
  readonly joins?: string;
  /** Called with the container's id once it runs. */
  readonly onStarted?: (id: string) => void;
  /** Bytes for the standard input that are known later. */
  readonly later?: Promise<Uint8Array>;
  /** Folders in memory that everybody can write in, with their sizes in bytes. */
  readonly scratch?: Readonly<Record<string, number>>;
  /** Bytes of standard output after which the container is killed. */
  readonly maxOutput: number;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface RunResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly outOfMemory: boolean;
  /** The program could not be started at all (no such file in the image, exec format error). */
  readonly notStarted: string | null;
  /** What stopped it early, or null. */
  readonly stopped: "output-limit" | "timeout" | null;
}

export interface ImageFiles {
  /** The archive endpoint's tar of a path, or null where the image has no such path. */
  archive(path: string): Promise<Readable | null>;
  remove(): Promise<void>;
}
