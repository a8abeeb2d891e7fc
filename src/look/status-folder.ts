import { compareNames, decodeName } from "../base/names.ts";
import type { Stanza } from "../debian/control.ts";
import { bothSpellings } from "../debian/spellings.ts";
import type { DpkgFacts } from "../snapshot/snapshot.ts";
import type { Closure } from "./closure.ts";
import { parseStatus } from "./status.ts";
import type { Tracker } from "./tracker.ts";

const STATUS_FOLDER = "/var/lib/dpkg/status.d";
const MAX_TEXT = 4 * 1024 * 1024;

/**
 * The packages of a distroless image: it has no dpkg and no status file, but of each package its control stanza in
 * `status.d/NAME` and its files in `status.d/NAME.md5sums` (GoogleContainerTools/distroless, rules_distroless).
 */
export function statusFolder(closure: Closure, tracker: Tracker): DpkgFacts | null {
  const folder = closure.visit(STATUS_FOLDER);
  if (folder === null || tracker.peekType(folder) !== "directory") return null;
  const packages: Stanza[] = [];
  const owners = new Set<string>();
  const wanted = new Set([...closure.owned].flatMap((path) => bothSpellings(path)));
  for (const path of tracker.peekList(folder)) {
    if (tracker.peekType(path) !== "file") continue;
    const bytes = tracker.wholeOf(path, MAX_TEXT);
    const text = bytes === null ? "" : decodeName(bytes);
    const name = path.slice(folder.length + 1);
    if (name.endsWith(".md5sums")) ownersIn(text, name.slice(0, -".md5sums".length), wanted, owners);
    // They are installed, though they have no Status of their own.
    else packages.push(...parseStatus(text).map((stanza) => ({ ...stanza, Status: "install ok installed" })));
  }
  if (packages.length === 0) return null;
  const architecture = packages.find((one) => one.Architecture !== "all")?.Architecture ?? "";
  const sorted = packages.sort((a, b) => compareNames(a.Package ?? "", b.Package ?? ""));
  return {
    architecture,
    foreignArchitectures: [],
    packages: sorted,
    owners: [...owners].sort(compareNames),
    shlibs: [],
  };
}

/** `HASH  usr/lib/…` lines (deb-md5sums(5)) as those of `dpkg -S`. */
function ownersIn(text: string, name: string, wanted: ReadonlySet<string>, into: Set<string>): void {
  for (const [, path = ""] of text.matchAll(/^[0-9a-f]{32} {2}(?:\.?\/)?(.+)$/gm)) {
    if (wanted.has(`/${path}`)) into.add(`${name}: /${path}`);
  }
}
