import type { Readable } from "node:stream";
import { decodeName } from "../base/names.ts";
import { isElfMagic } from "../elf/header.ts";
import { END } from "../elf/packing.ts";
import { readOnlySpans } from "../elf/read-only.ts";
import { readElf } from "../elf/reader.ts";
import { bytesSource, recordingSource, type Span } from "../elf/source.ts";
import { readUnloaded } from "../elf/unloaded.ts";
import { readTar, type TarEntry } from "../oci/tar.ts";
import { isSearchedText, MAX_TEXT, namesInText } from "../snapshot/library-names.ts";
import { isShellScript, MAX_SCRIPT, SHEBANG_BYTES } from "../snapshot/shebang.ts";
import { probeLength } from "./archives/kinds.ts";
import type { Observations } from "./observations.ts";
import { isMounted } from "./resolve.ts";
import { SonameSearch, sonameStrings } from "./soname-strings.ts";

/** Files up to here are held in memory while their parts are picked; of larger ones just the head is taken first. */
const MAX_HELD = 32 * 1024 * 1024;
const HEAD = 64 * 1024;
/** What is searched for names in one go. */
const PIECE = 1024 * 1024;

/** What is wanted whole of every image; anything else that is wanted is fetched afterwards. */
export const WHOLE =
  /^\/etc\/ld\.so\.|^\/(?:etc|usr\/lib)\/os-release$|\/(?:ld\.so\.conf|ld\.so\.preload|ld\.so\.conf\.d\/[^/]*\.conf)$|^\/var\/lib\/dpkg\/(?:status|arch|info\/[^/]*\.shlibs)$/;

/** Observes a whole image by one tar stream of its root: every entry, and of the contents the parts that may matter. */
export async function observeImage(
  stream: Readable,
  into: Observations,
  isArtifact: (path: string) => boolean,
): Promise<void> {
  const folders = new Set<string>();
  for await (const entry of readTar(stream)) {
    const path = pathOf(entry.name);
    if (isMounted(path)) continue;
    if (entry.type === "hardlink") {
      into.addSameFile(path, pathOf(entry.linkName));
      continue;
    }
    const { type, mode, uid, gid, size } = entry;
    const target = type === "symlink" ? { target: decodeName(entry.linkName) } : {};
    into.addFile(path, { type, mode, uid, gid, size, ...target });
    if (type === "directory") folders.add(path);
    if (type === "file") await observeContents(entry, path, into, { whole: WHOLE, withStrings: isArtifact(path) });
  }
  for (const folder of folders) into.addListing(folder);
}

/** Takes what is seen of a file's contents. */
export type ContentSink = Pick<Observations, "addBytes" | "addStrings">;

/** Observes of a file's contents the parts that may matter, in one go: all of it where `whole` has its path. */
export async function observeContents(
  entry: TarEntry,
  path: string,
  into: ContentSink,
  { whole, withStrings }: { readonly whole: RegExp; readonly withStrings: boolean },
): Promise<void> {
  const isText = withStrings && isSearchedText(path, entry.size);
  const isWhole = whole.test(path) && entry.size <= MAX_HELD;
  const head = await entry.read(isWhole ? entry.size : 4);
  if (isWhole) {
    if (isText) into.addStrings(path, namesInText(head.toString("latin1")));
    return into.addBytes(path, 0, head);
  }
  if (isText && !isElfMagic(head)) return observeText(entry, path, head, into);
  if (isScript(head)) {
    const start = Buffer.concat([head, await entry.read(SHEBANG_BYTES - head.length)]);
    into.addBytes(path, 0, start);
    return withStrings ? observeEnd(entry, path, start.length, into) : undefined;
  }
  if (!isElfMagic(head)) {
    const probe = withStrings ? probeLength(head, entry.size, path) : 0;
    return into.addBytes(path, 0, Buffer.concat([head, await entry.read(Math.max(0, probe - head.length))]));
  }
  const rest = await entry.read((entry.size <= MAX_HELD ? entry.size : HEAD) - head.length);
  const bytes = Buffer.concat([head, rest]);
  if (entry.size > MAX_HELD) return into.addBytes(path, 0, bytes);
  const source = recordingSource(bytesSource(bytes));
  readElf(source);
  if (withStrings) readUnloaded(source);
  for (const [start, end] of source.touched()) into.addBytes(path, start, Buffer.from(bytes.subarray(start, end)));
  if (withStrings) into.addStrings(path, sonameStrings(bytes, readOnlySpans(source)));
}

/** The last bytes of a script, of which the first `at` were read. */
async function observeEnd(entry: TarEntry, path: string, at: number, into: ContentSink): Promise<void> {
  const start = Math.max(at, entry.size - END);
  await entry.skip(start - at);
  into.addBytes(path, start, await entry.read(entry.size - start));
}

function isScript(head: Uint8Array): boolean {
  return head[0] === 0x23 && head[1] === 0x21;
}

/** Searches a text for names; of a script its first line is taken, and all of it if it is for a shell. */
async function observeText(entry: TarEntry, path: string, head: Buffer, into: ContentSink): Promise<void> {
  const bytes = Buffer.concat([head, await entry.read(Math.max(0, entry.size - head.length))]);
  into.addStrings(path, namesInText(bytes.toString("latin1")));
  if (!isScript(bytes)) return into.addBytes(path, 0, head);
  const start = bytes.subarray(0, SHEBANG_BYTES);
  const isRead = entry.size <= MAX_SCRIPT && isShellScript(decodeName(start));
  into.addBytes(path, 0, Buffer.from(isRead ? bytes : start));
  const end = Math.max(start.length, bytes.length - END);
  if (!isRead) into.addBytes(path, end, Buffer.from(bytes.subarray(end)));
}

/** Around a wanted range so much is taken with it: the tables that are read next lie near. */
const BEFORE = 256 * 1024;
const AFTER = 4 * 1024 * 1024;

/** Takes ranges of one file out of its entry, without holding the file. */
export async function observeRanges(
  entry: TarEntry,
  path: string,
  wanted: readonly Span[],
  into: ContentSink,
): Promise<void> {
  let at = 0;
  const windows = wanted.map(([start, end]): Span => [Math.max(0, start - BEFORE), end + AFTER]);
  for (const [start, end] of windows.sort((a, b) => a[0] - b[0])) {
    if (end <= at) continue;
    if (start > at) await entry.skip(start - at);
    at = Math.max(at, start);
    const bytes = await entry.read(end - at);
    into.addBytes(path, at, bytes);
    at += bytes.length;
  }
}

/** Searches one file's entry for names, without holding the file. */
export async function observeStrings(entry: TarEntry, path: string, into: ContentSink): Promise<void> {
  const head = await entry.read(Math.min(HEAD, entry.size));
  if (!isElfMagic(head)) {
    const rest = await entry.read(Math.max(0, Math.min(MAX_TEXT, entry.size) - head.length));
    return into.addStrings(path, namesInText(Buffer.concat([head, rest]).toString("latin1")));
  }
  const spans = readOnlySpans({ ...bytesSource(head), size: entry.size });
  const search = new SonameSearch();
  const cursor = { entry, head, at: head.length };
  for (const [start, end] of spans) await searchSpan(search, cursor, start, end);
  into.addStrings(path, search.names);
}

/** A tar stream goes on and never back: what lies in the head that was read first is taken from there. */
async function searchSpan(
  search: SonameSearch,
  cursor: { readonly entry: TarEntry; readonly head: Uint8Array; at: number },
  start: number,
  end: number,
): Promise<void> {
  const { entry, head } = cursor;
  if (start < head.length) search.feed(head.subarray(start, end), end <= head.length);
  if (end > head.length && start > cursor.at) {
    await entry.skip(start - cursor.at);
    cursor.at = start;
  }
  while (cursor.at < end) {
    const bytes = await entry.read(Math.min(PIECE, end - cursor.at));
    if (bytes.length === 0) return;
    cursor.at += bytes.length;
    search.feed(bytes, cursor.at >= end);
  }
}

/** `./usr/`, `/usr/` and `usr` are all `/usr`. */
function pathOf(name: Buffer): string {
  const parts = decodeName(name).split("/");
  return `/${parts.filter((part) => part !== "" && part !== ".").join("/")}`;
}
