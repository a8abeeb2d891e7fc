import type { BuilderFiles } from "../../analysis/builder-files.ts";
import { MsbDepsError } from "../../base/errors.ts";
import type { Io, RunOptions } from "../options.ts";

/** Options that name a builder which is there already. */
export type GivenBuilder = "--image" | "--rootfs" | "--oci";

/** An image of an engine, an unpacked tree, or an archive. */
export type PlaceKind = "image" | BuilderFiles["origin"];

/** Where an existing image is. */
export interface Place<Kind extends PlaceKind = PlaceKind> {
  readonly kind: Kind;
  /** An image reference; a directory; or `PATH`, `PATH:NAME`, `PATH@DIGEST` of an archive. */
  readonly path: string;
}

/** The image that stands for the builder; null if one is built. */
export function builderPlace({ image, rootfs, oci }: Pick<RunOptions, "image" | "rootfs" | "oci">): Place | null {
  if (oci !== null) return { kind: "oci", path: oci };
  if (rootfs !== null) return { kind: "rootfs", path: rootfs };
  return image === null ? null : { kind: "image", path: image };
}

/**
 * The tree or archive that the runtime base is looked at in; null where none is named.
 * @throws MsbDepsError `usage` where the options contradict each other
 */
export function basePlace({
  runtimeRootfs,
  runtimeOci,
  runtime,
  online,
}: Pick<RunOptions, "runtimeRootfs" | "runtimeOci" | "runtime" | "online">): Place<BuilderFiles["origin"]> | null {
  if (runtimeOci === null && runtimeRootfs === null) return null;
  const option = runtimeOci === null ? "--runtime-rootfs" : "--runtime-oci";
  const contradiction = (message: string): MsbDepsError =>
    new MsbDepsError("usage", message, { hint: "Leave one of them out." });
  if (runtimeOci !== null && runtimeRootfs !== null)
    throw contradiction("--runtime-rootfs and --runtime-oci both say where to look at the runtime base.");
  if (runtime === "none") throw contradiction(`--runtime none takes nothing away, and ${option} says what is there.`);
  if (online) throw contradiction(`--online asks apt in the runtime base, and with ${option} no engine runs it.`);
  return runtimeOci === null ? { kind: "rootfs", path: runtimeRootfs ?? "/" } : { kind: "oci", path: runtimeOci };
}

/**
 * The option that names the builder; null where one is built.
 * @throws MsbDepsError `usage` where the options contradict each other
 */
export function builderGiven({ image, rootfs, oci, online }: RunOptions): GivenBuilder | null {
  const all: readonly (readonly [GivenBuilder, string | null])[] = [
    ["--image", image],
    ["--rootfs", rootfs],
    ["--oci", oci],
  ];
  const given = all.flatMap(([option, value]) => (value === null ? [] : [option]));
  const [only, other] = given;
  if (other !== undefined) {
    throw new MsbDepsError("usage", `${given.join(" and ")} both say what to look at.`, { hint: "Give one of them." });
  }
  if (online && (only === "--rootfs" || only === "--oci")) {
    throw new MsbDepsError("usage", `--online asks apt in the runtime base, and with ${only} no engine runs it.`, {
      hint: "Leave one of them out.",
    });
  }
  return only ?? null;
}

/**
 * Artifacts without a Dockerfile and without a builder can only mean this machine: where no engine answers, as inside a
 * build or a CI job's image, it is looked at, and that is said.
 */
export async function withDefault(
  options: RunOptions,
  { messages }: Pick<Io, "messages">,
  engineAnswers: () => Promise<boolean>,
): Promise<RunOptions> {
  const isOpen = options.dockerfile === null && builderGiven(options) === null && options.artifacts.length > 0;
  if (!isOpen || (await engineAnswers())) return options;
  messages.info("no Dockerfile is named and no container engine answers: looking at this machine (--rootfs /)");
  return { ...options, rootfs: "/" };
}
