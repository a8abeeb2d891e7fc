import { PassThrough } from "node:stream";
import { type Command, Help, type Option } from "commander";
import { program } from "../../src/cli/program.ts";
import { ToolCommand } from "../../src/cli/tool-command.ts";
import { Messages } from "../../src/report/messages.ts";
import { Results } from "../../src/report/results.ts";
import { tool } from "../../src/report/tool.ts";

/** The tree of commands that `--help` is made from. */
export function commandTree(): ToolCommand[] {
  const out = new PassThrough();
  const io = {
    env: {},
    stdin: new PassThrough(),
    messages: new Messages(out),
    results: new Results(out),
    signal: new AbortController().signal,
  };
  const nothing = () => {};
  const { commands } = program({ io, finished: nothing, stopAfter: nothing, showTimings: nothing });
  return commands.filter((command) => command instanceof ToolCommand);
}

/** The man page, in the macros of man(7): options of one command stand in its section, all others once. */
export function manPage(commands: readonly ToolCommand[]): string {
  const options = sharedOptions(commands);
  const [first] = commands;
  return [
    `.\\" Written by npm run man from the command line's own definitions. Do not edit.`,
    `.TH MSB-DEPS 1 "" "msb-deps ${tool().version}" "User Commands"`,
    // Options and words of the field are not hyphenated, and lines not stretched.
    ".nh",
    ".ad l",
    ".SH NAME",
    "msb-deps \\- minimal runtime apt-get install line of a multi-stage Dockerfile",
    ".SH SYNOPSIS",
    ...commands.flatMap((command) => usageLines(command, command === first)),
    ".SH DESCRIPTION",
    text(first?.description() ?? ""),
    `Without a command, msb-deps runs ${bold(first?.name() ?? "")}.`,
    ".SH COMMANDS",
    ...commands.flatMap((command) => commandSection(command, options)),
    ".SH OPTIONS",
    ...optionSections(
      options,
      commands.filter(({ registeredArguments: [argument] }) => argument?.required !== true).map((one) => one.name()),
    ),
    ".SH ENVIRONMENT",
    ".TP",
    "\\fBMSB_DEPS_\\fINAME\\fR",
    text("Value of the option --name, in upper case and with _ for -. The option itself comes first."),
    ".SH EXIT STATUS",
    ...exitStatus(commands),
    ".SH EXAMPLES",
    ...commands.flatMap(({ examples }) => examples.flatMap(({ does, line }) => [".TP", text(line), text(does)])),
    "",
  ].join("\n");
}

interface Shared {
  readonly option: Option;
  readonly group: string;
  readonly commands: string[];
}

/** Options that several commands have with the same words. */
function sharedOptions(commands: readonly ToolCommand[]): Map<string, Shared> {
  const all = new Map<string, Shared>();
  for (const command of commands) {
    for (const option of command.createHelp().visibleOptions(command)) {
      const known = all.get(keyOf(option));
      const group = option.helpGroupHeading ?? "Options:";
      if (known === undefined) all.set(keyOf(option), { option, group, commands: [command.name()] });
      else known.commands.push(command.name());
    }
  }
  return new Map([...all].filter(([, { commands: names }]) => names.length > 1));
}

function keyOf(option: Option): string {
  return JSON.stringify([option.flags, option.description, option.argChoices]);
}

function usageLines(command: Command, isDefault: boolean): string[] {
  const name = isDefault ? "msb-deps [analyze]" : `msb-deps ${command.name()}`;
  const usages = command.usage().split(/\n\s*msb-deps \S+ /);
  return usages.flatMap((usage, at) => [...(isDefault && at === 0 ? [] : [".br"]), text(`${name} ${usage}`)]);
}

function commandSection(command: ToolCommand, shared: ReadonlyMap<string, Shared>): string[] {
  const own = command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => !shared.has(keyOf(option)));
  return [
    `.SS ${command.name()}`,
    text(command.description()),
    ...command.registeredArguments.flatMap((argument) => [
      ".TP",
      `\\fI${text(argument.name())}\\fR`,
      text(command.createHelp().argumentDescription(argument)),
    ]),
    ...own.flatMap((option) => optionEntry(option)),
  ];
}

/** `names`: the commands that inspect something; an option that some of them lack is listed with those that have it. */
function optionSections(shared: ReadonlyMap<string, Shared>, names: readonly string[]): string[] {
  const list = [...shared.values()];
  const groups = [...new Set(list.map(({ group }) => group))];
  return groups.flatMap((group) => [
    `.SS ${text(group.replace(/:$/, ""))}`,
    ...list
      .filter((one) => one.group === group)
      .flatMap(({ option, commands }) => {
        const isOfAll = names.every((name) => commands.includes(name));
        return [...optionEntry(option), ...(isOfAll ? [] : [`(${commands.map(bold).join(", ")})`])];
      }),
  ]);
}

function optionEntry(option: Option): string[] {
  const flags = option.flags.replace(/-{1,2}[a-zA-Z][\w-]*/g, (flag) => `\0${flag}\u0001`);
  const shown = text(flags).replaceAll("\0", "\\fB").replaceAll("\u0001", "\\fR");
  return [".TP", shown, text(new Help().optionDescription(option))];
}

/** A code that means the same in all commands is listed once. */
function exitStatus(commands: readonly ToolCommand[]): string[] {
  const meanings = new Map<string, string[]>();
  for (const command of commands) {
    for (const { code, means } of command.exitCodes) {
      const key = `${code} ${means}`;
      meanings.set(key, [...(meanings.get(key) ?? []), command.name()]);
    }
  }
  return [...meanings]
    .sort(([one], [other]) => Number.parseInt(one, 10) - Number.parseInt(other, 10))
    .flatMap(([key, names]) => {
      const [code = "", ...means] = key.split(" ");
      const whose = names.length === commands.length ? "" : ` (${names.map(bold).join(", ")})`;
      return [".TP", bold(code), text(means.join(" ")) + whose];
    });
}

function bold(word: string): string {
  return `\\fB${text(word)}\\fR`;
}

/** Escapes what roff would read as a request, an escape or a typographic dash (groff_char(7)). */
function text(plain: string): string {
  return plain.replaceAll("\\", "\\e").replaceAll("-", "\\-").replaceAll("'", "\\(aq").replace(/^\./gm, "\\&.");
}
