/** What the first line of a script asks for. */
export interface Shebang {
  /** The path behind `#!`, as the kernel takes it; a carriage return at the end of the line is part of it. */
  readonly interpreter: string;
  /** The program that `env` is told to look up in PATH, or null. */
  readonly looksUp: string | null;
}

/**
 * Reads a `#!` line as the kernel does (execve(2), "Interpreter scripts"; fs/binfmt_script.c): leading blanks, the
 * interpreter up to the next blank, all the rest as one argument. Null where there is no interpreter (`#!` alone), and
 * where the path is cut off at the 256 bytes that the kernel reads.
 */
export function readShebang(head: string): Shebang | null {
  if (!head.startsWith("#!")) return null;
  const newline = head.indexOf("\n");
  const line = (newline < 0 ? head : head.slice(0, newline))
    .slice(2)
    .replace(/^[ \t]+/, "")
    .replace(/[ \t]+$/, "");
  const interpreter = /^[^ \t\0]+/.exec(line)?.[0] ?? "";
  if (interpreter === "" || interpreter === "\r") return null;
  const argument = line.slice(interpreter.length).replace(/^[ \t]+/, "");
  return { interpreter, looksUp: /(?:^|\/)env$/.test(interpreter) ? programOfEnv(argument) : null };
}

/**
 * The command of an `env` argument (env(1)). The kernel passes one argument, so only `-S` (`--split-string`) gives env
 * several words; options and `NAME=VALUE` come before the command.
 */
function programOfEnv(argument: string): string | null {
  const split = /^(?:-[iv0]*S[ \t]*|--split-string[= \t])(.*)$/s.exec(argument);
  if (split === null) return argument === "" || argument.startsWith("-") ? null : argument;
  const words = (split[1] ?? "").split(/[ \t\v\f\r]+/).filter((word) => word !== "");
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? "";
    if (word === "-u" || word === "-C" || word === "--unset" || word === "--chdir") index += 1;
    else if (!word.startsWith("-") && !/^[A-Za-z_]\w*=/.test(word)) return word.replace(/^(["'])(.*)\1$/s, "$2");
  }
  return null;
}
