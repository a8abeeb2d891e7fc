import { decodeName } from "../base/names.ts";
import { basename } from "../base/paths.ts";
import type { Steps } from "../base/steps.ts";
import { MAX_MENTIONS, namesOfMentions, OPENERS } from "../snapshot/library-names.ts";
import type { FileType } from "../snapshot/snapshot.ts";
import { addOwners } from "./list-owners.ts";
import type { Observations } from "./observations.ts";
import { broken, type LookRecord, splitFields } from "./records.ts";
import { MAX_NAMES } from "./soname-strings.ts";

const TYPES: Readonly<Record<string, FileType>> = {
  f: "file",
  d: "directory",
  l: "symlink",
  p: "fifo",
  s: "socket",
  c: "character",
  b: "block",
  absent: "absent",
};

/** Adds what the script's records tell. */
export function* observeRecords(records: Iterable<LookRecord>, into: Observations): Steps<void> {
  const lists = new Map<string, readonly string[]>();
  for (const { key, payload } of records) {
    yield;
    if (key === "owned") {
      const [list, lines] = splitFields(payload, 2).map(decodeName);
      lists.set(list ?? "", lines?.split("\n") ?? []);
    } else observeRecord(key, payload, into);
  }
  if (lists.size > 0)
    yield* addOwners(
      into,
      (list) => lists.get(basename(list)) ?? [],
      () => true,
    );
}

/** The parts between some bytes, one after the other: a hostile answer may have any number of them. */
function* split(bytes: Buffer, mark: number): Generator<Buffer> {
  for (let start = 0; start <= bytes.length; ) {
    const found = bytes.indexOf(mark, start);
    const end = found < 0 ? bytes.length : found;
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}

function observeRecord(key: string, payload: Buffer, into: Observations): void {
  if (key === "file") observeFile(payload, into);
  else if (key === "list") into.addListing(decodeName(payload));
  else if (key === "bytes") observeBytes(payload, into);
  else if (key === "asked") for (const name of split(payload, 0)) into.addAskedNames([decodeName(name)]);
  else if (key === "strings") {
    const [path = "", ...names] = decodeName(payload).split("\0", MAX_NAMES + OPENERS.length + 1);
    into.addStrings(path, names);
  } else if (key === "mentions") {
    const [path = "", ...mentions] = payload.toString("latin1").split("\0", MAX_MENTIONS + 1);
    into.addStrings(decodeName(Buffer.from(path, "latin1")), namesOfMentions(mentions));
  } else if (key === "answer") observeAnswer(payload, into);
  else if (key === "lookup") observeLookup(payload, into);
  else if (key === "fail") {
    const [path = "", reason = ""] = splitFields(payload, 2).map(decodeName);
    into.addFailure(path, reason);
  } else throw broken(0, `an unknown record "${key}"`);
}

function observeFile(payload: Buffer, into: Observations): void {
  const [head, rest] = splitFields(payload, 2).map(decodeName);
  const [letter = "", ...numbers] = (head ?? "").split(" ");
  const [mode, uid, gid, size] = numbers.map(Number);
  const [path = "", target] = (rest ?? "").split("\0");
  const type = TYPES[letter];
  if (type === undefined || !path.startsWith("/")) throw broken(0, "a malformed file record");
  const fields = { type, mode: mode ?? 0, uid: uid ?? 0, gid: gid ?? 0, size: size ?? 0 };
  into.addFile(path, target === undefined ? fields : { ...fields, target });
}

function observeBytes(payload: Buffer, into: Observations): void {
  const [path, spans, data] = splitFields(payload, 3);
  if (path === undefined || spans === undefined || data === undefined) throw broken(0, "a malformed bytes record");
  const name = decodeName(path);
  let at = 0;
  for (const span of spans.toString("latin1").split(",")) {
    const [offset = Number.NaN, length = Number.NaN] = span.split(":").map(Number);
    if (!(offset >= 0) || !(length >= 0) || at + length > data.length) throw broken(0, "a malformed bytes record");
    into.addBytes(name, offset, data.subarray(at, at + length));
    at += length;
  }
}

function observeAnswer(payload: Buffer, into: Observations): void {
  const [loader, file, exit, length, text] = splitFields(payload, 5);
  if (loader === undefined || file === undefined || text === undefined) throw broken(0, "a malformed answer");
  const code = exit?.toString("latin1") ?? "-";
  const split = Number(length?.toString("latin1"));
  into.addAnswer(decodeName(loader), decodeName(file), {
    exit: code === "-" ? null : Number(code),
    output: decodeName(text.subarray(0, split)),
    errors: decodeName(text.subarray(split)),
  });
}

function observeLookup(payload: Buffer, into: Observations): void {
  const [loader, length, text] = splitFields(payload, 3);
  if (loader === undefined || text === undefined) throw broken(0, "a malformed lookup");
  const split = Number(length?.toString("latin1"));
  into.addLookup(decodeName(loader), {
    output: decodeName(text.subarray(0, split)),
    errors: decodeName(text.subarray(split)),
  });
}
