// Which packages ship a soname: rows `soname, packages[, source]` of a release's Contents index.

import { contentsLine } from "./contents-line.mjs";

const TRIPLETS = { amd64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };
// Folders below a library folder that alternatives or linker drop-ins manage.
const ALTERNATIVES = /^(?:blas|lapack|atlas|(?:openblas|blis)-(?:pthread|openmp|serial)|libfakeroot)$/;
// Owners of the first kind that there is make the row, with this source tag: libraries of the native architecture, those
// that only a -dev package ships, those for 32-bit programs, those below a folder of alternatives.
const RANKS = [[], [], [], ["contents-alt"]];

/** The Contents lines that matter. */
export const LIBRARY_LINES = "^(usr/)?lib[^[:space:]]*\\.so";

/** Rows `soname, packages[, source]`, sorted by bytes, of Contents lines. */
export function sonameRows(lines, architecture) {
  const triplet = TRIPLETS[architecture];
  const found = new Map();
  for (const line of lines) {
    for (const { name, rank, owner } of readLine(line, triplet)) {
      const owners = found.get(name) ?? RANKS.map(() => new Set());
      found.set(name, owners);
      owners[rank].add(owner);
    }
  }
  const rows = [];
  for (const [name, owners] of found) {
    const rank = owners.findIndex((set) => set.size > 0);
    const kept = preferred(name, owners[rank]).filter((owner) => !hasShorterName(name, owner, found));
    if (kept.length > 0) rows.push([name, kept.join("|"), ...RANKS[rank]].join("\t"));
  }
  return rows.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** The package that Policy §8.1 would name after the soname first, then the shorter names. */
function preferred(soname, owners) {
  const [, base = "", version = ""] = /^(lib.*?)\.so\.(.*)$/.exec(soname) ?? [];
  const name = `${base}${/[0-9]$/.test(base) ? "-" : ""}${version}`.toLowerCase().replaceAll("_", "-");
  const rank = (owner) => (owner.replace(/t64$/, "") === name ? 0 : 1);
  return [...owners].sort((a, b) => rank(a) - rank(b) || a.length - b.length || (a < b ? -1 : 1));
}

/** The libraries of one Contents line, with the rank of each owner. */
function readLine(line, triplet) {
  const { path, owners } = contentsLine(line);
  const parts = path.replace(/^usr\//, "").split("/");
  const name = parts.pop() ?? "";
  if (!/^(?:lib|ld-linux|ld64)\S*\.so(?:\.[0-9]\S*)?$/.test(name)) return [];
  return owners.flatMap((owner) => {
    const rank = rankOf(parts, triplet, owner, name);
    return rank === null ? [] : { name, rank, owner };
  });
}

/** Which of RANKS an owner belongs to, or null where its file is none that the loader would open. */
function rankOf(parts, triplet, owner, name) {
  const [top, second, third] = parts;
  const path = parts.join("/");
  // A -dev package's unversioned name is the linker's, not the loader's.
  const dev = /-dev(?:-|$)/.test(owner);
  if (dev && name.endsWith(".so")) return null;
  if (path === "lib" || path === "lib64" || path === `lib/${triplet}`) return dev ? 1 : 0;
  if (path === "lib32" || path === "libx32") return 2;
  return top === "lib" && second === triplet && parts.length === 3 && ALTERNATIVES.test(third) ? 3 : null;
}

/**
 * `libfoo.so.1.2.3` beside `libfoo.so.1` of the same package is the file behind the link, no soname; unless the package
 * is named after it (libhiredis1.1.0; Policy §8.1). Of two numbers that is not known: libpython3.13.so.1.0 is a soname.
 */
function hasShorterName(name, owner, found) {
  const start = name.indexOf(".so.") + 4;
  if (start < 4 || owner.replace(/t64$/, "").endsWith(name.slice(start))) return false;
  if (name.slice(start).split(".").length < 3) return false;
  for (let dot = name.indexOf(".", start); dot > 0; dot = name.indexOf(".", dot + 1)) {
    const shorter = found.get(name.slice(0, dot));
    if (shorter?.some((owners) => owners.has(owner)) === true) return true;
  }
  return false;
}
