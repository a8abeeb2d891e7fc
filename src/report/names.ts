import { encodeName, isUtf8Name } from "../base/names.ts";

/**
 * A name out of an image as one line of printable text: control characters (a terminal would obey them, a newline would
 * end a Dockerfile comment) and bytes that are not UTF-8 as `\xNN`, a backslash doubled only where that is needed to
 * tell the two apart.
 */
export function printable(name: string): string {
  if (!needsEscape(name)) return name;
  let text = "";
  for (const char of name) {
    const code = char.codePointAt(0) ?? 0;
    if (char === "\\") text += "\\\\";
    else if (isUnsafe(code))
      text += [...encodeName(char)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
    else text += char;
  }
  return text;
}

function needsEscape(name: string): boolean {
  for (const char of name) if (isUnsafe(char.codePointAt(0) ?? 0)) return true;
  return false;
}

/** C0 and C1 controls, DEL, line and paragraph separators, direction overrides, and escaped bytes. */
function isUnsafe(code: number): boolean {
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return true;
  if (code === 0x2028 || code === 0x2029 || (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069))
    return true;
  return code >= 0xdc80 && code <= 0xdcff;
}

/** `{ path }`, with `pathBase64` beside it where the name's bytes are not UTF-8. */
export function pathFields(path: string): { path: string; pathBase64?: string } {
  if (isUtf8Name(path)) return { path };
  return { path: printable(path), pathBase64: encodeName(path).toString("base64") };
}
