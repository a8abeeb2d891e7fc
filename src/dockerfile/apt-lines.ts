import { basename } from "../base/paths.ts";
import { type AptCommand, aptCommand, packageWord } from "./apt-words.ts";
import { type MappedText, sourceRange } from "./mapped-text.ts";
import { fileReader, printed, substitutedWords, xargsFile, xargsWords } from "./package-file.ts";
import type { AptInstall, AptPackageWord, Place, UnknownWord } from "./plan.ts";
import type { ShellCommand, ShellWord } from "./shell-command.ts";
import { fieldOf, type Peeled } from "./wrappers.ts";

export const APT: ReadonlySet<string> = new Set(["apt", "apt-get", "aptitude"]);
const INSTALLING: ReadonlySet<string> = new Set(["install", "reinstall", "satisfy", "add"]);
// Each of these unpacks packages, and libc-bin's trigger then runs ldconfig.
const UNPACKING: ReadonlySet<string> = new Set([
  ...INSTALLING,
  ..."build-dep dist-upgrade full-upgrade safe-upgrade upgrade".split(" "),
]);

/** Where the words of a script stand in the Dockerfile. */
export interface ScriptPlace {
  readonly lineOf: (offset: number) => number;
  readonly script: MappedText;
  /** The script is the value of a variable or the like: all of it stands in this range. */
  readonly range: { readonly start: number; readonly end: number } | null;
  /** The script as a whole need not run: the command that starts it is conditional. */
  readonly conditional: boolean;
  /** The text of a file of the stage that a command at an offset of the script reads, or null. */
  readonly fileText: (path: string, at: number) => string | null;
}

/** Whether a command unpacks packages: apt in its several modes, dpkg. */
export function unpacks({ words }: Peeled): boolean {
  const name = basename(fieldOf(words[0]));
  const fields = words.slice(1).flatMap((word) => word.fields);
  if (name === "dpkg") return fields.some((field) => /^(-[A-Za-z]*i|--install|--unpack|--configure)$/.test(field));
  if (!APT.has(name)) return false;
  const command = aptCommand(words.slice(1));
  return command !== null && !command.dry && UNPACKING.has(command.operation);
}

/** The `apt-get install` that a command is, or null. */
export function aptInstall(peeled: Peeled, command: ShellCommand, place: ScriptPlace): AptInstall | null {
  const { words } = peeled;
  const program = fieldOf(words[0]);
  const name = basename(program);
  if (name === "dpkg" && unpacks(peeled)) return dpkgInstall(peeled, command, place);
  if (!APT.has(name)) return null;
  const apt = aptCommand(words.slice(1));
  if (apt === null || apt.dry || !INSTALLING.has(apt.operation)) return null;
  if (apt.operation === "add" && name !== "aptitude") return null;
  const read = apt.operation === "satisfy" ? readSatisfy(apt, place) : readWords(apt, command, place);
  const more = apt.operation === "satisfy" ? unreadWords(peeled, command, place) : wordsOfXargs(peeled, command, place);
  const conditional = place.conditional || command.conditional;
  return {
    program,
    ...placeIn(place, command.start, command.end),
    packages: [...read.packages, ...more.packages],
    noInstallRecommends: apt.noInstallRecommends,
    head: apt.head.literal && place.range === null ? placeIn(place, apt.head.start, apt.head.end) : null,
    unknownWords: [...read.unknownWords, ...more.unknownWords],
    conditional,
    takesMore: apt.operation === "install" && !apt.narrowed && !conditional && !peeled.viaXargs && place.range === null,
  };
}

interface Read {
  readonly packages: AptPackageWord[];
  readonly unknownWords: UnknownWord[];
}

function readWords({ operands }: AptCommand, command: ShellCommand, place: ScriptPlace): Read {
  const reads = operands.map((word) => {
    const where = { text: word.text, ...placeIn(place, word.start, word.end) };
    const fields = substituted(word, command, place) ?? word.fields;
    return readFields(fields, where, word.literal && place.range === null);
  });
  return { packages: reads.flatMap((one) => one.packages), unknownWords: reads.flatMap((one) => one.unknownWords) };
}

/** Package words, all from one place of the source. */
function readFields(fields: readonly string[], where: UnknownWord, literal: boolean): Read {
  const parts = fields.map(packageWord);
  const packages = parts.flatMap((part) => (part === null ? [] : [{ ...part, ...where, literal }]));
  return { packages, unknownWords: parts.includes(null) ? [where] : [] };
}

/** The fields of `$(cat packages.txt)`, where the file is known; else null. */
function substituted({ text }: ShellWord, { start }: ShellCommand, { fileText }: ScriptPlace): string[] | null {
  const [, dollar, quotes] = /^(?:\$\(([^()`]*)\)|`([^()`]*)`)$/.exec(text) ?? [];
  const reader = fileReader(dollar ?? quotes ?? "");
  const content = reader === null ? null : fileText(reader.path, start);
  return reader === null || content === null ? null : substitutedWords(printed(content, reader));
}

/** `apt-get satisfy "a (>= 1), b"`: dependency expressions. What leaves a choice is not known. */
function readSatisfy({ operands }: AptCommand, place: ScriptPlace): Read {
  const packages: AptPackageWord[] = [];
  const unknownWords: UnknownWord[] = [];
  for (const word of operands) {
    const where = { text: word.text, ...placeIn(place, word.start, word.end) };
    for (const term of word.fields.join(" ").split(",")) {
      if (term.trim() === "") continue;
      const name = /^\s*([a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?)\s*(\([^()]*\))?\s*$/.exec(term)?.[1];
      const part = name === undefined ? null : packageWord(name);
      if (part === null) unknownWords.push(where);
      else packages.push({ ...part, ...where, literal: false });
    }
  }
  return { packages, unknownWords };
}

/** dpkg takes files; which packages they hold is not written here. */
function dpkgInstall({ words }: Peeled, command: ShellCommand, place: ScriptPlace): AptInstall {
  const files = words.slice(1).filter((word) => !fieldOf(word).startsWith("-"));
  return {
    program: fieldOf(words[0]),
    ...placeIn(place, command.start, command.end),
    packages: [],
    noInstallRecommends: true,
    head: null,
    unknownWords: files.map((word: ShellWord) => ({ text: word.text, ...placeIn(place, word.start, word.end) })),
    conditional: place.conditional || command.conditional,
    takesMore: false,
  };
}

/** What xargs reads: `xargs apt-get install < packages.txt`, `-a FILE`, `cat FILE | xargs`. */
function wordsOfXargs(peeled: Peeled, command: ShellCommand, place: ScriptPlace): Read {
  const unread = unreadWords(peeled, command, place);
  if (!peeled.viaXargs) return unread;
  const own = command.words.slice(0, command.words.length - peeled.words.length).map(fieldOf);
  const file = xargsFile(own.slice(own.findIndex((field) => basename(field) === "xargs") + 1));
  if (file === null) return unread;
  const [input, ...others] = command.inputs;
  const named = file !== "" ? file : input;
  const given = named !== undefined ? { text: `cat ${named}`, start: command.start } : command.pipedFrom;
  const reader = given === null || others.length > 0 ? null : fileReader(given.text);
  const content = given === null || reader === null ? null : place.fileText(reader.path, given.start);
  const words = reader === null || content === null ? null : xargsWords(printed(content, reader));
  if (words === null || reader === null) return unread;
  return readFields(words, { text: `< ${reader.path}`, ...placeIn(place, command.start, command.end) }, false);
}

/** What xargs adds, where nobody can tell what that is. */
function unreadWords({ viaXargs }: Peeled, command: ShellCommand, place: ScriptPlace): Read {
  if (!viaXargs) return { packages: [], unknownWords: [] };
  const where = placeIn(place, command.start, command.end);
  const files = command.inputs.map((file) => ({ text: `< ${file}`, ...where }));
  return { packages: [], unknownWords: files.length > 0 ? files : [{ text: "xargs", ...where }] };
}

export function placeIn({ script, range, lineOf }: ScriptPlace, start: number, end: number): Place {
  const found = range ?? sourceRange(script, start, end);
  return { ...found, line: lineOf(found.start), endLine: lineOf(Math.max(found.start, found.end - 1)) };
}

/** A command in a loop is met once a turn; it is one place in the source all the same. */
export function mergeInstalls(installs: readonly AptInstall[]): AptInstall[] {
  const merged = new Map<string, AptInstall>();
  for (const install of installs) {
    const key = `${install.start} ${install.end}`;
    const known = merged.get(key);
    merged.set(key, known === undefined ? install : join(known, install));
  }
  return [...merged.values()];
}

function join(one: AptInstall, other: AptInstall): AptInstall {
  return {
    ...one,
    conditional: one.conditional && other.conditional,
    takesMore: one.takesMore || other.takesMore,
    packages: distinct(
      [...one.packages, ...other.packages],
      (word) => `${word.start} ${word.name}:${word.architecture ?? ""}`,
    ),
    unknownWords: distinct([...one.unknownWords, ...other.unknownWords], (word) => `${word.start} ${word.text}`),
  };
}

function distinct<T>(items: readonly T[], key: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}
