import type { ElfFacts } from "./facts.ts";
import { MAX_DLOPEN_ENTRIES } from "./limits.ts";

/** One library that a program opens by itself, as its `.note.dlopen` says: any one of the sonames will do. */
export interface DlopenEntry {
  readonly soname: readonly string[];
  readonly feature: string | null;
  readonly description: string | null;
  readonly priority: "required" | "recommended" | "suggested";
}

export type DlopenReading =
  | { readonly kind: "entries"; readonly entries: readonly DlopenEntry[] }
  | { readonly kind: "damaged"; readonly reason: string };

/**
 * Parses the text of one note (the UAPI group's "dlopen() Metadata for ELF Files"): a JSON array of objects, whose
 * sonames are alternatives and whose priority is `recommended` where it is not given. A note that is not so, or that
 * has a priority which the specification does not know, is damaged as a whole: nothing is guessed from its rest.
 */
export function parseDlopenNote(text: string): DlopenReading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "damaged", reason: "it is not JSON" };
  }
  if (!Array.isArray(value)) return { kind: "damaged", reason: "it is not a list" };
  const entries: DlopenEntry[] = [];
  for (const item of value as readonly unknown[]) {
    const entry = entryOf(item);
    if (typeof entry === "string") return { kind: "damaged", reason: entry };
    entries.push(entry);
  }
  if (entries.length > MAX_DLOPEN_ENTRIES)
    return { kind: "damaged", reason: `it has more than ${MAX_DLOPEN_ENTRIES} entries` };
  return { kind: "entries", entries };
}

/** The entry, or what is wrong with it. */
function entryOf(item: unknown): DlopenEntry | string {
  if (typeof item !== "object" || item === null || Array.isArray(item)) return "an entry is not an object";
  const fields = item as Readonly<Record<string, unknown>>;
  const { soname, feature, description, priority = "recommended" } = fields;
  if (!isNames(soname)) return "an entry has no list of sonames";
  if (priority !== "required" && priority !== "recommended" && priority !== "suggested") {
    return "an entry has an unknown priority";
  }
  return { soname, feature: textOf(feature), description: textOf(description), priority };
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === "string" && one !== "");
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

/** What the notes of a file say; null for a note that cannot be read, with the reason. */
export function dlopenNotes(facts: ElfFacts | null): { entries: DlopenEntry[]; damage: string[] } {
  const readings = (facts?.dlopenNotes ?? []).map(parseDlopenNote);
  return {
    entries: readings.flatMap((one) => (one.kind === "entries" ? one.entries : [])),
    damage: readings.flatMap((one) => (one.kind === "damaged" ? [one.reason] : [])),
  };
}
