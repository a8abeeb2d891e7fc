import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import dockerignore from "@balena/dockerignore";
import { MsbDepsError } from "../../errors.ts";
import { type FileSource, GoMode, type Selection, type SourceEntry } from "./file-source.ts";
import { followLinks } from "./follow-links.ts";
import { type PathPattern, pathPattern } from "./patterns.ts";

/** A build context on disk. `onSkipped` hears of entries that cannot be sent (sockets and devices). */
export function folderSource(root: string, onSkipped: (path: string) => void): FileSource {
  return {
    async *entries(selection) {
      const choice = await chooser(root, selection);
      // Folders that are only on the way to something chosen are sent once something in them is.
      const pending: SourceEntry[] = [];
      for await (const { entry, chosen } of walk(root, "", choice, onSkipped)) {
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

interface Choice {
  chosen(path: string): boolean;
  /** Whether anything below this folder can be chosen. */
  enters(folder: string): boolean;
}

async function chooser(root: string, selection: Selection): Promise<Choice> {
  const followed = selection.follow.length === 0 ? [] : await followLinks(root, selection.follow);
  const wanted = followed === null ? [] : [...selection.include, ...followed];
  const included = followed === null || wanted.length === 0 ? null : wanted.map(pathPattern);
  const ignored = dockerignore.default({ ignorecase: false }).add([...selection.exclude]);
  const exceptions = selection.exclude.filter((line) => line.startsWith("!")).map((line) => pathPattern(line.slice(1)));
  const isIncluded = (path: string) => included === null || included.some((pattern) => pattern.covers(path));
  return {
    chosen: (path) => isIncluded(path) && !ignored.ignores(path),
    enters: (folder) =>
      (isIncluded(folder) || included?.some((pattern) => pattern.leadsTo(folder)) === true) &&
      (!ignored.ignores(folder) || exceptions.some((pattern) => reaches(pattern, folder))),
  };
}

function reaches(pattern: PathPattern, folder: string): boolean {
  return pattern.covers(folder) || pattern.leadsTo(folder);
}

async function* walk(
  root: string,
  folder: string,
  choice: Choice,
  onSkipped: (path: string) => void,
): AsyncGenerator<{ entry: SourceEntry; chosen: boolean }> {
  for (const name of await sortedNames(root, folder)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    const chosen = choice.chosen(path);
    if (!chosen && !choice.enters(path)) continue;
    const entry = await describe(root, path);
    if (entry === null) {
      if (chosen) onSkipped(path);
      continue;
    }
    const isFolder = entry.mode >= GoMode.directory;
    if (chosen || isFolder) yield { entry, chosen };
    if (isFolder && choice.enters(path)) yield* walk(root, path, choice, onSkipped);
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
      `The build context has a file name that is not UTF-8: ${join(root, folder, text)}.`,
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
  return new MsbDepsError("build-failed", `The build context could not be read: ${path} (${reason}).`, {
    hint: "Make it readable for you, or exclude it in .dockerignore if the build does not need it.",
    cause,
  });
}
