import { writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { MsbDepsError } from "../../base/errors.ts";
import { missingFrontend } from "../buildkit/failure.ts";
import { maskedParts } from "../buildkit/mask.ts";
import { foreignFrontend, isDockersFrontend } from "../buildkit/own-frontend.ts";
import { BuildProgress, type FailedStep } from "../buildkit/progress.ts";
import { PLAIN_BUILD } from "../buildkit/settings.ts";
import type {
  BuildEvent,
  BuildRequest,
  Engine,
  Image,
  ImageFiles,
  ImageOptions,
  RunRequest,
  RunResult,
} from "../engine.ts";
import { removedVariables } from "../environment.ts";
import { requireReference } from "../image.ts";
import { Leftovers, type Made } from "../leftovers.ts";
import type { Owner } from "../owner.ts";
import type { Running } from "../patience.ts";
import { secretStore } from "../session/secrets.ts";
import { readIfThere, type Surroundings } from "../surroundings.ts";
import {
  type Appended,
  appendFacts,
  appendRun,
  INPUT_CONTEXT,
  OUR_STAGES,
  RUN_STAGE,
  withoutSyntax,
} from "./appended.ts";
import { buildArguments, contextArgument, csv } from "./arguments.ts";
import { type BuildxCall, runBuildx } from "./command.ts";
import { parseFacts } from "./facts.ts";
import { openWorkshop, readAnswer, type Workshop } from "./workshop.ts";

/**
 * Variables that could change what perl or its loader do; our stages have them empty. A Dockerfile cannot take away the
 * two that count also when they are empty: with LD_SHOW_AUXV the loader prints more than is asked for, to where nothing
 * is read; with LD_TRACE_LOADED_OBJECTS nothing runs, and the look fails.
 */
const EMPTIED = [
  ...["LD_LIBRARY_PATH", "LD_PRELOAD", "LD_AUDIT", "LD_DEBUG", "LD_BIND_NOW", "LD_PROFILE", "LD_ORIGIN_PATH"],
  ...["GLIBC_TUNABLES", "LOCPATH", "GCONV_PATH", "PERL5OPT", "PERL5LIB", "PERLLIB", "PERLIO", "PERL5DB"],
];
const MAX_FACTS = 1024 * 1024;

/** The builder that is used, and how docker is called for it. */
export interface Builder {
  /** For messages and for `--builder`. */
  readonly name: string;
  /** Options of docker itself: `--host`, `--context`. */
  readonly dockerOptions: readonly string[];
}

/**
 * A builder behind `docker buildx`: another machine's BuildKit, one in a container or in Kubernetes, or the engine's own.
 * No image leaves it. An image of ours is a promise to build it: what runs in it is a stage behind the user's stages,
 * and the steps before come from the builder's cache.
 */
export class BuildxEngine implements Engine {
  readonly endpoint: string;
  readonly #builder: Builder;
  readonly withoutContainers = true;
  readonly #at: Surroundings;
  readonly #leftovers: Leftovers;
  readonly #requests = new WeakMap<Image, BuildRequest>();
  readonly #owner: Owner;

  constructor(builder: Builder, at: Surroundings, { owner, patience }: Running) {
    this.#owner = owner;
    this.#builder = builder;
    this.#at = at;
    this.#leftovers = new Leftovers(patience);
    this.endpoint = `buildx builder ${builder.name}`;
  }

  async build(request: BuildRequest): Promise<Image> {
    const appended = appendFacts(request.dockerfile, request.target, EMPTIED);
    return this.#inWorkshop({}, async (workshop) => {
      const built = await this.#callOrOwnFrontend(workshop, request, appended);
      const facts = await readAnswer(workshop, "facts", MAX_FACTS);
      const image: Image = {
        ...parseFacts(facts ?? Buffer.alloc(0), EMPTIED),
        reference: request.target ?? "the last stage",
        id: "",
        bytes: 0,
        release: async () => {},
      };
      // Built now: what is asked of it afterwards builds on that.
      this.#requests.set(image, { ...built, noCache: false, pull: false });
      return image;
    });
  }

  async image(reference: string, options: ImageOptions): Promise<Image> {
    requireReference(reference);
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

  async run(request: RunRequest): Promise<RunResult> {
    const build = this.#requests.get(request.image);
    if (build === undefined) throw new Error("an image of another engine");
    const online = request.online === true;
    const appended = appendRun(build.dockerfile, build.target, { online, emptied: EMPTIED });
    const words = (list: readonly string[]) => Buffer.from(list.map((word) => `${word}\0`).join(""));
    const input = {
      command: words(request.command),
      environment: words(Object.entries(request.env).map(([name, value]) => `${name}=${value}`)),
      settings: words([request.endStdin === true ? "1" : "", String(Math.ceil(request.timeoutMs / 1000))]),
      removed: words(removedVariables(request)),
      stdin: request.stdin,
    };
    // What apt says today is not what it said when the step was kept.
    const extra = online ? ["--no-cache-filter", RUN_STAGE] : [];
    return this.#inWorkshop(input, async (workshop) => {
      const asked = { ...build, settings: { ...build.settings, noCacheFilter: [] }, signal: request.signal };
      await this.#call(workshop, asked, appended, { onEvent: () => {}, extra });
      return resultOf(workshop, request.maxOutput);
    });
  }

  async files(_image: Image, _signal: AbortSignal): Promise<ImageFiles> {
    throw noPerl();
  }

  close(): Promise<readonly Made[]> {
    return this.#leftovers.removeAll();
  }

  async #inWorkshop<T>(files: Readonly<Record<string, Uint8Array>>, work: (shop: Workshop) => Promise<T>): Promise<T> {
    const workshop = await openWorkshop(files, this.#owner);
    const leftover = this.#leftovers.add({ kind: "folder", name: workshop.folder }, async () => {
      await workshop.remove();
      return true;
    });
    try {
      return await work(workshop);
    } finally {
      await leftover.remove();
    }
  }

  /** The request as it could be built: where Docker's frontend of a syntax line cannot be pulled, with the builder's own. */
  async #callOrOwnFrontend(workshop: Workshop, request: BuildRequest, appended: Appended): Promise<BuildRequest> {
    const { onEvent } = request;
    const missing = await this.#call(workshop, request, appended, { onEvent, extra: [] }).then(
      () => null,
      (error: unknown) => {
        if (error instanceof MissingFrontend) return error;
        throw error;
      },
    );
    if (missing === null) return request;
    const message = `the frontend ${missing.frontend} of the Dockerfile's syntax line could not be pulled; using the builder's built-in one (skip the attempt with --builtin-frontend)`;
    onEvent({ type: "warning", message, detail: missing.message, line: null });
    const own = { ...request, settings: { ...request.settings, builtinFrontend: true } };
    await this.#call(workshop, own, appended, { onEvent, extra: [] });
    return own;
  }

  async #call(
    workshop: Workshop,
    request: BuildRequest,
    { dockerfile, target }: Appended,
    { onEvent, extra }: { readonly onEvent: (event: BuildEvent) => void; readonly extra: readonly string[] },
  ): Promise<void> {
    const own = request.settings.builtinFrontend ? withoutSyntax(dockerfile) : dockerfile;
    const path = await this.#writeDockerfile(workshop, request, own);
    const secrets = await secretStore(request.settings.secrets, this.#at);
    const values = await Promise.all(request.settings.secrets.map(({ id }) => secrets.get(id)));
    const hidden = maskedParts(values.flatMap((value) => value ?? []));
    const progress = new BuildProgress(onEvent, () => hidden);
    const call: BuildxCall = {
      args: [
        ...this.#builder.dockerOptions,
        ...["buildx", "build", "--builder", this.#builder.name, "--progress", "rawjson", "--file", path],
        ...["--target", target, "--output", csv(["type=local", `dest=${workshop.answer}`])],
        ...buildArguments(request),
        ...["--build-context", `${INPUT_CONTEXT}=${workshop.input}`],
        ...extra,
        contextArgument(request, workshop.empty),
      ],
      // Statements about where the files come from would come with them.
      env: { ...this.#at.env, BUILDX_NO_DEFAULT_ATTESTATIONS: "1", BUILDX_BUILDER: undefined },
      progress,
      failing: {
        dockerfile: Buffer.from(request.dockerfile).toString("utf8"),
        name: request.dockerfilePath ?? "the Dockerfile from standard input",
      },
      ownFailure,
      signal: request.signal,
    };
    try {
      await runBuildx(call);
    } catch (error) {
      const frontend = request.signal.aborted ? null : missingFrontend(progress.failedStep);
      if (frontend === null || request.settings.builtinFrontend) throw error;
      throw isDockersFrontend(frontend) ? new MissingFrontend(frontend, error) : foreignFrontend(frontend, error);
    }
  }

  /** With the ignore file that stands beside the user's, under the name that goes with ours. */
  async #writeDockerfile(workshop: Workshop, request: BuildRequest, bytes: Uint8Array): Promise<string> {
    const given = request.dockerfilePath;
    const path = join(workshop.folder, given === null ? "Dockerfile" : `${basename(given)}.msb-deps`);
    await writeFile(path, bytes);
    const ignore = given === null ? null : await readIfThere(this.#at, `${given}.dockerignore`);
    if (ignore !== null) await writeFile(`${path}.dockerignore`, ignore);
    return path;
  }
}

/** Docker's frontend could not be pulled: then the builder's own may do. */
class MissingFrontend extends Error {
  override readonly name = "MissingFrontend";
  readonly frontend: string;

  constructor(frontend: string, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.frontend = frontend;
  }
}

/** What our own stages can fail with: the image has nothing to run them with. */
function ownFailure(step: FailedStep): MsbDepsError | null {
  return step.name.includes(`[${OUR_STAGES}`) || step.name.includes(` ${OUR_STAGES}`) ? noPerl(step) : null;
}

function noPerl(step?: FailedStep): MsbDepsError {
  const said = step === undefined ? [] : [`${step.name}: ${step.error}`];
  return new MsbDepsError(
    "look-failed",
    "inspecting the image during the build failed; this needs perl in the image.",
    {
      tried: said,
      hint: "Debian and Ubuntu have it. For an image without perl, use an engine: omit --builder and --in-build.",
    },
  );
}

async function resultOf(workshop: Workshop, maxOutput: number): Promise<RunResult> {
  const [stdout, stderr, reason, ended] = await Promise.all([
    readAnswer(workshop, "stdout", maxOutput),
    readAnswer(workshop, "stderr", MAX_FACTS),
    readAnswer(workshop, "reason", MAX_FACTS),
    readAnswer(workshop, "ended", MAX_FACTS),
  ]);
  const [exitCode = 1, late = 0] = (ended ?? "").toString().split(" ").map(Number);
  const why = (reason ?? "").toString();
  const stopped = stdout === null ? "output-limit" : late === 1 ? "timeout" : null;
  return {
    exitCode,
    stdout: stdout ?? Buffer.alloc(0),
    stderr: stderr ?? Buffer.alloc(0),
    outOfMemory: exitCode === 137 && stopped === null,
    notStarted: why === "" ? null : why,
    stopped,
  };
}
