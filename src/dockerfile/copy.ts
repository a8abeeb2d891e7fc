import { goMatch, hasWildcards, unescapePattern } from "../base/go-patterns.ts";
import { basename, below, joinPath, withoutSlash } from "../base/paths.ts";
import type { CopyMapping } from "./plan.ts";

/** What can be asked about the runtime base while paths are mapped. */
export interface DestinationFacts {
  /** Whether a path of the builder is a folder (links followed); a COPY source that is one gives its contents. */
  readonly isFolder: (path: string) => boolean;
  /** Whether a path exists as a folder in the runtime stage before the COPY; a file is then copied into it. */
  readonly isDestinationFolder?: (path: string) => boolean;
}

// Folders of every Debian and Ubuntu base, which need no look to be known.
const COMMON_FOLDERS: ReadonlySet<string> = new Set(
  "/ /bin /boot /dev /etc /home /lib /lib64 /media /mnt /opt /proc /root /run /sbin /srv /sys /tmp /usr /usr/bin /usr/games /usr/include /usr/lib /usr/lib64 /usr/libexec /usr/local /usr/local/bin /usr/local/etc /usr/local/games /usr/local/include /usr/local/lib /usr/local/man /usr/local/sbin /usr/local/share /usr/local/src /usr/sbin /usr/share /usr/src /var /var/cache /var/lib /var/lock /var/log /var/mail /var/opt /var/run /var/spool /var/tmp".split(
    " ",
  ),
);

/** Folders that every Debian and Ubuntu image has. */
export function isCommonFolder(path: string): boolean {
  return COMMON_FOLDERS.has(path);
}

/**
 * Where one file or folder of the builder comes to lie, or nothing where the COPY does not bring it. The rules are
 * BuildKit's (dockerfile2llb/convert_copy.go, solver/llbsolver/file/backend.go, fsutil/copy): a folder gives its
 * contents; a file goes into the destination if that ends in a slash or is a folder already, else it takes its name.
 */
export function destinationOf(mapping: CopyMapping, path: string, facts: DestinationFacts): string[] {
  if (mapping.pivot !== null) return parentsDestination(mapping, mapping.pivot, path);
  const found = new Set<string>();
  for (const root of matchingRoots(mapping.source, path)) {
    const inside = below(root, path);
    if (inside === null) continue;
    if (inside !== "" || facts.isFolder(root)) {
      if (inside === "" || !isExcluded(mapping.exclude, inside)) found.add(joinPath(mapping.destination, inside));
    } else if (hasWildcards(mapping.source) && isExcluded(mapping.exclude, basename(root))) {
      // A file that a wildcard found is left out by its own name.
    } else if (goesInto(mapping, facts)) {
      found.add(joinPath(mapping.destination, mapping.fileName ?? basename(root)));
    } else found.add(withoutSlash(mapping.destination));
  }
  return [...found];
}

/** All places where a path of a builder comes to lie; the command line's word counts before the Dockerfile's. */
export function destinations(
  mappings: readonly CopyMapping[],
  stage: number,
  path: string,
  facts: DestinationFacts,
): { readonly path: string; readonly mapping: CopyMapping }[] {
  const of = (explicit: boolean) =>
    mappings
      .filter((mapping) => mapping.stage === stage && mapping.explicit === explicit)
      .flatMap((mapping) => destinationOf(mapping, path, facts).map((found) => ({ path: found, mapping })));
  const named = of(true);
  return named.length > 0 ? named : of(false);
}

/** Whether a COPY brings a path at all. */
export function copies(mapping: CopyMapping, path: string): boolean {
  if (mapping.pivot !== null) return parentsDestination(mapping, mapping.pivot, path).length > 0;
  return matchingRoots(mapping.source, path).some((root) => {
    const inside = below(root, path) ?? "";
    return inside === "" || !isExcluded(mapping.exclude, inside);
  });
}

function goesInto(mapping: CopyMapping, facts: DestinationFacts): boolean {
  if (mapping.destinationFolder || mapping.several || mapping.destination.endsWith("/")) return true;
  if (mapping.link) return false;
  const known = facts.isDestinationFolder;
  return known === undefined ? isCommonFolder(mapping.destination) : known(mapping.destination);
}

/**
 * The paths at or above a path that a source names: itself or one of its folders. A wildcard takes the uppermost match
 * only, for what lies in a matched folder comes with it.
 */
function matchingRoots(source: string, path: string): string[] {
  const plain = withoutSlash(source);
  if (!hasWildcards(plain)) return [unescapePattern(plain)].filter((root) => below(root, path) !== null);
  const depth = plain.split("/").length;
  const root = path.split("/").slice(0, depth).join("/");
  return root.split("/").length === depth && goMatch(plain, root) ? [root] : [];
}

/** `--parents`: the path from the pivot (`/./`, else the root) stays; a pattern may hold `**`. */
function parentsDestination(mapping: CopyMapping, pivot: { root: string; pattern: string }, path: string): string[] {
  const found = new Set<string>();
  for (const root of matchingRoots(pivot.root, path)) {
    const inside = below(root, path);
    if (inside === null || inside === "" || isExcluded(mapping.exclude, inside)) continue;
    if (prefixes(inside).some((prefix) => matchesDeep(pivot.pattern, prefix))) {
      found.add(joinPath(mapping.destination, inside));
    }
  }
  return [...found];
}

/**
 * Whether a path is left out by `--exclude` patterns: the rules of .dockerignore (moby/patternmatcher), the last
 * pattern that says something about the path or a folder above it counts, `!` takes it back.
 */
export function isExcluded(patterns: readonly string[], path: string): boolean {
  let excluded = false;
  for (const text of patterns) {
    const negated = text.startsWith("!");
    const pattern = (negated ? text.slice(1) : text).replace(/^\/+|\/+$/g, "");
    if (pattern !== "" && prefixes(path).some((prefix) => matchesDeep(pattern, prefix))) excluded = !negated;
  }
  return excluded;
}

/** `a`, `a/b`, `a/b/c` of `a/b/c`. */
function prefixes(path: string): string[] {
  const parts = path.split("/");
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** filepath.Match, and `**` for any number of folders. Segment by segment, without going back more than once a star. */
export function matchesDeep(pattern: string, path: string): boolean {
  const wanted = pattern.split("/").filter((part) => part !== "");
  const given = path.split("/");
  let at = 0;
  let want = 0;
  let star = -1;
  let starAt = 0;
  while (at < given.length) {
    const current = wanted[want];
    if (current === "**") {
      star = want;
      starAt = at;
      want += 1;
    } else if (current !== undefined && goMatch(current, given[at] ?? "")) {
      want += 1;
      at += 1;
    } else if (star !== -1) {
      starAt += 1;
      at = starAt;
      want = star + 1;
    } else return false;
  }
  while (wanted[want] === "**") want += 1;
  return want === wanted.length;
}
