import { basename } from "../base/paths.ts";
import { parseListing } from "../loader/listing.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** What the builder's loader said of one file. */
export interface LoaderAnswer {
  /** By name asked for: the path opened, null where it was not found. */
  readonly libraries: ReadonlyMap<string, string | null>;
  /** Why there is no answer, or null. */
  readonly failure: string | null;
}

/** The loader's answers of a snapshot, by file. */
export function loaderAnswers(snapshot: Snapshot): ReadonlyMap<string, LoaderAnswer> {
  const answers = new Map<string, LoaderAnswer>();
  for (const question of snapshot.questions) {
    const libraries = new Map<string, string | null>();
    for (const line of parseListing(question.output)) {
      if (line.kind === "library") libraries.set(line.soname, line.path);
      else if (line.kind === "missing") libraries.set(line.soname, null);
      else if (line.kind === "object") libraries.set(line.path, line.path).set(basename(line.path), line.path);
    }
    const failure = question.exit === null ? question.errors : null;
    for (const file of question.files) answers.set(file, { libraries, failure });
  }
  return answers;
}
