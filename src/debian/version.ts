/** A version in its three parts (deb-version(7)). */
export interface DebianVersion {
  readonly epoch: string;
  readonly upstream: string;
  readonly revision: string;
}

/**
 * Parts a version: `[epoch:]upstream[-revision]`, the epoch before the first colon, the revision behind the last
 * hyphen (deb-version(7)). A part in front of a colon that is no number is no epoch.
 */
export function parseVersion(text: string): DebianVersion {
  const version = text.trim();
  const colon = version.indexOf(":");
  const hasEpoch = colon > 0 && isDigits(version.slice(0, colon));
  const rest = hasEpoch ? version.slice(colon + 1) : version;
  const hyphen = rest.lastIndexOf("-");
  return {
    epoch: hasEpoch ? version.slice(0, colon) : "0",
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? "" : rest.slice(hyphen + 1),
  };
}

/** Orders two versions as dpkg does: negative, 0 or positive (deb-version(7), "Sorting algorithm"). */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const x = parseVersion(a);
  const y = parseVersion(b);
  return compareDigits(x.epoch, y.epoch) || comparePart(x.upstream, y.upstream) || comparePart(x.revision, y.revision);
}

/** Stretches of non-digits and of digits take turns; a missing revision equals `0`. */
function comparePart(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    while ((i < a.length && !isDigit(a.charCodeAt(i))) || (j < b.length && !isDigit(b.charCodeAt(j)))) {
      const difference = weight(a, i) - weight(b, j);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
    const endA = digitsEnd(a, i);
    const endB = digitsEnd(b, j);
    const difference = compareDigits(a.slice(i, endA), b.slice(j, endB));
    if (difference !== 0) return difference;
    i = endA;
    j = endB;
  }
  return 0;
}

/** `~` sorts before the end of the part, the end before letters, letters before everything else. */
function weight(text: string, at: number): number {
  if (at >= text.length) return 0;
  const code = text.charCodeAt(at);
  if (isDigit(code)) return 0;
  if (code === 0x7e) return -1;
  const letter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a && code < 0x80;
  return letter ? code : code + 256;
}

/** Digits are numbers of any length: without leading zeros the longer one is the greater one. */
function compareDigits(a: string, b: string): number {
  const x = a.replace(/^0+/, "");
  const y = b.replace(/^0+/, "");
  if (x.length !== y.length) return x.length - y.length;
  return x === y ? 0 : x < y ? -1 : 1;
}

function digitsEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && isDigit(text.charCodeAt(at))) at++;
  return at;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isDigits(text: string): boolean {
  return /^[0-9]+$/.test(text);
}
