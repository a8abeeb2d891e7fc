/**
 * File names in an image may hold any byte but NUL and `/`. Inside the program they are strings: UTF-8 where the bytes
 * are valid UTF-8, and for each byte that is not, one lone low surrogate U+DC80..U+DCFF (the "surrogateescape" scheme
 * of PEP 383). The way back gives the very same bytes.
 */
export function decodeName(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = buffer.toString("utf8");
  if (!text.includes("\ufffd")) return text;
  // Code units one by one into one array: linear, whatever the bytes are.
  const units = new Uint16Array(buffer.length);
  let end = 0;
  for (let at = 0; at < buffer.length; end += 1) {
    const lead = buffer[at] ?? 0;
    const length = lead < 0x80 ? 1 : validSequence(buffer, at);
    const code = length > 0 ? codePoint(buffer, at, length) : 0xdc00 + lead;
    if (code > 0xffff) units[end++] = 0xd7c0 + (code >> 10);
    units[end] = code > 0xffff ? 0xdc00 + (code & 0x3ff) : code;
    at += Math.max(length, 1);
  }
  return Buffer.from(units.buffer, 0, 2 * end).toString("utf16le");
}

/** The bytes of a name that {@link decodeName} gave. */
export function encodeName(name: string): Buffer {
  if (!/[\udc80-\udcff]/.test(name)) return Buffer.from(name, "utf8");
  const parts: Buffer[] = [];
  for (const char of name) {
    const code = char.codePointAt(0) ?? 0;
    parts.push(code >= 0xdc80 && code <= 0xdcff ? Buffer.from([code - 0xdc00]) : Buffer.from(char, "utf8"));
  }
  return Buffer.concat(parts);
}

/** True where the name's bytes are valid UTF-8. */
export function isUtf8Name(name: string): boolean {
  for (const char of name) {
    const code = char.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) return false;
  }
  return true;
}

/** Orders names by their bytes, as `LC_ALL=C sort` does. */
export function compareNames(a: string, b: string): number {
  if (a === b) return 0;
  // UTF-16 order is byte order as long as no surrogate takes part.
  if (!/[\ud800-\udfff]/.test(a) && !/[\ud800-\udfff]/.test(b)) return a < b ? -1 : 1;
  return Buffer.compare(encodeName(a), encodeName(b));
}

/** Sorts by names in the order of their bytes, in place. */
export function sortByName<T>(items: T[], nameOf: (item: T) => string): T[] {
  // Hardly any list has a name for which it matters, and then the texts themselves can be compared.
  const isPlain = items.every((item) => !/[\ud800-\udfff]/.test(nameOf(item)));
  if (!isPlain) return items.sort((a, b) => compareNames(nameOf(a), nameOf(b)));
  return items.sort((a, b) => {
    const [one, other] = [nameOf(a), nameOf(b)];
    return one < other ? -1 : one > other ? 1 : 0;
  });
}

/** The code point of a valid UTF-8 sequence. */
function codePoint(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] ?? 0;
  if (length === 1) return lead;
  let code = lead & (0xff >> (length + 1));
  for (let offset = 1; offset < length; offset += 1) code = (code << 6) | ((bytes[at + offset] ?? 0) & 0x3f);
  return code;
}

/** The length of the valid UTF-8 sequence at an offset (Unicode, table 3-7), or 0. */
function validSequence(bytes: Uint8Array, at: number): number {
  const b = (offset: number): number => bytes[at + offset] ?? 0;
  const tail = (offset: number, low = 0x80, high = 0xbf): boolean => b(offset) >= low && b(offset) <= high;
  const lead = b(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const low = lead === 0xe0 ? 0xa0 : 0x80;
    const high = lead === 0xed ? 0x9f : 0xbf;
    return tail(1, low, high) && tail(2) ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const low = lead === 0xf0 ? 0x90 : 0x80;
    const high = lead === 0xf4 ? 0x8f : 0xbf;
    return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
  }
  return 0;
}
