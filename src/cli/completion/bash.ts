import type { CommandWords, Value } from "./words.ts";

/** A completion script for bash 3.2 and later. */
export function bashCompletion(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const options = commands.map(
    (command) => `      ${command.name}) words=${quoted(command.options.flatMap(({ flags }) => flags).join(" "))} ;;\n`,
  );
  const argumentWords = commands.flatMap(({ name, words }) =>
    words === null ? [] : [`    ${name}:*) _msb_deps_reply < <(compgen -W ${quoted(words.join(" "))} -- "$cur") ;;\n`],
  );
  return `# bash completion for msb-deps, as printed by msb-deps completion bash

_msb_deps_reply() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do COMPREPLY+=("$word"); done
}

# Lets readline quote names of files, and add a slash to directories.
_msb_deps_files() {
  compopt -o filenames 2>/dev/null
  _msb_deps_reply < <(compgen "$1" -- "$cur")
}

_msb_deps() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command=analyze words= word
  # readline breaks --format=json into three words.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if ((COMP_CWORD > 1)); then
    for word in ${names}; do
      if [[ \${COMP_WORDS[1]} == "$word" ]]; then command=$word; fi
    done
    # After -- there are no options.
    for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
      if [[ $word == -- ]]; then
        _msb_deps_files -f
        return
      fi
    done
  fi
  case $command:$prev in
${valueCases(commands)}  esac
  if [[ $cur == -* ]]; then
    case $command in
${options.join("")}    esac
    _msb_deps_reply < <(compgen -W "$words" -- "$cur")
    return
  fi
  case $command:$COMP_CWORD in
    *:1)
      _msb_deps_files -f
      COMPREPLY+=($(compgen -W ${quoted(names)} -- "$cur"))
      ;;
${argumentWords.join("")}    *) _msb_deps_files -f ;;
  esac
}

complete -F _msb_deps msb-deps
`;
}

/** The branches for the words after options; `*`: all commands that have the option take the same. */
function valueCases(commands: readonly CommandWords[]): string {
  const uses = commands.flatMap(({ name, options }) =>
    options.flatMap(({ flags, value }) =>
      value === null ? [] : flags.map((flag) => ({ name, flag, action: actionOf(value) })),
    ),
  );
  const patterns = new Map<string, Set<string>>();
  for (const { name, flag, action } of uses) {
    const isShared = uses.every((other) => other.flag !== flag || other.action === action);
    patterns.set(action, (patterns.get(action) ?? new Set()).add(`${isShared ? "*" : name}:${flag}`));
  }
  return [...patterns]
    .map(([action, list]) => `    ${[...list].join(" | ")})\n      ${action}\n      return\n      ;;\n`)
    .join("");
}

function actionOf(value: Value): string {
  switch (value.kind) {
    case "choices":
      return `_msb_deps_reply < <(compgen -W ${quoted(value.words.join(" "))} -- "$cur")`;
    case "file":
      return "_msb_deps_files -f";
    case "directory":
      return "_msb_deps_files -d";
    case "other":
      return "COMPREPLY=()";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
