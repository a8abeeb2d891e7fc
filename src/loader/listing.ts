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

const VERSION = /^(.*?): (.*): (weak )?version `(.*)' not found \(required by (.*)\)$/;
const UNVERSIONED = /^(.*?): (.*): no version information available \(required by (.*)\)$/;
const ERROR = /^(.*?): error while loading shared libraries: (.*)$/;
const PRELOAD = /^ERROR: ld\.so: object '(.*)' from (.*) cannot be preloaded \((.*)\): ignored\.$/;
/** How the loader's reasons begin (elf/dl-load.c): a name with `: ` in it must not be taken for the end of the name. */
const REASON =
  /^(.*?): ((?:cannot|file too short|invalid ELF|wrong ELF|ELF file|ELF load|only ET_DYN|object file) ?.*)$/;
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
  const found = /^(.+?) => (\/.*|not found)$/.exec(text) ?? /^(.+?) => ?(.*)$/.exec(text);
  return found === null ? [text, null] : [found[1] ?? "", found[2] ?? ""];
}

function message(line: string): ListingLine {
  const version = VERSION.exec(line);
  if (version !== null) {
    const [, program = "", provider = "", weak, name = "", requiredBy = ""] = version;
    return { kind: "version", program, provider, version: name, requiredBy, weak: weak !== undefined };
  }
  const unversioned = UNVERSIONED.exec(line);
  if (unversioned !== null) {
    const [, program = "", provider = "", requiredBy = ""] = unversioned;
    return { kind: "unversioned", program, provider, requiredBy };
  }
  const error = ERROR.exec(line);
  if (error !== null) {
    const [, program = "", rest = ""] = error;
    const [, name = "", reason = ""] = REASON.exec(rest) ?? /^(.*?): (.*)$/.exec(rest) ?? ["", "", rest];
    return { kind: "error", program, name, reason };
  }
  const preload = PRELOAD.exec(line);
  if (preload !== null) {
    const [, name = "", from = "", reason = ""] = preload;
    return { kind: "preload", name, from, reason };
  }
  if (line.startsWith("/") || line.startsWith(".")) {
    if (line.endsWith(":")) return { kind: "file", path: line.slice(0, -1) };
  }
  return { kind: "other", text: line };
}
