import { encodeName, isUtf8Name } from "../base/names.ts";

/**
 * A name out of an image as one line of printable text: control characters (a terminal would obey them, a newline would
 * end a Dockerfile comment) and bytes that are not UTF-8 as `\xNN`, a backslash doubled only where that is needed to
 * tell the two apart.
 */
export function printable(name: string): string {
  return hasUnsafe(name) ? escapeUnsafe(name.replaceAll("\\", "\\\\")) : name;
}

/**
 * Characters that a terminal or a reader could take for something else than a part of the text: C0 and C1 controls,
 * DEL, line and paragraph separators, direction controls (UAX #9, Bidi_Control), and lone surrogates, which stand for
 * bytes that are not UTF-8.
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}]/gu;

/** Whether a text has a character that {@link escapeUnsafe} would escape. */
export function hasUnsafe(text: string): boolean {
  return text.search(UNSAFE) !== -1;
}

/** The text with the bytes of each unsafe character as `\\xNN`; a newline too, so it stays one line. */
export function escapeUnsafe(text: string): string {
  return text.replace(UNSAFE, (char) =>
    [...encodeName(char)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join(""),
  );
}

/** `{ path }`, with `pathBase64` beside it where the name's bytes are not UTF-8. */
export function pathFields(path: string): { path: string; pathBase64?: string } {
  if (isUtf8Name(path)) return { path };
  return { path: printable(path), pathBase64: encodeName(path).toString("base64") };
}
