import {
  type Check,
  list,
  nullable,
  numberIn,
  oneOf,
  pathText,
  Refusal,
  record,
  text,
  textMap,
} from "../base/check.ts";
import { MsbDepsError } from "../base/errors.ts";
import { compareNames } from "../base/names.ts";
import type { ByteRange, DpkgFacts, FileFact, FileType, ImageFacts, LoaderQuestion, Snapshot } from "./snapshot.ts";

const TYPES: readonly FileType[] = ["file", "directory", "symlink", "fifo", "socket", "character", "block", "absent"];
const MOST = Number.MAX_SAFE_INTEGER;

/** A snapshot as a file: JSON, one entry a line, the same bytes for the same snapshot. */
export function writeSnapshot(snapshot: Snapshot): string {
  const lines = Object.entries(snapshotOf(snapshot, "")).map(([name, value]) => {
    return `${JSON.stringify(name)}: ${Array.isArray(value) ? writeList(value, "  ") : writeValue(value)}`;
  });
  return `{\n${lines.join(",\n")}\n}\n`;
}

function writeValue(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => {
    return `  ${JSON.stringify(name)}: ${Array.isArray(field) ? writeList(field, "    ") : JSON.stringify(field)}`;
  });
  return `{\n${fields.join(",\n")}\n}`;
}

function writeList(values: readonly unknown[], indent: string): string {
  if (values.length === 0) return "[]";
  return `[\n${values.map((value) => indent + JSON.stringify(value)).join(",\n")}\n${indent.slice(2)}]`;
}

/**
 * Reads what {@link writeSnapshot} wrote. A file from elsewhere is judged field by field: what is wrong is named with
 * its place, and fields that this version does not know are left out.
 *
 * @param name what to call the file in messages
 */
export function readSnapshot(json: string, name: string): Snapshot {
  try {
    return snapshotOf(JSON.parse(json), "");
  } catch (cause) {
    if (!(cause instanceof Refusal) && !(cause instanceof SyntaxError)) throw cause;
    const what = cause instanceof Refusal ? cause.message : `it is not JSON (${cause.message})`;
    throw new MsbDepsError("snapshot-invalid", `${name} is not a snapshot of msb-deps: ${what}.`, {
      hint: "Make it anew with --save-snapshot, by this version of msb-deps.",
      cause,
    });
  }
}

const image: Check<ImageFacts> = (value, at) => {
  const o = record(value, at);
  return {
    os: text(o.os, `${at}.os`),
    architecture: text(o.architecture, `${at}.architecture`),
    variant: nullable(text)(o.variant, `${at}.variant`),
    env: list(text)(o.env, `${at}.env`),
    workingDir: text(o.workingDir, `${at}.workingDir`),
    user: text(o.user, `${at}.user`),
    entrypoint: list(text)(o.entrypoint, `${at}.entrypoint`),
    cmd: list(text)(o.cmd, `${at}.cmd`),
  };
};

const base64: Check<string> = (value, at) => {
  const it = text(value, at);
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(it))
    throw new Refusal(at, "is not base64");
  return it;
};

const range: Check<ByteRange> = (value, at) => {
  if (!Array.isArray(value) || value.length !== 2) throw new Refusal(at, "is not a pair [offset, base64]");
  return [numberIn(0, MOST)(value[0], `${at}[0]`), base64(value[1], `${at}[1]`)];
};

/** Judges a value as what is known of a file. */
export const fileFact: Check<FileFact> = (value, at) => {
  const o = record(value, at);
  const fact: FileFact = {
    path: pathText(o.path, `${at}.path`),
    type: oneOf(TYPES)(o.type, `${at}.type`),
    mode: numberIn(0, 0o7777)(o.mode, `${at}.mode`),
    uid: numberIn(0, MOST)(o.uid, `${at}.uid`),
    gid: numberIn(0, MOST)(o.gid, `${at}.gid`),
    size: numberIn(0, MOST)(o.size, `${at}.size`),
    ...(o.target === undefined ? {} : { target: text(o.target, `${at}.target`) }),
    ...(o.ranges === undefined ? {} : { ranges: list(range)(o.ranges, `${at}.ranges`) }),
    ...(o.sonameStrings === undefined ? {} : { sonameStrings: list(text)(o.sonameStrings, `${at}.sonameStrings`) }),
  };
  if ((fact.type === "symlink") !== (fact.target !== undefined)) throw new Refusal(at, "a symlink alone has a target");
  let end = 0;
  for (const [offset, bytes] of fact.ranges ?? []) {
    if (offset < end) throw new Refusal(`${at}.ranges`, "are not in order");
    end = offset + Buffer.byteLength(bytes, "base64");
  }
  if (end > fact.size) throw new Refusal(`${at}.ranges`, "reach behind the file's end");
  return fact;
};

const question: Check<LoaderQuestion> = (value, at) => {
  const o = record(value, at);
  return {
    asked: pathText(o.asked, `${at}.asked`),
    files: list(pathText)(o.files, `${at}.files`),
    loader: pathText(o.loader, `${at}.loader`),
    exit: nullable(numberIn(0, 255))(o.exit, `${at}.exit`),
    output: text(o.output, `${at}.output`),
    errors: text(o.errors, `${at}.errors`),
  };
};

const unreadable: Check<Snapshot["unreadable"][number]> = (value, at) => {
  const o = record(value, at);
  return { path: pathText(o.path, `${at}.path`), reason: text(o.reason, `${at}.reason`) };
};

const dpkg: Check<DpkgFacts> = (value, at) => {
  const o = record(value, at);
  return {
    architecture: text(o.architecture, `${at}.architecture`),
    foreignArchitectures: list(text)(o.foreignArchitectures, `${at}.foreignArchitectures`),
    packages: list(textMap)(o.packages, `${at}.packages`),
    owners: list(text)(o.owners, `${at}.owners`),
    shlibs: list(text)(o.shlibs, `${at}.shlibs`),
    ...(o.automatic === undefined ? {} : { automatic: list(text)(o.automatic, `${at}.automatic`) }),
  };
};

/** Judges a value as a snapshot, field by field. */
export const snapshotOf: Check<Snapshot> = (value) => {
  const o = record(value, "");
  if (o.snapshotVersion !== 1) throw new Refusal("snapshotVersion", "is not 1, the version that is understood here");
  const files = list(fileFact)(o.files, "files");
  files.forEach(({ path }, index) => {
    const before = files[index - 1];
    if (before !== undefined && compareNames(before.path, path) >= 0) {
      throw new Refusal(`files[${index}]`, "is not sorted by path");
    }
  });
  return {
    snapshotVersion: 1,
    image: image(o.image, "image"),
    osRelease: nullable(text)(o.osRelease, "osRelease"),
    artifactPaths: list(pathText)(o.artifactPaths, "artifactPaths"),
    files,
    listed: list(pathText)(o.listed, "listed"),
    unreadable: list(unreadable)(o.unreadable, "unreadable"),
    questions: list(question)(o.questions, "questions"),
    loaderCache: nullable(base64)(o.loaderCache, "loaderCache"),
    dpkg: nullable(dpkg)(o.dpkg, "dpkg"),
  };
};
