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
  readonly snapshot?: string;
}

/** The options that say what is built, looked at and compared: the same in every command. */
export function addBuildOptions(command: Command, env: Readonly<Record<string, string | undefined>>): Command {
  const repeat = (value: string, before: string[] | undefined): string[] => [...(before ?? []), value];
  command
    .option(
      "-a, --artifacts <src[:dest]>",
      "what the runtime stage copies (default: all that it does copy); repeatable",
      repeat,
    )
    .option(
      "-t, --target <stage>",
      "the stage to build (default: builder, else those that the runtime stage copies from)",
    )
    .option("--runtime <stage|image|none>", "what the line is for (default: the last stage)")
    .option("--image <ref>", "look at this image instead of building one")
    .option("--rootfs <dir>", "look at this unpacked tree instead (/ is this machine); needs no engine")
    .option("--oci <path>", "look at this OCI layout or docker save tar instead; needs no engine")
    .option("--runtime-oci <path>", "look at this archive for the runtime base; needs no engine")
    .option("--runtime-rootfs <dir>", "look at this unpacked tree for the runtime base; needs no engine")
    .option("--context <dir|url>", "build context (default: the folder of the Dockerfile)")
    .option(
      "--build-arg <name[=value]>",
      "build-time variable, the value from the environment without one; repeatable",
      (value: string, before: Record<string, string> | undefined) => buildArg(value, before, env),
    )
    .option("--platform <os/arch>", "platform to build for")
    .option("--no-cache", "build without the cache")
    .option("--pull", "look for newer base images");
  return addSettingOptions(command, env)
    .addOption(
      new Option("--engine <engine>", "ldd (the builder's own, checked by our rules) or static (runs nothing)")
        .choices(["ldd", "static"])
        .default("ldd"),
    )
    .option("--with-recommended", "take also what is only recommended: data and plugins that no loader sees")
    .option("--online", "let apt in the runtime base say what it has (needs network)")
    .option(
      "--timeout <duration>",
      "stop the whole run after this time, as in 90s or 10m (default: no limit)",
      duration,
    )
    .option("--allow-empty", "no ELF file and no script among the artifacts is no error")
    .option("--save-snapshot <file>", "keep what was seen, to replay or to report a bug");
}

function buildArg(
  value: string,
  before: Record<string, string> | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const equals = value.indexOf("=");
  const name = equals < 0 ? value : value.slice(0, equals);
  if (name === "") throw new InvalidArgumentError("a name is needed, as in NAME=value.");
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
    withRecommended: flags.withRecommended ?? false,
    online: flags.online ?? false,
    allowEmpty: flags.allowEmpty ?? false,
    saveSnapshot: flags.saveSnapshot ?? null,
    snapshot: flags.snapshot ?? null,
  };
}
