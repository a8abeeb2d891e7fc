import { resolve } from "node:path";
import { Readable } from "node:stream";
import { type Pack, pack } from "tar-stream";
import type { BuildRequest } from "../engine.ts";
import { type FileSource, GoMode, isRegular, type SourceEntry } from "../session/file-source.ts";
import { folderSource } from "../session/folder-source.ts";
import { memorySource } from "../session/memory-source.ts";
import { readIfThere, type Surroundings } from "../surroundings.ts";
import { parseIgnoreFile } from "./ignore-file.ts";

/** The Dockerfile's name in the tar: it may lie outside the context, and is cut short for a stage without a name. */
export const SENT_DOCKERFILE = ".msb-deps.Dockerfile";
/** What buildah reads before `.dockerignore`. */
const SENT_IGNORE = ".containerignore";

/**
 * The build context as `POST /build` takes it: a tar with the Dockerfile and `extra` files in it. The sender leaves out what is ignored.
 * The engine has an ignore file of our own to read, so that `COPY . .` does not bring what only the tar has; a
 * `.containerignore` of the user has done its work by then, and is the one file that COPY does not see.
 */
export async function contextTar(
  request: BuildRequest,
  at: Surroundings,
  extra: Readonly<Record<string, Uint8Array>>,
): Promise<Readable> {
  const exclude = await ignorePatterns(request, at);
  const source =
    request.contextDir === null
      ? memorySource({})
      : folderSource(resolve(request.contextDir), (path) =>
          request.onEvent({
            type: "warning",
            message: `${path} of the build context is a socket or a device and was not sent`,
            detail: null,
            line: null,
          }),
        );
  const tar = pack();
  fill(tar, source, exclude, { ...extra, [SENT_DOCKERFILE]: request.dockerfile }).catch((error: Error) =>
    tar.destroy(error),
  );
  return Readable.from(tar);
}

async function fill(
  tar: Pack,
  source: FileSource,
  exclude: readonly string[],
  ours: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  const names = [...Object.keys(ours), SENT_IGNORE];
  for (const [name, bytes] of Object.entries(ours)) await addBytes(tar, name, bytes);
  await addBytes(tar, SENT_IGNORE, Buffer.from(`${names.join("\n")}\n`));
  for await (const entry of source.entries({ include: [], exclude, follow: [] })) {
    if (!names.includes(entry.path)) await addEntry(tar, source, entry);
  }
  tar.finalize();
}

/** Owned by root, as in a context that BuildKit gets. */
const OWNER = { uid: 0, gid: 0 };

function addBytes(tar: Pack, name: string, bytes: Uint8Array): Promise<void> {
  return new Promise((done, failed) =>
    tar.entry({ ...OWNER, name, mode: 0o644, mtime: new Date(0) }, Buffer.from(bytes), (error) =>
      error ? failed(error) : done(),
    ),
  );
}

function addEntry(tar: Pack, source: FileSource, entry: SourceEntry): Promise<void> {
  const header = {
    ...OWNER,
    name: entry.path,
    mode: tarMode(entry.mode),
    mtime: new Date(Number(entry.modified / 1_000_000n)),
  };
  return new Promise((done, failed) => {
    const ended = (error?: Error | null) => (error ? failed(error) : done());
    if (!isRegular(entry.mode)) {
      const type = entry.mode >= GoMode.directory ? "directory" : entry.mode >= GoMode.symlink ? "symlink" : "fifo";
      tar.entry({ ...header, type, ...(type === "symlink" && { linkname: entry.linkTarget }) }, ended);
      return;
    }
    const sink = tar.entry({ ...header, type: "file", size: entry.size }, ended);
    copy(source, entry, sink).catch(failed);
  });
}

/** A file that grows or shrinks while it is read would break the tar: tar-stream reports it as an error. */
async function copy(source: FileSource, { path }: SourceEntry, sink: NodeJS.WritableStream): Promise<void> {
  for await (const chunk of source.open(path)) {
    if (!sink.write(chunk)) await new Promise((done) => sink.once("drain", done));
  }
  sink.end();
}

function tarMode(mode: number): number {
  const has = (bit: number) => Math.floor(mode / bit) % 2 === 1;
  return (
    (mode & 0o777) |
    (has(GoMode.setuid) ? 0o4000 : 0) |
    (has(GoMode.setgid) ? 0o2000 : 0) |
    (has(GoMode.sticky) ? 0o1000 : 0)
  );
}

/**
 * The ignore file that counts, in buildah's order: beside the Dockerfile under its name, then of the context, each as
 * `.containerignore` before `.dockerignore`. containers/buildah pkg/parse/parse.go, ContainerIgnoreFile
 */
async function ignorePatterns(request: BuildRequest, at: Surroundings): Promise<readonly string[]> {
  const places = [
    ...(request.dockerfilePath === null ? [] : [request.dockerfilePath]),
    ...(request.contextDir === null ? [] : [`${resolve(request.contextDir)}/`]),
  ].flatMap((place) => [`${place}.containerignore`, `${place}.dockerignore`]);
  for (const place of places) {
    const bytes = await readIfThere(at, place);
    if (bytes !== null) return parseIgnoreFile(bytes.toString("utf8"));
  }
  return [];
}
