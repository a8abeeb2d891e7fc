import type { BuilderFiles } from "../analysis/builder-files.ts";
import { MsbDepsError } from "../base/errors.ts";
import type { Io, RunOptions } from "./options.ts";

/** Options that name a builder which is there already. */
export type GivenBuilder = "--image" | "--rootfs" | "--oci";

/** Where the files of an image are, without an engine: an unpacked tree, or an archive. */
export interface FilesPlace {
  readonly origin: BuilderFiles["origin"];
  /** A folder; or `PATH`, `PATH:NAME`, `PATH@DIGEST` of an archive. */
  readonly path: string;
}

/** The tree or archive that stands for the builder; null where none does. */
export function builderPlace({ rootfs, oci }: Pick<RunOptions, "rootfs" | "oci">): FilesPlace | null {
  if (oci !== null) return { origin: "oci", path: oci };
  return rootfs === null ? null : { origin: "rootfs", path: rootfs };
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
}: Pick<RunOptions, "runtimeRootfs" | "runtimeOci" | "runtime" | "online">): FilesPlace | null {
  if (runtimeOci === null && runtimeRootfs === null) return null;
  const option = runtimeOci === null ? "--runtime-rootfs" : "--runtime-oci";
  const contradiction = (message: string): MsbDepsError =>
    new MsbDepsError("usage", message, { hint: "Leave one of them out." });
  if (runtimeOci !== null && runtimeRootfs !== null)
    throw contradiction("--runtime-rootfs and --runtime-oci both say where to look at the runtime base.");
  if (runtime === "none") throw contradiction(`--runtime none takes nothing away, and ${option} says what is there.`);
  if (online) throw contradiction(`--online asks apt in the runtime base, and with ${option} no engine runs it.`);
  return runtimeOci === null ? { origin: "rootfs", path: runtimeRootfs ?? "/" } : { origin: "oci", path: runtimeOci };
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
  { stderr }: Pick<Io, "stderr">,
  engineAnswers: () => Promise<boolean>,
): Promise<RunOptions> {
  const isOpen = options.dockerfile === null && builderGiven(options) === null && options.artifacts.length > 0;
  if (!isOpen || (await engineAnswers())) return options;
  stderr.write(
    "msb-deps: no Dockerfile is named and no container engine answers: looking at this machine (--rootfs /)\n",
  );
  return { ...options, rootfs: "/" };
}
