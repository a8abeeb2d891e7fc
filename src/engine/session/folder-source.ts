import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { MsbDepsError } from "../../base/errors.ts";
import { type FileSource, GoMode, type Selection, type SourceEntry } from "./file-source.ts";
import { followLinks } from "./follow-links.ts";
import { type Match, PathPatterns } from "./patterns.ts";

/** A build context on disk. `onSkipped` hears of entries that cannot be sent (sockets and devices). */
export function folderSource(root: string, onSkipped: (path: string) => void): FileSource {
  return {
    async *entries(selection) {
      const choice = await chooser(root, selection);
      // Folders that are only on the way to something chosen are sent once something in them is.
      const pending: SourceEntry[] = [];
      for await (const { entry, chosen } of walk(root, "", null, choice, onSkipped)) {
        while (pending.length > 0 && !entry.path.startsWith(`${pending.at(-1)?.path}/`)) pending.pop();
        if (!chosen) {
          pending.push(entry);
          continue;
        }
        yield* pending.splice(0);
        yield entry;
      }
    },
    async *open(path) {
      try {
        yield* createReadStream(join(root, path), { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>;
      } catch (error) {
        throw unreadable(join(root, path), error);
      }
    },
  };
}

/** What is said of a path, and what its entries inherit of it. */
interface Decision {
  readonly included: Match | null;
  readonly excluded: Match;
  readonly chosen: boolean;
}

interface Choice {
  decide(path: string, parent: Decision | null): Decision;
  /** Whether anything below this folder can be chosen. */
  enters(folder: string, decision: Decision): boolean;
}

async function chooser(root: string, selection: Selection): Promise<Choice> {
  const followed = selection.follow.length === 0 ? [] : await followLinks(root, selection.follow);
  const wanted = new PathPatterns(followed === null ? [] : [...selection.include, ...followed]);
  const unwanted = new PathPatterns(selection.exclude);
  return {
    decide(path, parent) {
      const included = wanted.isEmpty ? null : wanted.match(path, parent?.included ?? null);
      const excluded = unwanted.match(path, parent?.excluded ?? null);
      return { included, excluded, chosen: included?.matched !== false && !excluded.matched };
    },
    enters: (folder, { included, excluded }) =>
      (included?.matched !== false || wanted.reachesBelow(folder, "patterns")) &&
      (!excluded.matched || unwanted.reachesBelow(folder, "exceptions")),
  };
}

async function* walk(
  root: string,
  folder: string,
  parent: Decision | null,
  choice: Choice,
  onSkipped: (path: string) => void,
): AsyncGenerator<{ entry: SourceEntry; chosen: boolean }> {
  for (const name of await sortedNames(root, folder)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    const decision = choice.decide(path, parent);
    const { chosen } = decision;
    const enters = choice.enters(path, decision);
    if (!chosen && !enters) continue;
    const entry = await describe(root, path);
    if (entry === null) {
      if (chosen) onSkipped(path);
      continue;
    }
    const isFolder = entry.mode >= GoMode.directory;
    if (chosen || isFolder) yield { entry, chosen };
    if (isFolder && enters) yield* walk(root, path, decision, choice, onSkipped);
  }
}

async function sortedNames(root: string, folder: string): Promise<string[]> {
  const names = await reading(join(root, folder), () => readdir(join(root, folder), { encoding: "buffer" }));
  return names.sort(Buffer.compare).map((name) => {
    const text = name.toString("utf8");
    // Protocol Buffers carry paths as UTF-8, and a changed name would be another file.
    if (Buffer.from(text).equals(name)) return text;
    throw new MsbDepsError(
      "build-failed",
      `the build context has a file name that is not UTF-8: ${join(root, folder, text)}.`,
      {
        hint: "Rename the file or exclude its folder in .dockerignore.",
      },
    );
  });
}

async function describe(root: string, path: string): Promise<SourceEntry | null> {
  const full = join(root, path);
  const stat = await reading(full, () => lstat(full, { bigint: true }));
  const bits = Number(stat.mode);
  const permissions =
    (bits & 0o777) |
    (bits & 0o4000 ? GoMode.setuid : 0) |
    (bits & 0o2000 ? GoMode.setgid : 0) |
    (bits & 0o1000 ? GoMode.sticky : 0);
  const common = { path, modified: stat.mtimeNs, linkTarget: "", size: 0 };
  if (stat.isFile()) return { ...common, mode: permissions, size: Number(stat.size) };
  if (stat.isDirectory()) return { ...common, mode: permissions + GoMode.directory };
  if (stat.isFIFO()) return { ...common, mode: permissions + GoMode.namedPipe };
  if (!stat.isSymbolicLink()) return null;
  const linkTarget = await reading(full, () => readlink(full));
  return { ...common, mode: 0o777 + GoMode.symlink, linkTarget };
}

/** Says which file of the context could not be read, and what to do. */
async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function unreadable(path: string, cause: unknown): MsbDepsError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MsbDepsError("build-failed", `the build context could not be read: ${path} (${reason}).`, {
    hint: "Make it readable for you, or exclude it in .dockerignore if the build does not need it.",
    cause,
  });
}
