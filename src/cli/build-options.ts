import { type Command, InvalidArgumentError, Option } from "commander";
import type { RunOptions } from "../commands/options.ts";
import { IDLE_MS } from "../engine/patience.ts";
import { duration } from "./duration.ts";
import { addSettingOptions, type SettingFlags, settingsOf } from "./setting-options.ts";

/** What the options of {@link addBuildOptions} come to, and the few that not every command has. */
export interface BuildFlags extends SettingFlags {
  readonly artifacts?: string[];
  readonly target?: string;
  readonly runtime?: string;
  readonly image?: string;
  readonly rootfs?: string;
  readonly oci?: string;
  readonly runtimeOci?: string;
  readonly runtimeRootfs?: string;
  readonly context?: string;
  readonly buildArg?: Record<string, string>;
  readonly platform?: string;
  readonly cache: boolean;
  readonly pull?: boolean;
  readonly engine: RunOptions["engine"];
  readonly withRecommended?: boolean;
  readonly online?: boolean;
  /** Read by the program itself, before any command. */
  readonly timeout?: number;
  readonly allowEmpty?: boolean;
  readonly saveSnapshot?: string;
  readonly explicit?: boolean;
  readonly direct?: boolean;
  readonly snapshot?: string;
  readonly config?: string | boolean;
}

/**
 * Options of {@link addBuildOptions} that are of no use to who builds the runtime stage: an image in place of the builder stage
 * leaves nothing to build it from, files of the base nothing to build it on.
 */
export const NOT_BUILT: ReadonlySet<string> = new Set(["--image", "--runtime-oci", "--runtime-rootfs"]);

/** The options that say what is built, looked at and compared: the same in every command. */
export function addBuildOptions(command: Command, env: Readonly<Record<string, string | undefined>>): Command {
  const repeat = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];
  command
    .optionsGroup("What to inspect:")
    .option(
      "-a, --artifacts <src[:dest]>",
      "paths copied into the runtime stage (default: all its COPY --from); repeatable",
      repeat,
    )
    .option(
      "-t, --target <stage>",
      "stage to build (default: builder, or else the stages that the runtime stage copies from)",
    )
    .option("--runtime <stage|image|none>", "stage or base image to compute the line for (default: the last stage)")
    .option("--image <ref>", "inspect this image instead of building one")
    .option("--rootfs <dir>", "inspect this unpacked image instead (/ is this machine); needs no engine")
    .option("--oci <path>", "inspect this OCI layout or docker save archive instead; needs no engine")
    .option("--runtime-oci <path>", "read the runtime base from this archive; needs no engine")
    .option("--runtime-rootfs <dir>", "read the runtime base from this unpacked image; needs no engine")
    .optionsGroup("Build options, as in docker build:")
    .option("--context <dir|url>", "build context (default: the directory of the Dockerfile)")
    .option(
      "--build-arg <name[=value]>",
      "build-time variable; without a value, taken from the environment; repeatable",
      (value: string, before: Record<string, string> | undefined) => buildArg(value, before, env),
    )
    .option("--platform <os/arch>", "platform to build for; analyze and audit take several, joined by commas")
    .option("--no-cache", "build without the cache")
    .option("--pull", "always pull newer base images");
  return addSettingOptions(command, env)
    .optionsGroup("Analysis options:")
    .addOption(
      new Option("--engine <engine>", "ldd: ask the builder's loader and cross-check; static: execute nothing")
        .choices(["ldd", "static"])
        .default("ldd"),
    )
    .option("--with-recommended", "also include recommended packages: data and plugins that the loader does not see")
    .option("--online", "query apt in the runtime base (needs network)")
    .option(
      "--timeout <duration>",
      "stop the whole run after this time, as in 90s or 10m (default: no limit)",
      duration,
    )
    .option("--allow-empty", "succeed even if the artifacts contain no ELF file or script")
    .option("--config <file>", "config file (default: .msb-deps.yaml, .yml or .json, upwards from the Dockerfile)")
    .option("--no-config", "use no config file")
    .optionsGroup("Saved runs:")
    .option("--save-snapshot <file>", "save the run, to replay it or to report a bug");
}

function buildArg(
  value: string,
  before: Record<string, string> | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const equals = value.indexOf("=");
  const name = equals < 0 ? value : value.slice(0, equals);
  if (name === "") throw new InvalidArgumentError("a name is required, as in NAME=value.");
  // As docker build: a name alone takes its value from the environment, and is left out where that has none.
  const text = equals < 0 ? env[name] : value.slice(equals + 1);
  return text === undefined ? { ...before } : { ...before, [name]: text };
}

/** What every command hands on of them. */
export function runOptions(dockerfile: string | undefined, flags: BuildFlags): RunOptions {
  return {
    dockerfile: dockerfile ?? null,
    artifacts: flags.artifacts ?? [],
    target: flags.target ?? null,
    runtime: flags.runtime ?? null,
    image: flags.image ?? null,
    rootfs: flags.rootfs ?? null,
    oci: flags.oci ?? null,
    runtimeOci: flags.runtimeOci ?? null,
    runtimeRootfs: flags.runtimeRootfs ?? null,
    context: flags.context ?? null,
    buildArgs: flags.buildArg ?? {},
    platform: flags.platform ?? null,
    noCache: !flags.cache,
    pull: flags.pull ?? false,
    settings: settingsOf(flags),
    endpoint: {
      host: flags.host ?? null,
      dockerContext: flags.dockerContext ?? null,
      builder: flags.builder ?? null,
      inBuild: flags.inBuild ?? false,
      idleMs: flags.engineTimeout ?? IDLE_MS,
    },
    engine: flags.engine,
    explicit: flags.explicit ?? false,
    direct: flags.direct ?? false,
    withRecommended: flags.withRecommended ?? false,
    online: flags.online ?? false,
    allowEmpty: flags.allowEmpty ?? false,
    saveSnapshot: flags.saveSnapshot ?? null,
    snapshot: flags.snapshot ?? null,
    ...(typeof flags.config === "boolean" || flags.config === undefined
      ? flags.config === false && { config: false }
      : { config: flags.config }),
  };
}
