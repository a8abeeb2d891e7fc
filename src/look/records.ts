import { MsbDepsError } from "../base/errors.ts";

/** One record of the script's answer. */
export interface LookRecord {
  readonly key: string;
  readonly payload: Buffer;
}

/** Longest `KEY SP LENGTH LF`. */
const MAX_HEAD = 32;

/**
 * Takes the script's answer apart: `KEY SP LENGTH LF PAYLOAD LF`, the last one `end`. What does not have this form, or
 * stops before `end`, is refused: a part of an answer must not pass for the whole.
 */
export function* parseRecords(bytes: Buffer): Generator<LookRecord> {
  for (let at = 0; at < bytes.length; ) {
    const headEnd = bytes.indexOf(0x0a, at);
    if (headEnd < 0 || headEnd - at > MAX_HEAD) throw broken(at, "a record without a header");
    const head = /^([a-z]+) (0|[1-9][0-9]{0,9})$/.exec(bytes.toString("latin1", at, headEnd));
    if (head === null) throw broken(at, "a record with a malformed header");
    const [, key = "", length = ""] = head;
    const end = headEnd + 1 + Number(length);
    if (bytes[end] !== 0x0a) throw broken(at, `a truncated record "${key}"`);
    at = end + 1;
    if (key === "end") {
      if (at !== bytes.length) throw broken(at, "bytes after the end");
      return;
    }
    yield { key, payload: bytes.subarray(headEnd + 1, end) };
  }
  throw broken(bytes.length, "no end");
}

/** The fields of a payload that are divided by NUL; the last one takes all that is left. */
export function splitFields(payload: Buffer, count: number): Buffer[] {
  const fields: Buffer[] = [];
  let at = 0;
  while (fields.length < count - 1) {
    const nul = payload.indexOf(0, at);
    if (nul < 0) throw broken(at, `a record of ${fields.length + 1} fields instead of ${count}`);
    fields.push(payload.subarray(at, nul));
    at = nul + 1;
  }
  fields.push(payload.subarray(at));
  return fields;
}

/** The error for an answer that is not whole. */
export function broken(at: number, what: string): MsbDepsError {
  return new MsbDepsError("look-failed", `incomplete answer from inside the image: ${what} at byte ${at}.`, {
    hint: "Try again. If the error persists, the image's perl may be damaged; otherwise report it.",
  });
}
