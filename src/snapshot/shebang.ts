import { DEFAULT_PATH } from "../base/paths.ts";

/** The folders of `env` and `exec` where PATH is not known (Debian's default PATH of root). */
export const PATH_FOLDERS = DEFAULT_PATH.split(":");

/** BINPRM_BUF_SIZE: what the kernel reads of a file to know how to execute it (include/uapi/linux/binfmts.h). */
export const SHEBANG_BYTES = 256;

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

/** A shell whose scripts are read: POSIX sh and what extends it. */
const SHELLS = "(?:ash|bash|dash|ksh|sh)";
const SHELL = new RegExp(`(?:^|/)${SHELLS}$`);
/** A `#!` line that may ask for one of them, as the source of a regular expression that JavaScript and Perl read the same way. */
export const SHELL_LINE = `(?:^|[/ \\t])${SHELLS}(?![A-Za-z0-9_])`;

/** Scripts for a shell are read whole up to here, others by their first line alone. */
export const MAX_SCRIPT = 64 * 1024;

/** Whether a `#!` line asks for a shell whose scripts can be read. */
export function isShellScript(head: string): boolean {
  const shebang = readShebang(head);
  return shebang !== null && SHELL.test(shebang.looksUp ?? shebang.interpreter);
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

/**
 * The absolute paths that a `#!` line may mean: the interpreter, and for `env` the program that it looks up in PATH. A
 * carriage return at their end is left out: the file that was meant is worth a look, if only to say so.
 */
export function interpreterPaths(head: string): string[] {
  const shebang = readShebang(head);
  if (shebang === null) return [];
  const meant = [shebang.interpreter, ...(shebang.looksUp === null ? [] : inPath(shebang.looksUp))];
  return meant.map((path) => path.replace(/\r$/, "")).filter((path) => path.startsWith("/"));
}

function inPath(name: string): string[] {
  return name.includes("/") ? [name] : PATH_FOLDERS.map((folder) => `${folder}/${name}`);
}
