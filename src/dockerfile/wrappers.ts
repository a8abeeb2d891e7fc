import { basename } from "../base/paths.ts";
import { plainWord, type ShellWord } from "./shell-command.ts";

/** A program that runs another program, and how its own arguments are told from the other's. */
interface Wrapper {
  /** Options that take the next word. */
  readonly options?: string;
  /** Words of its own before the program: the user of gosu, the time of timeout. */
  readonly operands?: number;
  /** NAME=VALUE words may stand before the program. */
  readonly assignments?: boolean;
  /** A part of the shell: it is no program that an image has to have. */
  readonly builtin?: boolean;
}

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  builtin: { builtin: true },
  catatonit: {},
  chrt: { operands: 1 },
  command: { builtin: true },
  "dumb-init": { options: "-r --rewrite" },
  eatmydata: {},
  env: { assignments: true, options: "-u --unset -C --chdir -S" },
  exec: { builtin: true, options: "-a" },
  fakeroot: { options: "-l --lib -s -i -b" },
  gosu: { operands: 1 },
  ionice: { options: "-c -n -p" },
  nice: { options: "-n --adjustment" },
  nohup: {},
  setpriv: { options: "--reuid --regid --groups --inh-caps --bounding-set --ambient-caps" },
  setsid: {},
  stdbuf: { options: "-i -o -e" },
  "su-exec": { operands: 1 },
  sudo: { assignments: true, options: "-u --user -g --group -C -D -h -p -r -t -T -U" },
  time: { options: "-o -f" },
  timeout: { options: "-k --kill-after -s --signal", operands: 1 },
  tini: { options: "-p -e" },
  "tini-static": { options: "-p -e" },
  xargs: {
    options: "-a --arg-file -d --delimiter -E -I -L -n -P -s --max-args --max-lines --max-procs --max-chars --replace",
  },
};

/** Whether a program does no more than start another one. */
export function isWrapper(name: string): boolean {
  return Object.hasOwn(WRAPPERS, name);
}

export interface Peeled {
  /** The wrappers that are programs, from the outside in. */
  readonly wrappers: readonly string[];
  /** The words of the program that runs in the end. */
  readonly words: readonly ShellWord[];
  /** xargs adds arguments that nobody can see here. */
  readonly viaXargs: boolean;
}

/** Takes `sudo`, `env A=b`, `exec`, `tini --` and their kin off the front of a command. */
export function peel(command: readonly ShellWord[]): Peeled {
  const wrappers: string[] = [];
  let words = command;
  let viaXargs = false;
  for (let depth = 0; depth < 20; depth += 1) {
    const program = fieldOf(words[0]);
    const name = basename(program);
    const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
    if (wrapper === undefined) break;
    if (wrapper.builtin !== true) wrappers.push(program);
    if (name === "xargs") viaXargs = true;
    words = words.slice(ownWords(words, wrapper));
  }
  return { wrappers, words, viaXargs };
}

/** Whether a command is nothing but wrappers: what it runs are the words that come behind it (`ENTRYPOINT ["tini", "--"]`). */
export function runsWhatFollows(argv: readonly string[]): boolean {
  return argv.length > 0 && peel(argv.map(plainWord)).words.length === 0;
}

function ownWords(words: readonly ShellWord[], wrapper: Wrapper): number {
  const valued = new Set((wrapper.options ?? "").split(" ").filter((option) => option !== ""));
  let operands = wrapper.operands ?? 0;
  let at = 1;
  for (; at < words.length; at += 1) {
    const field = fieldOf(words[at]);
    if (field === "--") {
      if (operands === 0) return at + 1;
      continue;
    }
    if (field.startsWith("-") && field !== "-") {
      if (valued.has(field)) at += 1;
    } else if (!(wrapper.assignments === true && /^[A-Za-z_]\w*\+?=/.test(field))) {
      if (operands === 0) break;
      operands -= 1;
    }
  }
  return at;
}

/** The one field of a word; "" where it has none. */
export function fieldOf(word: ShellWord | undefined): string {
  return word?.fields[0] ?? "";
}
