import type { CommandWords, OptionWords, Value } from "./words.ts";

/** A completion script for fish 3 and later. */
export function fishCompletion(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const first = commands.map(
    ({ name, summary }) =>
      `complete -c msb-deps -n 'test (count (commandline -opc)) -eq 1' -a ${name} -d ${quoted(summary)}\n`,
  );
  const rest = commands.map(({ name, options, words }) => {
    const start = `complete -c msb-deps -n '__msb_deps_command ${name}'`;
    const argument = words === null ? "" : `${start} -f -a ${quoted(words.join(" "))}\n`;
    return `\n${argument}${options.map((option) => `${start}${optionWords(option)}\n`).join("")}`;
  });
  return `# fish completion for msb-deps, as printed by msb-deps completion fish

function __msb_deps_command
    set -l words (commandline -opc)
    set -l command analyze
    if contains -- "$words[2]" ${names}
        set command $words[2]
    end
    test $command = $argv[1]
end

${first.join("")}${rest.join("")}`;
}

function optionWords({ flags, description, value }: OptionWords): string {
  const spelled = flags.map((flag) => (flag.startsWith("--") ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`));
  return `${spelled.join("")}${value === null ? "" : actionOf(value)} -d ${quoted(description)}`;
}

function actionOf(value: Value): string {
  switch (value.kind) {
    case "choices":
      return ` -x -a ${quoted(value.words.join(" "))}`;
    case "file":
      return " -r -F";
    case "directory":
      return " -x -a '(__fish_complete_directories)'";
    case "other":
      return " -x";
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
