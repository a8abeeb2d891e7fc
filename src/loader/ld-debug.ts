/** One search of the loader for a library, as LD_DEBUG=files,libs tells it. */
export interface LibrarySearch {
  /** What was asked for: a soname or a path. */
  readonly name: string;
  /** `opened`: by dlopen(3) · `needed`: by a DT_NEEDED entry. */
  readonly why: "opened" | "needed";
  /** Who asks: a path, or the first word of its command line for a program. */
  readonly by: string;
  /** The files that were tried, in order. */
  readonly tried: readonly string[];
  /** The file that was mapped; null where none was: it is not there, or was in memory already under another name. */
  readonly mapped: string | null;
}

/** A program's own output may hold anything; of one process no more than this is taken. */
const MAX_SEARCHES = 20_000;
const MAX_TRIED = 1_000;

/** `file=libz.so.1 [0];  dynamically loaded by /usr/bin/x [0]` (glibc elf/dl-load.c and elf/dl-deps.c). */
const ASKED = / \[\d+\];\s+(dynamically loaded|needed) by /g;
const BY = / \[\d+\](?: \(relocation dependency\))?$/;
const TRYING = /^\s+trying file=(.+)$/;
const MAPPED = /^file=(.+) \[\d+\];\s+generating link map$/;

/**
 * Reads what the loader wrote for one process with LD_DEBUG=files,libs (ld.so(8)). Lines begin with the process id and a
 * tab; all others are not the loader's. Whoever wrote the text may have invented it: names are names, not proof.
 */
export function parseLoaderDebug(text: string): LibrarySearch[] {
  const searches: (LibrarySearch & { tried: string[]; mapped: string | null })[] = [];
  for (const line of text.split("\n")) {
    const said = /^\s*\d+:\t(.*)$/.exec(line)?.[1];
    if (said === undefined) continue;
    const asked = askedIn(said);
    if (asked !== null) {
      if (searches.length >= MAX_SEARCHES) break;
      searches.push({ ...asked, tried: [], mapped: null });
      continue;
    }
    const last = searches.at(-1);
    const tried = TRYING.exec(said)?.[1];
    if (tried !== undefined) {
      if (last !== undefined && last.tried.length < MAX_TRIED) last.tried.push(tried);
    } else if (last !== undefined && MAPPED.exec(said)?.[1] === last.name) last.mapped = last.tried.at(-1) ?? last.name;
  }
  return searches;
}

/** In linear time, whatever the line: a name may look like the line's own words, so the last ones count. */
function askedIn(said: string): Pick<LibrarySearch, "name" | "why" | "by"> | null {
  const end = BY.exec(said)?.index;
  if (end === undefined || !said.startsWith("file=")) return null;
  let found: RegExpExecArray | null = null;
  for (const next of said.slice(0, end).matchAll(ASKED)) found = next;
  if (found === null) return null;
  const [mark, how] = found;
  const [name, by] = [said.slice("file=".length, found.index), said.slice(found.index + mark.length, end)];
  return name === "" || by === "" ? null : { name, why: how === "needed" ? "needed" : "opened", by };
}
