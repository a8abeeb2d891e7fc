import { compareNames, decodeName, sortByName } from "../base/names.ts";
import type { Steps } from "../base/steps.ts";
import { readStanzas } from "../debian/control.ts";
import { bothSpellings, ownedPath } from "../debian/spellings.ts";
import type { DpkgFacts } from "../snapshot/snapshot.ts";
import type { Closure } from "./closure.ts";
import type { Observations } from "./observations.ts";
import { parseStatus } from "./status.ts";
import { statusFolder } from "./status-folder.ts";
import type { Tracker } from "./tracker.ts";

export const DPKG_STATUS = "/var/lib/dpkg/status";
const DPKG_INFO = "/var/lib/dpkg/info";
export const DPKG_ARCH = "/var/lib/dpkg/arch";
export const APT_STATES = "/var/lib/apt/extended_states";
export const MAX_STATES = 4 * 1024 * 1024;
export const MAX_STATUS = 64 * 1024 * 1024;
const MAX_TEXT = 64 * 1024;

/** dpkg's database, as far as it matters; null where there is none. dpkg(1), FILES. */
export function* dpkgFacts(closure: Closure, tracker: Tracker, observations: Observations): Steps<DpkgFacts | null> {
  const status = read(closure, tracker, DPKG_STATUS, MAX_STATUS);
  if (status === null || status === "") return statusFolder(closure, tracker);
  const packages = parseStatus(status);
  yield;
  // dpkg's own package has dpkg's architecture: what --print-architecture says, without a process.
  const architecture = packages.find((one) => one.Package === "dpkg")?.Architecture ?? "";
  const foreign = (read(closure, tracker, DPKG_ARCH, MAX_TEXT) ?? "").split("\n");
  return {
    architecture,
    foreignArchitectures: [...new Set(foreign)].filter((one) => one !== "" && one !== architecture).sort(compareNames),
    packages,
    owners: owners(closure, tracker, observations),
    shlibs: yield* shlibs(closure, tracker),
    automatic: automatic(read(closure, tracker, APT_STATES, MAX_STATES) ?? ""),
  };
}

/** The packages that apt marks as installed automatically: apt-mark(8); FILES of apt-get(8), extended_states. */
function automatic(text: string): string[] {
  const keys = new Set<string>();
  for (const one of readStanzas(text, ["Package", "Architecture", "Auto-Installed"])) {
    if (one["Auto-Installed"] === "1") keys.add(`${one.Package ?? ""}:${one.Architecture ?? ""}`);
  }
  return [...keys].sort(compareNames);
}

function read(closure: Closure, tracker: Tracker, path: string, most: number): string | null {
  const real = closure.visit(path);
  const fact = real === null ? undefined : tracker.facts.get(real);
  if (fact?.type !== "file") return null;
  const bytes = tracker.whole(fact.path, fact.size, most);
  return bytes === null ? null : decodeName(bytes);
}

function owners(closure: Closure, tracker: Tracker, observations: Observations): string[] {
  const wanted = new Set<string>();
  // dpkg's output is lines: a name with a line feed cannot be told in it.
  for (const path of closure.owned) if (!path.includes("\n")) for (const name of bothSpellings(path)) wanted.add(name);
  for (const path of wanted) if (!observations.wasAsked(path)) tracker.misses.owners.add(path);
  const failure = observations.failure("/var/lib/dpkg");
  if (failure !== undefined) tracker.unreadable.set("/var/lib/dpkg", failure);
  const lines = [...observations.ownerLines()].filter((line) => wanted.has(ownedPath(line) ?? ""));
  return lines.map(orderNames).sort(compareNames);
}

/** dpkg names the packages of a shared path in the order in which their lists lie on the disk. */
function orderNames(line: string): string {
  const colon = line.indexOf(": /");
  const names = line.slice(0, colon).split(", ");
  return names.length < 2 ? line : names.sort(compareNames).join(", ") + line.slice(colon);
}

/** The lines of all `.shlibs` files (deb-shlibs(5)). */
function* shlibs(closure: Closure, tracker: Tracker): Steps<string[]> {
  const info = closure.visit(DPKG_INFO);
  if (info === null) return [];
  const lines: string[] = [];
  for (const path of tracker.peekList(info)) {
    yield;
    const name = /\/([^/]+)\.shlibs$/.exec(path)?.[1];
    if (name === undefined || tracker.peekType(path) !== "file") continue;
    const text = tracker.wholeOf(path, MAX_TEXT);
    for (const line of (text === null ? "" : decodeName(text)).split("\n"))
      if (/^[^#\s]/.test(line)) lines.push(`${name}: ${line}`);
  }
  return sortByName(lines, (line) => line);
}
