import type { FileResults } from "../report/file-results.ts";
import type { Held } from "./config/hold.ts";
import type { Target } from "./files/target.ts";
import type { Io, ShowOptions } from "./options.ts";

/** What is run over: Dockerfiles, each on every platform. */
export interface Many {
  readonly targets: readonly Target[];
  /** Empty: that of the engine. */
  readonly platforms: readonly string[];
  /** How many are worked on at once. */
  readonly jobs: number;
}

/** What a command came to for one Dockerfile. */
export interface Outcome<Document> {
  readonly document: Document;
  readonly exitCode: number;
}

/** What is done with each Dockerfile of a run, and how it is told. */
export interface ManyWork<Document> {
  readonly run: (held: Held, show: ShowOptions, io: Io, target: Target) => Promise<Outcome<Document>>;
  /** What the line of progress says of a result. */
  readonly brief: (document: Document) => string;
  /** The last lines on standard error. */
  readonly summary: (results: FileResults<Document>) => readonly string[];
}
