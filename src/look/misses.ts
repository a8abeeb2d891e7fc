import type { Span } from "../elf/source.ts";
import type { ArchiveKind } from "./archives/kinds.ts";
import { unopened } from "./archives/members.ts";
import type { Observations } from "./observations.ts";

/** What a snapshot needs and was not looked at yet. */
export interface Misses {
  readonly stats: Set<string>;
  readonly lists: Set<string>;
  readonly reads: Map<string, Span[]>;
  /** Questions of the loader, by `loader NUL file`. */
  readonly asks: Map<string, { readonly loader: string; readonly file: string }>;
  readonly owners: Set<string>;
  /** Files whose string literals are to be searched. */
  readonly strings: Set<string>;
  /** Archives that were not opened, with their kinds. */
  readonly archives: Map<string, ArchiveKind>;
}

export function isComplete(misses: Misses): boolean {
  const { stats, lists, reads, asks, owners, strings, archives } = misses;
  return stats.size + lists.size + reads.size + asks.size + owners.size + strings.size + archives.size === 0;
}

/**
 * Puts an end to looks that always lead to another one, as those at damaged files can be made to: what is missed now
 * counts as unreadable, and all else stands.
 */
export function giveUp(misses: Misses, into: Observations, rounds: number): void {
  const reason = `not inspected: reaching it took more than ${rounds} rounds`;
  for (const path of [...misses.stats, ...misses.lists, ...misses.reads.keys(), ...misses.strings])
    into.addFailure(path, reason);
  for (const path of misses.archives.keys()) into.addArchive(path, unopened("other", reason), 0);
  for (const { loader, file } of misses.asks.values())
    into.addAnswer(loader, file, { exit: null, output: "", errors: "" });
  if (misses.owners.size > 0) into.addFailure("/var/lib/dpkg", `the owners of some files are not known: ${reason}`);
  into.addAsked(misses.owners);
}
