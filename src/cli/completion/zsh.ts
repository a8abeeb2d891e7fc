import type { CommandWords, OptionWords, Value } from "./words.ts";

/** A completion script for zsh: a file `_msb-deps` in a directory of `fpath`, or sourced. */
export function zshCompletion(commands: readonly CommandWords[]): string {
  const list = commands.map(({ name, summary }) => `      ${quoted(`${name}:${summary}`)}\n`);
  const names = commands.map(({ name }) => name).join("|");
  return `#compdef msb-deps
# zsh completion for msb-deps, as printed by msb-deps completion zsh

_msb_deps() {
  if (( CURRENT == 2 )) && [[ \${words[2]} != -* ]]; then
    local -a commands=(
${list.join("")}    )
    _describe -t commands command commands
    _files
    return
  fi
  local command=analyze
  if [[ \${words[2]} == (${names}) ]]; then
    command=\${words[2]}
    shift words
    (( CURRENT-- ))
  fi
  case $command in
${commands.map(branch).join("")}  esac
}

if [[ \${funcstack[1]} == _msb[-_]deps ]]; then
  _msb_deps "$@"
else
  compdef _msb_deps msb-deps
fi
`;
}

function branch({ name, options, words }: CommandWords): string {
  const rest = words === null ? "*:file:_files" : `1:word:(${words.join(" ")})`;
  const specs = [...options.flatMap(optionSpecs), quoted(rest)];
  return `    ${name})\n      _arguments -s -S \\\n${specs.map((one) => `        ${one}`).join(" \\\n")}\n      ;;\n`;
}

/** One specification for each spelling (zshcompsys(1), _arguments); `*`: the option may be repeated. */
function optionSpecs({ flags, description, value }: OptionWords): string[] {
  return flags.map((flag) => {
    const joined = value === null ? "" : flag.startsWith("--") ? "=" : "+";
    const action = value === null ? "" : actionOf(value);
    return quoted(`*${flag}${joined}[${description.replace(/[\\[\]:]/g, "\\$&")}]${action}`);
  });
}

function actionOf(value: Value): string {
  switch (value.kind) {
    case "choices":
      return `:word:(${value.words.join(" ")})`;
    case "file":
      return ":file:_files";
    case "directory":
      return ":directory:_files -/";
    case "other":
      return `:${value.name.replace(/[\\:]/g, "\\$&")}: `;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
