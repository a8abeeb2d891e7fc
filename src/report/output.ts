import { escapeUnsafe } from "./names.ts";

/** What a result is, which decides how it is made safe to write. */
export type ResultKind =
  /** Lines for people: control characters are escaped. */
  | "text"
  /** JSON: control characters that it allows within strings are escaped as `\uNNNN`. */
  | "json"
  /** A file of the user's, or a diff of one: its bytes matter, so they are escaped for a terminal alone. */
  | "verbatim";

/** The text of a format for people: every line is escaped, so that no name in it can begin a line of its own. */
export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${escapeUnsafe(line)}\n`).join("");
}

/** The text of a result as it is written to a file, a pipe or a terminal. */
export function encodeResult(text: string, kind: ResultKind, toTerminal: boolean): string {
  if (kind === "json") return escapeJson(text);
  if (kind === "text") return perLine(withoutCredentials(text), escapeUnsafe);
  return toTerminal ? perLine(text, escapeFileLine) : text;
}

/** Serialized JSON with every control and direction character, which it may only have within strings, as an escape. */
function escapeJson(text: string): string {
  return text.replace(
    /[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function perLine(text: string, change: (line: string) => string): string {
  return text.split("\n").map(change).join("\n");
}

/** Tabs indent, and a carriage return at the end is that of a CRLF file. */
function escapeFileLine(line: string): string {
  const [, body = "", end = ""] = /^(.*?)(\r?)$/s.exec(line) ?? [];
  return body.split("\t").map(escapeUnsafe).join("\t") + end;
}

const SCHEME = "\\b((?:git\\+)?(?:https?|git|ftp|tcp|ssh)://)";
/** A user and a password, which is often given unencoded: up to the last `@` of the word, unless the colon is before a port. */
const PASSWORD = new RegExp(`${SCHEME}[^\\s/:@"'\`<>]{0,300}:(?!\\d+(?:[/?#,\\s"'\`<>]|$))[^\\s"'\`<>]{0,1000}@`, "gi");
/** A token in the place of a user; for ssh a name alone is only who logs in. */
const TOKEN = new RegExp(`${SCHEME}(?<!ssh://)[^\\s/?#"'\`<>]{1,1000}@`, "gi");

/** The text without the user information of URLs (RFC 3986, 3.2.1): `https://***@host`. */
export function withoutCredentials(text: string): string {
  return text.includes("@") ? text.replace(PASSWORD, "$1***@").replace(TOKEN, "$1***@") : text;
}
