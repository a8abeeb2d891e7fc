import { dirname } from "../base/paths.ts";
import { finishPaced, type Steps } from "../base/steps.ts";
import { isElfMagic } from "../elf/header.ts";
import { readOnlySpans } from "../elf/read-only.ts";
import { MAX_TEXT, namesInText } from "../snapshot/library-names.ts";
import type { ImageFacts, LookRequest, Snapshot } from "../snapshot/snapshot.ts";
import { askLoader, type RunInside } from "./ask-inside.ts";
import { FolderObservations } from "./folder-observations.ts";
import { readOwnerLists } from "./list-owners.ts";
import { type FileSource, lookAtFiles, type Witnesses } from "./look-at-files.ts";
import type { Misses } from "./misses.ts";
import { SonameSearch } from "./soname-strings.ts";
import { unpackedFacts } from "./unpacked-facts.ts";

/** What is searched for names in one go. */
const PIECE = 1024 * 1024;

/** A folder to look at. */
export interface Folder {
  /** Absolute; `/` is this machine. */
  readonly path: string;
  /** Docker's name of this machine's architecture, for a tree that does not tell its own. */
  readonly architecture: string;
  /** Runs a program with the folder as its root; null where nothing is to be run, or can be. */
  readonly run: RunInside | null;
  /** Programs are run as nobody, who may not read everything. */
  readonly asNobody: boolean;
}

/** Looks at an unpacked tree in place: dpkg's database is read, nothing of the tree is run but by `folder.run`. */
export async function lookAtFolder(folder: Folder, request: LookRequest, signal: AbortSignal): Promise<Snapshot> {
  const observations = new FolderObservations(folder.path);
  const { run } = folder;
  const witnesses: Witnesses = {
    owners: ({ owners }) => finishPaced(readOwnerLists(owners, observations), signal),
    loader: async (misses) => {
      signal.throwIfAborted();
      if (run === null) return;
      if (folder.asNobody) answerUnreadable(misses, observations);
      await askLoader(run, misses, observations, signal);
    },
  };
  try {
    const facts: ImageFacts = unpackedFacts(observations, folder.architecture);
    const asked = { ...request, askLoader: request.askLoader && run !== null };
    const look = { source: folderSource(observations, signal), witnesses, observations };
    return await lookAtFiles(facts, look, asked, signal);
  } finally {
    observations.close();
  }
}

/** What nobody may not read is not asked about: the loader would say that it is not there. */
function answerUnreadable({ asks }: Misses, observations: FolderObservations): void {
  for (const [key, { loader, file }] of asks) {
    if (isOpen(file, observations)) continue;
    observations.addAnswer(loader, file, { exit: null, output: "", errors: "" });
    asks.delete(key);
  }
}

function isOpen(path: string, observations: FolderObservations): boolean {
  const mode = observations.lstat(path)?.mode ?? 0;
  if ((mode & 0o4) === 0) return false;
  let folder = path;
  while (folder !== "/") {
    folder = dirname(folder);
    if (((observations.lstat(folder)?.mode ?? 0) & 0o1) === 0) return false;
  }
  return true;
}

/** All but the search for names is looked at when it is asked for. */
function folderSource(folder: FolderObservations, signal: AbortSignal): FileSource {
  return {
    observe: async () => {},
    fetch: (misses) => finishPaced(fetchMisses(misses, folder), signal),
  };
}

function* fetchMisses({ stats, lists, reads, strings }: Misses, folder: FolderObservations): Steps<void> {
  for (const path of [...stats, ...lists, ...reads.keys()]) folder.addFailure(path, "it cannot be inspected");
  for (const path of strings) folder.addStrings(path, yield* namesIn(folder, path));
}

function* namesIn(folder: FolderObservations, path: string): Steps<readonly string[]> {
  const size = folder.lstat(path)?.size ?? 0;
  const search = new SonameSearch();
  const read = (offset: number, length: number) => folder.peek(path, offset, length);
  if (!isElfMagic(read(0, 4))) {
    return namesInText(Buffer.from(read(0, Math.min(size, MAX_TEXT))).toString("latin1"));
  }
  const source = {
    size,
    peek: (offset: number, length: number) => read(offset, Math.min(length, size - offset)),
    read: (offset: number, length: number) => {
      const bytes = offset >= 0 && length >= 0 && offset + length <= size ? read(offset, length) : null;
      return bytes?.length === length ? bytes : null;
    },
  };
  for (const [start, end] of readOnlySpans(source)) {
    for (let at = start; at < end; at += PIECE) {
      yield;
      search.feed(read(at, Math.min(PIECE, end - at)), at + PIECE >= end);
    }
  }
  return search.names;
}
