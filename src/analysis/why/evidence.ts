import type { Analysis } from "../model.ts";
import type { ArtifactTree, FilePlace, PackageStory, StoryStatus, Why } from "./model.ts";

/** What `why` can be asked about a run. */
export interface Evidence {
  readonly source: Why["source"];
  readonly analysis: Pick<
    Analysis,
    "complete" | "runtime" | "missing" | "suggested" | "dropped" | "notes" | "artifacts" | "packages"
  >;
  /** The trees of all artifacts, whole, none of them matched yet. */
  trees(): Iterable<ArtifactTree>;
  /** The packages that a name means: `name` or `name:arch`. */
  packagesNamed(name: string): readonly { readonly word: string; readonly matched: PackageStory["matched"] }[];
  /** The story of a package, by the word that apt-get knows it by. */
  story(word: string, matched: PackageStory["matched"]): PackageStory;
  places(name: string): readonly FilePlace[];
  broughtBy(name: string): readonly string[];
  /** All names that could have been meant. */
  names(): Iterable<string>;
}

/** The status of a package by its word. */
export type StatusOf = (word: string) => StoryStatus;
