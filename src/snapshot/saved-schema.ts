import * as v from "valibot";
import { compareNames } from "../base/names.ts";
import { list, numberIn, object, oneOf, pathText, type Schema, text, textMap, versionOne } from "../base/schema.ts";
import type {
  ArchiveFact,
  ByteRange,
  DpkgFacts,
  FileFact,
  FileType,
  ImageFacts,
  LoaderQuestion,
  Snapshot,
} from "./snapshot.ts";

const TYPES: readonly FileType[] = ["file", "directory", "symlink", "fifo", "socket", "character", "block", "absent"];
const MAX = Number.MAX_SAFE_INTEGER;

const image = object<ImageFacts>({
  os: text,
  architecture: text,
  variant: v.nullable(text),
  env: list(text),
  workingDir: text,
  user: text,
  entrypoint: list(text),
  cmd: list(text),
});

const base64 = v.pipe(
  text,
  v.regex(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/, "is not base64"),
);

const range: Schema<ByteRange> = v.strictTuple([numberIn(0, MAX), base64], "is not a pair [offset, base64]");

/** The fields of a file; {@link fileFact} checks how they fit together. */
const fileFields = object<FileFact>({
  path: pathText,
  type: oneOf(TYPES),
  mode: numberIn(0, 0o7777),
  uid: numberIn(0, MAX),
  gid: numberIn(0, MAX),
  size: numberIn(0, MAX),
  target: v.exactOptional(text),
  ranges: v.exactOptional(list(range)),
  sonameStrings: v.exactOptional(list(text)),
  archive: v.exactOptional(
    object<ArchiveFact>({
      kind: oneOf(["zip", "tar", "deb", "other"]),
      failure: v.nullable(text),
      nested: list(pathText),
      control: v.exactOptional(textMap),
    }),
  ),
  inside: v.exactOptional(pathText),
  openers: v.exactOptional(list(text)),
  imports: v.exactOptional(list(text)),
});

/** What is known of a file. */
export const fileFact: Schema<FileFact> = v.pipe(
  fileFields,
  v.check(
    ({ type, target }) => (type === "symlink") === (target !== undefined),
    "has a target but is not a symlink, or the reverse",
  ),
  v.check(rangesInOrder, "has unsorted ranges"),
  v.check((fact) => lastByte(fact) <= fact.size, "has ranges after the end of the file"),
);

function rangesInOrder({ ranges = [] }: FileFact): boolean {
  return ranges.every(([offset], index) => offset >= endOf(ranges[index - 1]));
}

function lastByte({ ranges = [] }: FileFact): number {
  return endOf(ranges.at(-1));
}

function endOf(one: ByteRange | undefined): number {
  return one === undefined ? 0 : one[0] + Buffer.byteLength(one[1], "base64");
}

const question = object<LoaderQuestion>({
  asked: pathText,
  files: list(pathText),
  loader: pathText,
  exit: v.nullable(numberIn(0, 255)),
  output: text,
  errors: text,
});

const dpkg = object<DpkgFacts>({
  architecture: text,
  foreignArchitectures: list(text),
  packages: list(textMap),
  owners: list(text),
  shlibs: list(text),
  automatic: v.exactOptional(list(text)),
});

const sortedFiles: Schema<readonly FileFact[]> = v.pipe(
  list(fileFact),
  v.check(
    (files) => files.every(({ path }, index) => index === 0 || compareNames(files[index - 1]?.path ?? "", path) < 0),
    "are not sorted by path",
  ),
);

/** A whole snapshot. */
export const snapshotSchema = object<Snapshot>({
  snapshotVersion: versionOne,
  image,
  osRelease: v.nullable(text),
  artifactPaths: list(pathText),
  files: sortedFiles,
  listed: list(pathText),
  unreadable: list(object<Snapshot["unreadable"][number]>({ path: pathText, reason: text })),
  questions: list(question),
  loaderCache: v.nullable(base64),
  dpkg: v.nullable(dpkg),
});
