import { Allowance } from "../base/allowance.ts";
import type { DlopenEntry } from "../elf/dlopen.ts";
import { MAX_STEPS } from "../loader/places.ts";
import { type Resolution, resolveProgram } from "../loader/resolve.ts";
import type { LoaderSettings } from "../loader/settings.ts";
import type { FileSystemView } from "../snapshot/view.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import type { BuilderScene } from "./scene.ts";

/** A library that a file opens by itself, and what became of it. */
export interface DlopenChoice {
  readonly entry: DlopenEntry;
  /** The soname that will do, or, where none is found, the first; null for an entry that does not count as a need. */
  readonly soname: string | null;
}

/** Where names are looked for: in the runtime stage as it is known by now. */
interface Place {
  readonly view: FileSystemView;
  readonly path: string;
  readonly settings: LoaderSettings;
}

/**
 * Chooses one soname of each entry: the first that the loader finds at the destination, else the first that it finds in
 * the builder, and so can be provided. Entries add up, the sonames within one are alternatives (the UAPI group's "dlopen()
 * Metadata for ELF Files"). A required entry counts as a need whether or not it is found, a recommended one only where
 * the user wants it and it can be had.
 */
export function chooseOpened(
  entries: readonly DlopenEntry[],
  builder: BuilderScene,
  file: ArtifactFile,
  there: Place,
  withRecommended: boolean,
): DlopenChoice[] {
  return entries.map((entry) => {
    const counts = entry.priority === "required" || (entry.priority === "recommended" && withRecommended);
    if (!counts) return { entry, soname: null };
    const found = findAlternative(entry, builder, file, there);
    return { entry, soname: found ?? (entry.priority === "required" ? (entry.soname[0] ?? null) : null) };
  });
}

function findAlternative(entry: DlopenEntry, builder: BuilderScene, file: ArtifactFile, there: Place): string | null {
  const atDestination = openedBy(resolveProgram(there.view, there.path, { ...there.settings, opened: entry.soname }));
  const { allowance } = there.settings;
  const inBuilder = (): ReadonlySet<string> =>
    openedBy(openInBuilder(builder, file.fact.path, entry.soname, allowance));
  const first = (found: ReadonlySet<string>): string | undefined => entry.soname.find((name) => found.has(name));
  return first(atDestination) ?? first(inBuilder()) ?? null;
}

/** The names that are found. */
export function openedBy({ libraries }: Resolution): ReadonlySet<string> {
  return new Set(libraries.flatMap(({ soname, status }) => (status === "found" ? [soname] : [])));
}

/** What the builder's loader would do for a file that opens these. */
export function openInBuilder(
  { image: { view, cache } }: BuilderScene,
  path: string,
  opened: readonly string[],
  allowance: Allowance = new Allowance(MAX_STEPS, { left: 0 }),
): Resolution {
  return resolveProgram(view, path, { cache, programOrigin: "given", opened, allowance });
}
