import type { ShellWord } from "./shell-command.ts";
import { UNKNOWN } from "./shell-variables.ts";

/** A package word of apt, taken apart. */
export interface PackageWord {
  readonly name: string;
  readonly architecture: string | null;
  readonly version: string | null;
  readonly suite: string | null;
  readonly remove: boolean;
}

/**
 * Takes one argument of `apt-get install` apart (apt-get(8), install): `name`, `name:arch`, `name=version`,
 * `name/suite`, `name-`, `name+`. Null where it is none of these: a pattern, a task, a file, or not known.
 */
export function packageWord(field: string): PackageWord | null {
  const match = /^([^=/]{1,300})(?:=(.*)|\/(.*))?$/s.exec(field);
  if (match === null) return null;
  const [, head = "", version, suite] = match;
  const remove = head.endsWith("-");
  // g++ and libstdc++ end in plus signs of their own.
  const bare = remove || (head.endsWith("+") && !head.endsWith("++")) ? head.slice(0, -1) : head;
  const colon = bare.indexOf(":");
  const name = colon === -1 ? bare : bare.slice(0, colon);
  const architecture = colon === -1 ? null : bare.slice(colon + 1);
  if (!/^[a-z0-9][a-z0-9+.-]+$/.test(name)) return null;
  if (architecture !== null && !/^[a-z0-9-]+$/.test(architecture)) return null;
  return { name, architecture, version: known(version), suite: known(suite), remove };
}

/** A version that is not known leaves the name of the package standing. */
function known(text: string | undefined): string | null {
  return text === undefined || text === "" || text.includes(UNKNOWN) ? null : text;
}

/** An apt command: what it is asked to do, its flags, and the words behind. */
export interface AptCommand {
  readonly operation: string;
  readonly noInstallRecommends: boolean;
  /** Nothing is installed: `--simulate`, `--download-only`. */
  readonly dry: boolean;
  /** Not every word is installed, or not from where it usually comes: `--target-release`, `--only-upgrade`. */
  readonly narrowed: boolean;
  /** The lists are fetched first: `--update`, `-U` (apt 2.7 and later). */
  readonly updates: boolean;
  readonly operands: readonly ShellWord[];
  /** The operation, or the last of the flags that follow it directly: a further flag can stand after it. */
  readonly head: ShellWord;
}

const VALUED_LONG: ReadonlySet<string> = new Set(
  "--option --config-file --target-release --default-release --host-architecture --build-profiles --solver".split(" "),
);
const VALUED_SHORT = "octaP";
const DRY: ReadonlySet<string> = new Set(
  "--simulate --just-print --dry-run --recon --no-act --download-only --print-uris --help --version".split(" "),
);
const NARROWING: ReadonlySet<string> = new Set("--target-release --default-release --only-upgrade".split(" "));
const NO = /^(0|no|false|without|off|disable)$/i;

/** Reads the words behind `apt-get`, `apt` or `aptitude` (apt-pkg/contrib/cmndline.cc). */
export function aptCommand(words: readonly ShellWord[]): AptCommand | null {
  const operands: ShellWord[] = [];
  let noInstallRecommends = false;
  let dry = false;
  let narrowed = false;
  let updates = false;
  let literal = false;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at];
    const field = word?.fields.length === 1 ? (word.fields[0] ?? "") : "";
    if (word === undefined) break;
    if (field === "--" && !literal) literal = true;
    else if (literal || !field.startsWith("-") || field === "-") operands.push(word);
    else {
      const flag = readFlag(field, words[at + 1]?.fields[0] ?? "");
      if (flag.takesNext) at += 1;
      noInstallRecommends = flag.noRecommends ?? noInstallRecommends;
      dry ||= flag.dry;
      narrowed ||= flag.narrowed;
      updates ||= flag.updates;
    }
  }
  const [operation, ...rest] = operands;
  if (operation === undefined) return null;
  const head = headOf(words, operation);
  return { operation: operation.fields[0] ?? "", noInstallRecommends, dry, narrowed, updates, operands: rest, head };
}

/** The last of the flags without a value that follow the operation directly; without any, the operation. */
function headOf(words: readonly ShellWord[], operation: ShellWord): ShellWord {
  const rest = words.slice(words.indexOf(operation) + 1);
  const end = rest.findIndex(({ fields: [field = ""] }) => !/^-./.test(field) || field === "--" || takesNext(field));
  return rest[(end === -1 ? rest.length : end) - 1] ?? operation;
}

function takesNext(field: string): boolean {
  return readFlag(field, "").takesNext;
}

interface Flag {
  readonly takesNext: boolean;
  readonly noRecommends: boolean | null;
  readonly dry: boolean;
  readonly narrowed: boolean;
  readonly updates: boolean;
}

function readFlag(field: string, next: string): Flag {
  if (!field.startsWith("--")) return readShortFlags(field, next);
  const equals = field.indexOf("=");
  const name = equals === -1 ? field : field.slice(0, equals);
  const value = equals === -1 ? null : field.slice(equals + 1);
  const takesNext = value === null && VALUED_LONG.has(name);
  if (name === "--option")
    return { takesNext, noRecommends: recommendsOption(value ?? next), dry: false, narrowed: false, updates: false };
  const off = value !== null && NO.test(value);
  const noRecommends =
    name === "--no-install-recommends" || name === "--without-recommends"
      ? !off
      : name === "--install-recommends" || name === "--with-recommends"
        ? off
        : null;
  const updates = name === "--update" && !off;
  return { takesNext, noRecommends, dry: DRY.has(name) && !off, narrowed: NARROWING.has(name) && !off, updates };
}

/** `-qqy`, `-o A=b`, `-oA=b`, `-t sid`, `-q=2`. */
function readShortFlags(field: string, next: string): Flag {
  let dry = false;
  let updates = false;
  let noRecommends: boolean | null = null;
  for (let at = 1; at < field.length; at += 1) {
    const letter = field.charAt(at);
    if (letter === "=") break;
    if (letter === "s" || letter === "d") dry = true;
    if (letter === "U") updates = true;
    // aptitude's own.
    if (letter === "R") noRecommends = true;
    if (!VALUED_SHORT.includes(letter)) continue;
    const own = field.slice(at + 1);
    if (letter === "o") noRecommends = recommendsOption(own === "" ? next : own);
    return { takesNext: own === "", noRecommends, dry, narrowed: letter === "t", updates };
  }
  return { takesNext: false, noRecommends, dry, narrowed: false, updates };
}

/** `APT::Install-Recommends=false`, the value in quotes or not. */
function recommendsOption(option: string): boolean | null {
  const match = /^=?apt::install-recommends\s*=\s*["']?(\w+)["']?;?$/i.exec(option);
  return match === null ? null : NO.test(match[1] ?? "");
}
