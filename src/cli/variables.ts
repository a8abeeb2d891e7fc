import { type Command, InvalidArgumentError, type Option } from "commander";
import { MsbDepsError } from "../base/errors.ts";

/** The variable of an option: `MSB_DEPS_FAILURE_THRESHOLD`. */
export function variableOf({ long }: Pick<Option, "long">): string {
  return `MSB_DEPS_${(long ?? "").slice(2).toUpperCase().replaceAll("-", "_")}`;
}

/**
 * Gives options that are not on the command line the values of their variables; an empty variable counts as none. Of an
 * option that is repeatable, each line of the variable is a value.
 * @throws MsbDepsError `usage` for a value that the option does not take
 */
export function applyVariables(command: Command, env: Readonly<Record<string, string | undefined>>): void {
  for (const option of command.options) {
    // It ends the program as soon as it is read.
    if (option.name() === "version") continue;
    const attribute = option.attributeName();
    const given = env[variableOf(option)] ?? "";
    if (given === "" || command.getOptionValueSource(attribute) === "cli") continue;
    const value = valueFor(option, given);
    if (value !== undefined) command.setOptionValueWithSource(attribute, value, "env");
  }
}

function valueFor(option: Option, given: string): unknown {
  if (option.isBoolean()) return switched(option, given);
  try {
    const parse = option.parseArg as ((value: string, before: unknown) => unknown) | undefined;
    if (parse === undefined) return given;
    const lines = given.split("\n").filter((line) => line.trim() !== "");
    return lines.reduce<unknown>((before, line) => parse(line, before), undefined);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw invalid(option, given, error.message);
  }
}

/** Undefined leaves the option as it is. */
function switched(option: Option, given: string): boolean | undefined {
  const word = given.trim().toLowerCase();
  const isOn = ["1", "true", "yes", "on"].includes(word);
  if (!isOn && !["0", "false", "no", "off"].includes(word)) throw invalid(option, given, "use true or false.");
  if (option.negate) return isOn ? false : undefined;
  return isOn;
}

function invalid(option: Option, given: string, why: string): MsbDepsError {
  return new MsbDepsError("usage", `the variable ${variableOf(option)}=${JSON.stringify(given)} is not valid: ${why}`, {
    hint: `It sets ${option.long}.`,
  });
}
