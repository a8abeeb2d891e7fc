import { encodeName } from "../base/names.ts";
import { mergeSpans, type Span } from "../elf/source.ts";
import { MENTION, NO_TEXT, OPENERS } from "../snapshot/library-names.ts";
import type { LookRequest } from "../snapshot/snapshot.ts";
import type { Misses } from "./misses.ts";
import { encodeRequest } from "./script.ts";
import { CAPABILITY_FOLDERS } from "./search-folders.ts";

/** What the script gives itself. */
export const MAX_SECONDS = 300;

/** What the script searches files for. */
const SEARCHES: readonly string[] = [...OPENERS.flatMap((name) => ["opener", name]), "text", NO_TEXT, MENTION];

/** The script's request for a look from the start. */
export function firstRequest(request: LookRequest): Buffer {
  const named = (word: string, paths: readonly string[]) => paths.flatMap((path) => [word, encodeName(path)]);
  return encodeRequest([
    ...named("artifact", request.artifactPaths),
    ...named("folder", request.folders),
    ...named("path", request.paths),
    ...named("capability", CAPABILITY_FOLDERS),
    ...SEARCHES,
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
    ...(strings.size === 0 ? [] : SEARCHES),
    ...[...strings].flatMap((path) => ["strings", encodeName(path)]),
  ]);
}

/** What is read next lies near: the entries of a table are read one by one. */
const BEFORE = 4096;
const AFTER = 512 * 1024;

function around([start, end]: Span): Span {
  return [Math.max(0, start - BEFORE), end + AFTER];
}
