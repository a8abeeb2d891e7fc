/** Stands in the output where a secret's value would. */
const MASK = Buffer.from("***");

/** A shorter value would also hide what is none. */
const SHORTEST = 4;

/** Takes the values of secrets out of a stream of output, wherever its chunks are cut. */
export interface Masker {
  push(chunk: Uint8Array): Buffer;
  /** What was held back, as it could have been the beginning of a value. */
  end(): Buffer;
}

/**
 * The parts of a value that are hidden: it as a whole, each of its lines, which tools print one by one, and the forms in
 * which it goes into headers and URLs.
 */
export function maskedParts(values: readonly Uint8Array[]): readonly Buffer[] {
  const parts = values.flatMap((value) => {
    const text = Buffer.from(value).toString("latin1");
    const whole = text.trim();
    return [whole, ...text.split("\n").map((line) => line.trim()), ...inBase64(text, whole), ...inUrls(whole)];
  });
  const long = [...new Set(parts)].filter((part) => part.length >= SHORTEST);
  // The longest first: a line is part of the whole.
  return long.sort((a, b) => b.length - a.length).map((part) => Buffer.from(part, "latin1"));
}

/** The columns at which base64(1) and `openssl base64` break their lines. */
const BASE64_COLUMNS = [76, 64];

/**
 * Base64 of a value (RFC 4648, and its URL-safe alphabet) wherever it lies in what was encoded, as in the header
 * `Authorization: Basic` behind a user name: what of it does not depend on the bytes around it.
 */
function inBase64(text: string, whole: string): string[] {
  const bytes = Buffer.from(whole, "latin1");
  const anywhere = [0, 1, 2].map((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const partial = (before + bytes.length) % 3;
    return encoded.slice([0, 2, 3][before], partial === 0 ? undefined : -1);
  });
  const file = Buffer.from(text, "latin1").toString("base64");
  const lines = BASE64_COLUMNS.flatMap((columns) => file.match(new RegExp(`.{1,${columns}}`, "g")) ?? []);
  const all = [...anywhere, ...lines];
  return [...all, ...all.map((part) => part.replaceAll("+", "-").replaceAll("/", "_"))];
}

/**
 * The characters that ways of percent-encoding keep beside letters and digits: RFC 3986 (curl, Python, with and without
 * slashes), ECMAScript's encodeURIComponent and encodeURI, HTML forms.
 */
const KEPT_IN_URLS = ["-_.~", "-_.~/", "-_.~!'()*", "-_.~!'()*;/?:@&=+$,#", "-_.*"];

function inUrls(whole: string): string[] {
  return KEPT_IN_URLS.flatMap((kept) => {
    const encode = (char: string): string => `%${char.charCodeAt(0).toString(16).padStart(2, "0").toUpperCase()}`;
    const keep = (char: string): boolean => /[A-Za-z0-9]/.test(char) || kept.includes(char);
    const upper = [...whole].map((char) => (keep(char) ? char : encode(char))).join("");
    const lower = upper.replace(/%../g, (code) => code.toLowerCase());
    return [upper, lower, upper.replaceAll("%20", "+"), lower.replaceAll("%20", "+")];
  });
}

/** {@link maskedParts} of values that become known one by one, worked out anew only where there is a new one. */
export function hiddenParts(given: () => readonly Uint8Array[]): () => readonly Buffer[] {
  let [count, parts]: [number, readonly Buffer[]] = [0, []];
  return () => {
    const values = given();
    if (values.length !== count) [count, parts] = [values.length, maskedParts(values)];
    return parts;
  };
}

/** `known` is asked anew for each chunk: a value is known once a step has asked for it. */
export function masker(known: () => readonly Buffer[]): Masker {
  let held: Buffer = Buffer.alloc(0);
  return {
    push(chunk) {
      const parts = known();
      const all = masked(Buffer.concat([held, chunk]), parts);
      const keep = Math.max(0, ...parts.map((part) => overlap(all, part)));
      held = all.subarray(all.length - keep);
      return all.subarray(0, all.length - keep);
    },
    end() {
      const rest = held;
      held = Buffer.alloc(0);
      return rest;
    },
  };
}

function masked(bytes: Buffer, parts: readonly Buffer[]): Buffer {
  return parts.reduce((text, part) => {
    const pieces: Buffer[] = [];
    let at = 0;
    for (let hit = text.indexOf(part); hit !== -1; hit = text.indexOf(part, at)) {
      pieces.push(text.subarray(at, hit), MASK);
      at = hit + part.length;
    }
    return at === 0 ? text : Buffer.concat([...pieces, text.subarray(at)]);
  }, bytes);
}

/** How many bytes at the end of `text` are the beginning of `part`. */
function overlap(text: Buffer, part: Buffer): number {
  for (let length = Math.min(text.length, part.length - 1); length > 0; length--) {
    if (text.subarray(text.length - length).equals(part.subarray(0, length))) return length;
  }
  return 0;
}
