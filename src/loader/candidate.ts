import type { ElfFacts } from "../elf/facts.ts";
import { realPathOf } from "../snapshot/path.ts";
import type { FileSystemView, ViewEntry } from "../snapshot/view.ts";
import { mismatch } from "./machine.ts";
import type { SkipReason } from "./settings.ts";

/** What comes of opening one path. */
export type Opening =
  | { readonly result: "opened"; readonly realPath: string; readonly entry: ViewEntry; readonly facts: ElfFacts }
  | { readonly result: "absent" }
  /** The loader goes on to the next place. */
  | { readonly result: "passed"; readonly reason: SkipReason }
  /** The loader gives up: what is there cannot be loaded. */
  | { readonly result: "failed"; readonly reason: SkipReason };

/**
 * Opens a candidate as the loader does (glibc elf/dl-load.c, open_verify and _dl_map_object_from_fd): one of another
 * class or machine is passed over, everything else that is wrong with it ends the search.
 */
export function openCandidate(view: FileSystemView, path: string, wanted: ElfFacts): Opening {
  const found = realPathOf(view, path);
  if (found.status === "unknown") return { result: "passed", reason: "unknown" };
  if (found.status === "absent") return { result: "absent" };
  // Such a link cannot be opened (ELOOP); the loader looks in the next list, in which we go through all that is left.
  if (found.status === "loop") return { result: "passed", reason: "not-a-file" };
  const { entry } = found;
  if (entry === null || entry.type !== "file") return { result: "failed", reason: "not-a-file" };
  const reading = entry.elf();
  if (reading.kind !== "elf") return { result: "failed", reason: reading.kind };
  const verdict = verify(wanted, reading.facts);
  return verdict ?? { result: "opened", realPath: found.path, entry, facts: reading.facts };
}

const DF_1_PIE = 0x0800_0000;

function verify(wanted: ElfFacts, facts: ElfFacts): Opening | null {
  if (wanted.class === facts.class && wanted.endian !== facts.endian) return { result: "failed", reason: "byte-order" };
  const other = mismatch(wanted, facts);
  if (other !== null) return { result: "passed", reason: other };
  if (facts.type !== "shared" && facts.type !== "executable") return { result: "failed", reason: "not-loadable" };
  if (facts.type === "executable" || (facts.flags1 & DF_1_PIE) !== 0) return { result: "failed", reason: "executable" };
  return facts.dynamic ? null : { result: "failed", reason: "no-dynamic-section" };
}
