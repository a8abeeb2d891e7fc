/** One line of what `LD_TRACE_LOADED_OBJECTS=1 ld.so FILE` or `ldd FILE` prints. */
export type ListingLine =
  /** `libz.so.1 => /lib/…/libz.so.1 (0x…)` */
  | { readonly kind: "library"; readonly soname: string; readonly path: string }
  /** `/lib64/ld-linux-x86-64.so.2 (0x…)`: mapped under the very name it was asked by, as the loader itself. */
  | { readonly kind: "object"; readonly path: string }
  /** `libz.so.1 => not found` */
  | { readonly kind: "missing"; readonly soname: string }
  /** `linux-vdso.so.1 (0x…)`: the kernel's own, no file. */
  | { readonly kind: "vdso"; readonly soname: string }
  /** ``F: P: version `V' not found (required by R)``; `weak` where it says `weak version`. */
  | {
      readonly kind: "version";
      readonly program: string;
      readonly provider: string;
      readonly version: string;
      readonly requiredBy: string;
      readonly weak: boolean;
    }
  /** `F: P: no version information available (required by R)`: a warning. */
  | { readonly kind: "unversioned"; readonly program: string; readonly provider: string; readonly requiredBy: string }
  /** `F: error while loading shared libraries: NAME: REASON` */
  | { readonly kind: "error"; readonly program: string; readonly name: string; readonly reason: string }
  /** `ERROR: ld.so: object 'NAME' from LD_PRELOAD cannot be preloaded (REASON): ignored.` */
  | { readonly kind: "preload"; readonly name: string; readonly from: string; readonly reason: string }
  | { readonly kind: "static" }
  | { readonly kind: "not-dynamic" }
  /** `F:`, which ldd prints before each of several files. */
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "other"; readonly text: string };

/** Parses the output, standard output and errors alike (elf/rtld.c, elf/dl-version.c and elf/ldd.bash.in of glibc). */
export function parseListing(output: string): readonly ListingLine[] {
  return output
    .split("\n")
    .map((line) => line.replace(/\r$/, ""))
    .filter((line) => line.trim() !== "")
    .map(parseLine);
}

/** Output is hostile, and lines may be long: no pattern here has two parts that could take the same text. */
const ERROR = ": error while loading shared libraries: ";
/** How the loader's reasons begin (elf/dl-load.c): a name with `: ` in it must not be taken for the end of the name. */
const REASON = /: (?:cannot|file too short|invalid ELF|wrong ELF|ELF file|ELF load|only ET_DYN|object file)/;
const VDSO = /^linux-(?:vdso|gate)(?:32|64)?\.so\.\d+$/;

function parseLine(line: string): ListingLine {
  if (/^\s+statically linked$/.test(line)) return { kind: "static" };
  if (/^\s*not a dynamic executable$/.test(line)) return { kind: "not-dynamic" };
  if (!line.startsWith("\t")) return message(line);
  // `ldd -v` has lines that end in a colon, and such that begin with a second tab.
  return /^\t\s|:$/.test(line) ? { kind: "other", text: line } : mapping(line.slice(1));
}

/** A line of the list itself begins with a tab. */
function mapping(text: string): ListingLine {
  const bare = text.replace(/ \(0x[0-9a-f]+\)$/, "");
  const [soname, path] = splitArrow(bare);
  if (path !== null) {
    if (path === "not found") return { kind: "missing", soname };
    if (path === "" || VDSO.test(path)) return { kind: "vdso", soname };
    return { kind: "library", soname, path };
  }
  return VDSO.test(bare) ? { kind: "vdso", soname: bare } : { kind: "object", path: bare };
}

/**
 * Both sides of an arrow can hold ` => `. A soname hardly does, and a path begins with a slash (or is relative, where a
 * search path was): the first arrow with `/` or `not found` behind it parts them.
 */
function splitArrow(text: string): readonly [string, string | null] {
  for (let at = text.indexOf(ARROW, 1); at >= 0; at = text.indexOf(ARROW, at + 1)) {
    const path = at + ARROW.length;
    if (text[path] === "/" || text.slice(path, path + MISSING.length + 1) === MISSING) return cut(text, at, ARROW);
  }
  // Of a line that ends in an arrow, the blank behind it may be gone.
  const at = text.indexOf(ARROW.trimEnd(), 1);
  return at < 0 ? [text, null] : cut(text, at, text.startsWith(ARROW, at) ? ARROW : ARROW.trimEnd());
}

const ARROW = " => ";
const MISSING = "not found";

/** What stands before and behind a mark. */
function cut(text: string, at: number, mark: string): readonly [string, string] {
  return [text.slice(0, at), text.slice(at + mark.length)];
}

function message(line: string): ListingLine {
  const found = versionLine(line) ?? errorLine(line) ?? preloadLine(line);
  if (found !== null) return found;
  if (/^[/.].*:$/s.test(line)) return { kind: "file", path: line.slice(0, -1) };
  return { kind: "other", text: line };
}

/** ``F: P: version `V' not found (required by R)`` and `F: P: no version information available (required by R)` */
function versionLine(line: string): ListingLine | null {
  if (!line.endsWith(")")) return null;
  const colon = line.indexOf(": ");
  const between = (end: number): { program: string; provider: string } | null =>
    colon < 0 || colon + 2 > end ? null : { program: line.slice(0, colon), provider: line.slice(colon + 2, end) };
  const end = line.lastIndexOf(NOT_FOUND);
  const [plain, weak] = [VERSION, WEAK_VERSION].map((mark) => line.lastIndexOf(mark, end - mark.length));
  const at = end < 0 ? -1 : Math.max(plain ?? -1, weak ?? -1);
  const named = between(at);
  if (named !== null) {
    const isWeak = at === weak;
    const version = line.slice(at + (isWeak ? WEAK_VERSION : VERSION).length, end);
    return { kind: "version", ...named, version, requiredBy: line.slice(end + NOT_FOUND.length, -1), weak: isWeak };
  }
  const bare = line.lastIndexOf(UNVERSIONED);
  const files = between(bare);
  return files && { kind: "unversioned", ...files, requiredBy: line.slice(bare + UNVERSIONED.length, -1) };
}

const [VERSION, WEAK_VERSION] = [": version `", ": weak version `"];
const NOT_FOUND = "' not found (required by ";
const UNVERSIONED = ": no version information available (required by ";

function errorLine(line: string): ListingLine | null {
  const at = line.indexOf(ERROR);
  if (at < 0) return null;
  const [program, rest] = cut(line, at, ERROR);
  const colon = REASON.exec(rest)?.index ?? rest.indexOf(": ");
  const [name, reason] = colon < 0 ? ["", rest] : cut(rest, colon, ": ");
  return { kind: "error", program, name, reason };
}

/** `ERROR: ld.so: object 'NAME' from LD_PRELOAD cannot be preloaded (REASON): ignored.` */
function preloadLine(line: string): ListingLine | null {
  const [head, from, why, end] = ["ERROR: ld.so: object '", "' from ", " cannot be preloaded (", "): ignored."];
  if (!line.startsWith(head) || !line.endsWith(end)) return null;
  const whyAt = line.lastIndexOf(why, line.length - end.length - why.length);
  const fromAt = line.lastIndexOf(from, whyAt - from.length);
  if (fromAt < head.length || whyAt < 0) return null;
  return {
    kind: "preload",
    name: line.slice(head.length, fromAt),
    from: line.slice(fromAt + from.length, whyAt),
    reason: line.slice(whyAt + why.length, -end.length),
  };
}
