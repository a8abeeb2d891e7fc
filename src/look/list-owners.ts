import { compareNames, decodeName } from "../base/names.ts";
import type { Steps } from "../base/steps.ts";
import type { Stanza } from "../debian/control.ts";
import type { Observations } from "./observations.ts";
import { resolveInImage } from "./resolve.ts";
import { parseStatus } from "./status.ts";
import { Tracker } from "./tracker.ts";

const INFO = "/var/lib/dpkg/info";
const STATUS = "/var/lib/dpkg/status";
export const DIVERSIONS = "/var/lib/dpkg/diversions";
/** Of one file of the database; texlive's lists have some MiB. */
export const MAX_TEXT = 64 * 1024 * 1024;

/** Gives the paths of one list of files, by the list's path. */
type Lists = (list: string) => readonly string[];

/** Adds the owners of some paths, from the lists of files as they were observed. */
export function* readOwnerLists(paths: ReadonlySet<string>, observations: Observations): Steps<void> {
  if (paths.size === 0) return;
  const lists = (list: string): readonly string[] => linesOf(textOf(observations, list));
  yield* addOwners(observations, lists, (path) => paths.has(path));
  observations.addAsked(paths);
}

/**
 * Answers as `dpkg -S` would, out of the database itself, without a process: the lists of files (dpkg(1), FILES,
 * `info/PACKAGE.list`) and the diversions.
 */
export function* addOwners(observations: Observations, lists: Lists, isAsked: (path: string) => boolean): Steps<void> {
  const text = (path: string): string => textOf(observations, path);
  const packages = parseStatus(text(STATUS));
  const native = packages.find((one) => one.Package === "dpkg")?.Architecture ?? "";
  const owners = new Map<string, string[]>();
  for (const one of packages) {
    yield;
    if (one.Status?.endsWith(" not-installed") === true) continue;
    for (const path of lists(listOf(one, observations))) {
      if (!isAsked(path)) continue;
      const names = owners.get(path);
      if (names === undefined) owners.set(path, [shownName(one, native)]);
      else names.push(shownName(one, native));
    }
  }
  const lines = [...owners].map(([path, names]) => `${names.sort(compareNames).join(", ")}: ${path}`);
  observations.addOwnerLines([...diversionLines(text(DIVERSIONS), isAsked), ...lines]);
}

/** `Multi-Arch: same` packages have their architecture in the name of the list, in dpkg's format 1 of `info`. */
function listOf({ Package: name = "", Architecture: arch = "", ...one }: Stanza, observations: Observations): string {
  const qualified = `${INFO}/${name}:${arch}.list`;
  if (one["Multi-Arch"] !== "same") return `${INFO}/${name}.list`;
  return realOf(observations, qualified) === null ? `${INFO}/${name}.list` : qualified;
}

/** As dpkg-query names a package: with the architecture where it is foreign, or there may be several of that name. */
function shownName({ Package: name = "", Architecture: arch = "", ...one }: Stanza, native: string): string {
  const isForeign = arch !== native && arch !== "all";
  return one["Multi-Arch"] === "same" || isForeign ? `${name}:${arch}` : name;
}

/** Paths without a trailing `/` or `/.`, as dpkg reads them. */
function linesOf(text: string): string[] {
  return text.split("\n").flatMap((line) => (line === "" ? [] : [line.replace(/\/\.?$/, "") || "/"]));
}

/**
 * Three lines each: from, to, and the package or `:` where the administrator made it; searchoutput of dpkg's
 * src/query/main.c prints both lines for either name.
 */
function diversionLines(text: string, isAsked: (path: string) => boolean): string[] {
  const words = text.split("\n");
  const lines: string[] = [];
  for (let at = 0; at + 2 < words.length; at += 3) {
    const [from = "", to = "", by = ""] = words.slice(at, at + 3);
    if (!isAsked(from) && !isAsked(to)) continue;
    const head = by === ":" ? "local diversion" : `diversion by ${by}`;
    lines.push(`${head} from: ${from}`, `${head} to: ${to}`);
  }
  return lines;
}

function realOf(observations: Observations, path: string): string | null {
  // What is looked at here is no part of the snapshot: the lists of all packages would be most of it.
  return resolveInImage(new Tracker(observations), path).real;
}

/** Empty where there is no such file; a failure of the whole database where it cannot be read. */
function textOf(observations: Observations, path: string): string {
  const real = realOf(observations, path);
  const file = real === null ? undefined : observations.lstat(real);
  if (real === null || file?.type !== "file" || file.size === 0) return "";
  const bytes = file.size > MAX_TEXT ? null : observations.peek(real, 0, file.size);
  if (bytes?.length === file.size) return decodeName(bytes);
  observations.addFailure("/var/lib/dpkg", `cannot read ${path}`);
  return "";
}
