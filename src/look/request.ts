import { encodeName } from "../base/names.ts";
import { mergeSpans, type Span } from "../elf/source.ts";
import type { LookRequest } from "../snapshot/snapshot.ts";
import { MAX_CONF } from "./closure.ts";
import { APT_STATES, DPKG_ARCH, DPKG_STATUS, MAX_STATES, MAX_STATUS } from "./dpkg-facts.ts";
import { DIVERSIONS, MAX_TEXT as MAX_LIST } from "./list-owners.ts";
import type { Misses } from "./misses.ts";
import { encodeRequest } from "./script.ts";
import { DEFAULT_FOLDERS, LOCAL_FOLDERS, PROGRAM_FOLDERS } from "./search-folders.ts";
import { TABLES } from "./tables.ts";

/** What the script gives itself. */
export const MAX_SECONDS = 300;

/** Files that are given whole, with the most that they may have. */
const WHOLE: readonly (readonly [path: string, max: number])[] = [
  ["/etc/os-release", MAX_CONF],
  ["/etc/ld.so.preload", MAX_CONF],
  [DPKG_STATUS, MAX_STATUS],
  [DPKG_ARCH, MAX_CONF],
  [DIVERSIONS, MAX_LIST],
  [APT_STATES, MAX_STATES],
];

/** Directories in which the loader may look in any image. */
const LIBRARIES = [...DEFAULT_FOLDERS, ...LOCAL_FOLDERS];

/** The script's request for a look from the start. */
export function firstRequest(request: LookRequest): Buffer {
  const named = (word: string, paths: readonly string[]) => paths.flatMap((path) => [word, encodeName(path)]);
  return encodeRequest([
    ...TABLES,
    ...named("artifact", request.artifactPaths),
    ...named("folder", [...LIBRARIES, ...request.folders]),
    ...named("path", [...PROGRAM_FOLDERS, ...request.paths]),
    ...WHOLE.flatMap(([path, max]) => ["whole", path, String(max)]),
    ...(request.askLoader ? ["loader", "1"] : []),
    ...["base", "1", "seconds", String(MAX_SECONDS)],
  ]);
}

/**
 * The script's request for what an earlier look did not bring.
 *
 * @param askAlone about each file on its own: what the loader found for many names at once did not answer it
 */
export function nextRequest({ stats, lists, reads, asks, owners, strings }: Misses, askAlone = false): Buffer {
  return encodeRequest([
    ...TABLES,
    ...(askAlone ? ["alone", "1"] : []),
    ...["seconds", String(MAX_SECONDS)],
    ...[...stats].flatMap((path) => ["stat", encodeName(path)]),
    ...[...lists].flatMap((path) => ["list", encodeName(path)]),
    ...[...reads].flatMap(([path, spans]) =>
      mergeSpans(spans.map(around)).flatMap(([start, end]) => [
        ...["read", encodeName(path), String(start), String(end - start)],
      ]),
    ),
    ...[...asks.values()].flatMap(({ loader, file }) => ["ask", encodeName(loader), encodeName(file)]),
    ...[...owners].flatMap((path) => ["owner", encodeName(path)]),
    ...[...strings].flatMap((path) => ["strings", encodeName(path)]),
  ]);
}

/** What is read next lies near: the entries of a table are read one by one. */
const BEFORE = 4096;
const AFTER = 512 * 1024;

function around([start, end]: Span): Span {
  return [Math.max(0, start - BEFORE), end + AFTER];
}
