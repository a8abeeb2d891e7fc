import { escapeUnsafe } from "./names.ts";

/** What a result is, which decides how it is made safe to write. */
export type ResultKind =
  /** Lines for people: control characters are escaped. */
  | "text"
  /** JSON: control characters that it allows within strings are escaped as `\uNNNN`. */
  | "json"
  /** A file of the user's, or a diff of one: its bytes matter, so they are escaped for a terminal alone. */
  | "verbatim";

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

/** The schemes of URLs in which a name alone may be a token; for ssh it is only who logs in. */
const TOKEN_SCHEMES = /^(?:git\+)?(?:https?|git|ftp|tcp)$/i;

/**
 * The text without the user information of URLs (RFC 3986, 3.2.1): `https://***@host`. What follows a first colon is
 * taken up to the last `@` of the word, unless it is a port, as passwords are often given unencoded.
 */
export function withoutCredentials(text: string): string {
  return text
    .replace(
      /\b((?:git\+)?(?:https?|git|ftp|tcp|ssh):\/\/)[^\s/:@"'`<>]*:(?!\d+(?:[/?#,\s"'`<>]|$))[^\s"'`<>]*@/gi,
      "$1***@",
    )
    .replace(
      /\b((?:git\+)?(?:https?|git|ftp|tcp|ssh)):\/\/([^\s/?#"'`<>]*)@/gi,
      (whole, scheme: string, user: string) =>
        user.includes(":") || TOKEN_SCHEMES.test(scheme) ? `${scheme}://***@` : whole,
    );
}
