import { Option } from "commander";
import type { Origin, Row, Threshold } from "../commands/config/settings.ts";
import type { GivenOptions } from "../commands/config.ts";
import type { Io } from "../commands/options.ts";
import { formatsOf } from "../report/formats.ts";
import { THRESHOLDS } from "./audit-program.ts";
import { addBuildOptions, type BuildFlags, runOptions } from "./build-options.ts";
import { addOutputOptions, type ShowFlags, showOptions } from "./show-options.ts";
import { ToolCommand } from "./tool-command.ts";
import { variableOf } from "./variables.ts";

/** `msb-deps config`. */
export function configProgram(io: Io, finished: (exitCode: number) => void): ToolCommand {
  const command = new ToolCommand("config")
    .summary("print the settings that hold for a Dockerfile, and where each comes from")
    .description(
      "Print the settings that hold for a Dockerfile, and where each comes from: an option, a variable MSB_DEPS_NAME, the config file, or the default. Nothing is built.",
    )
    .usage("[options] [Dockerfile | directory]")
    .argument("[dockerfile]", "Dockerfile, or directory that contains one (default: the settings of the directory)")
    .showHelpAfterError("(run msb-deps config --help for the options)")
    .addExamples(
      ["what holds for a Dockerfile", "msb-deps config ./Dockerfile"],
      ["what one variable changes", "MSB_DEPS_TARGET=build msb-deps config ./Dockerfile"],
    )
    .addExitCodes({ 0: "the settings were printed" })
    .action(
      async (
        dockerfile: string | undefined,
        flags: BuildFlags & Omit<ShowFlags, "progress"> & { readonly failureThreshold?: Threshold },
      ) => {
        const { configCommand } = await import("../commands/config.ts");
        const given = {
          run: runOptions(dockerfile, flags),
          failureThreshold: flags.failureThreshold ?? null,
          ...givenOptions(command),
        };
        finished(await configCommand(given, showOptions({ ...flags, progress: "auto" }), io));
      },
    );
  addBuildOptions(command, io.env);
  command
    .optionsGroup("Audit options:")
    .addOption(new Option("--failure-threshold <severity>", "as of audit").choices(THRESHOLDS));
  addOutputOptions(command, { formats: formatsOf("config"), format: "text: one setting per line; json" });
  return command;
}

/** The settings of a config file that are called otherwise than the option. */
const SETTING_NAMES: Readonly<Record<string, string>> = { "build-arg": "build-args", "build-context": "contexts" };
const OF_CONFIG: ReadonlySet<string> = new Set(
  "target runtime artifacts context platform build-args contexts failure-threshold".split(" "),
);
/** Options about this output itself, and options with secret values. */
const LEFT_OUT: ReadonlySet<string> = new Set(
  "config format output quiet progress timings secret ssh help version".split(" "),
);

function givenOptions(command: ToolCommand): Pick<GivenOptions, "origins" | "others"> {
  const origins = new Map<string, Origin>();
  const others: Row[] = [];
  for (const option of command.options) {
    const source = command.getOptionValueSource(option.attributeName());
    if (source !== "cli" && source !== "env") continue;
    const long = option.name();
    const name = SETTING_NAMES[long] ?? long;
    const value: unknown = command.getOptionValue(option.attributeName());
    if (LEFT_OUT.has(name) || (option.isBoolean() && value !== !option.negate)) continue;
    const origin: Origin =
      source === "cli"
        ? { kind: "option", name: option.long ?? "", line: null }
        : { kind: "variable", name: variableOf(option), line: null };
    if (OF_CONFIG.has(name)) origins.set(name, origin);
    else others.push({ name, value: shown(value), origin });
  }
  return { origins, others };
}

function shown(value: unknown): string | string[] {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === "object" && value !== null
    ? Object.entries(value).map(([name, one]) => `${name}=${one}`)
    : String(value);
}
