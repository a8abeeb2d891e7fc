import { Command } from "commander";
import { expect, it, test } from "vitest";
import { addShowOptions, type ShowFlags, showOptions } from "../../src/cli/show-options.ts";

function outputs(...args: string[]): readonly (readonly [string, string | null])[] {
  const command = new Command("x").exitOverride().configureOutput({ writeErr: () => {} });
  addShowOptions(command, { formats: ["text", "json", "sarif"], format: "", quiet: "", verbose: null });
  command.parse(args, { from: "user" });
  return showOptions(command.opts<ShowFlags>()).outputs.map(({ format, file }) => [format, file]);
}

test.each([
  [[], [["text", null]]],
  [["-f", "json"], [["json", null]]],
  [["-o", "a"], [["text", "a"]]],
  [["-o", "a", "-f", "json"], [["json", "a"]]],
  [
    ["-f", "text", "-f", "sarif", "-o", "b"],
    [
      ["text", null],
      ["sarif", "b"],
    ],
  ],
  [
    ["-f", "json", "-o", "a", "-f", "sarif", "-o", "b", "-f", "text", "-o", "-"],
    [
      ["json", "a"],
      ["sarif", "b"],
      ["text", null],
    ],
  ],
  [
    ["-o", "a", "-f", "json", "-f", "sarif"],
    [
      ["json", "a"],
      ["sarif", null],
    ],
  ],
])("%j", (args, expected) => expect(outputs(...args)).toEqual(expected));

it.each([
  [["-f", "json", "-f", "sarif"], "two formats would be written to standard output"],
  [["-f", "json", "-o", "a", "-f", "sarif", "-o", "a"], "two formats would be written to a"],
  [["-f", "json", "-o", "a", "-o", "b"], "-o b has no -f of its own"],
  [["-f", "yaml"], "Allowed choices are text, json, sarif"],
])("refuses %j", (args, message) => expect(() => outputs(...args)).toThrow(message));
