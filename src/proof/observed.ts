import { compareNames } from "../base/names.ts";
import { type LibrarySearch, parseLoaderDebug } from "../loader/ld-debug.ts";

/** What the processes of a command opened at run time, put together. */
export interface Observed {
  readonly opened: readonly { readonly path: string; readonly by: string }[];
  readonly unopened: readonly Unfound[];
}

/** A search that mapped nothing. */
export interface Unfound {
  readonly name: string;
  readonly by: string;
  /** Where it was looked for; the name itself where that is a path. */
  readonly tried: readonly string[];
}

/**
 * What was opened with dlopen(3), and what these libraries need in turn; what a program needs at its start is the
 * business of the proof itself. Searches without a map may still have found a file that was in memory already.
 */
export function observe(logs: readonly string[]): Observed {
  const opened = new Map<string, { path: string; by: string }>();
  const unopened = new Map<string, Unfound>();
  for (const log of logs) {
    const ours = new Set<string>();
    for (const search of parseLoaderDebug(log)) {
      if (search.why === "needed" && !ours.has(search.by)) continue;
      const { by, mapped, name } = search;
      if (mapped === null) unopened.set(`${name}\0${by}`, { name, by, tried: triedOf(search) });
      else {
        ours.add(mapped);
        if (!opened.has(mapped)) opened.set(mapped, { path: mapped, by });
      }
    }
  }
  // Another process may have found what one did not: with other search paths. Each is told for itself.
  return {
    opened: [...opened.values()].sort((a, b) => compareNames(a.path, b.path)),
    unopened: [...unopened.values()].sort((a, b) => compareNames(a.name, b.name) || compareNames(a.by, b.by)),
  };
}

function triedOf({ name, tried }: LibrarySearch): readonly string[] {
  const paths = tried.length === 0 ? [name] : tried;
  return paths.filter((path) => path.startsWith("/") && !path.includes("/../"));
}
