import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  type Stats,
} from "node:fs";
import { decodeName, encodeName, sortByName } from "../base/names.ts";
import { dirname, joinPath } from "../base/paths.ts";
import type { FileFact, FileType } from "../snapshot/snapshot.ts";
import { Observations, type RawFile } from "./observations.ts";

/** What lies there may have changed since lstat: no link is followed, and the open of a FIFO does not wait. */
const CAREFULLY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * The observations of a folder that holds an unpacked tree, made when they are asked for. Only paths without symlinks
 * are asked for but in the last component, so that nothing outside the folder is reached: a link is text, and whoever
 * follows it starts again at the folder. The tree must not change meanwhile.
 */
export class FolderObservations extends Observations {
  readonly #root: Buffer;
  readonly #entries = new Map<string, readonly string[]>();
  /** The file that was read last: its parts are asked for one after the other. */
  #open: { readonly path: string; readonly file: number } | null = null;

  /** @param root an absolute path */
  constructor(root: string) {
    super();
    this.#root = Buffer.from(root === "/" ? "" : root);
  }

  override lstat(path: string): FileFact | undefined {
    const known = super.lstat(path);
    if (known !== undefined || this.failure(path) !== undefined) return known;
    // The kernel would follow a link on the way, out of the folder perhaps.
    if (path !== "/" && this.lstat(dirname(path))?.type !== "directory") return undefined;
    this.#attempt(path, "lstat", () => this.addFile(path, this.#look(path)));
    return super.lstat(path);
  }

  /** The names alone: there may be many, and each is looked at when it is asked for. */
  override list(path: string): readonly string[] | undefined {
    const known = this.#entries.get(path);
    if (known !== undefined || this.failure(path) !== undefined) return known;
    if (this.lstat(path)?.type !== "directory") return undefined;
    this.#attempt(path, "readdir", () => {
      const names = readdirSync(this.#at(path), { encoding: "buffer" });
      const paths = names.map((name) => joinPath(path, decodeName(name)));
      this.#entries.set(
        path,
        sortByName(paths, (child) => child),
      );
    });
    return this.#entries.get(path);
  }

  /** Reads anew every time: the snapshot keeps what matters, and a cache would keep everything. */
  override peek(path: string, offset: number, length: number): Uint8Array {
    const bytes = Buffer.alloc(Math.max(0, length));
    let at = 0;
    if (this.failure(path) === undefined) {
      this.#attempt(path, "read", () => {
        const file = this.#opened(path);
        for (let got = 1; at < length && got > 0; at += got) {
          got = readSync(file, bytes, at, length - at, offset + at);
        }
      });
    }
    return bytes.subarray(0, at);
  }

  /** Closes what is open. */
  close(): void {
    if (this.#open !== null) closeSync(this.#open.file);
    this.#open = null;
  }

  #look(path: string): RawFile {
    const at = this.#at(path);
    const info = lstatSync(at, { throwIfNoEntry: false });
    if (info === undefined) return { type: "absent", mode: 0, uid: 0, gid: 0, size: 0 };
    const type = typeOf(info);
    const target = type === "symlink" ? { target: decodeName(readlinkSync(at, { encoding: "buffer" })) } : {};
    const size = type === "file" ? info.size : 0;
    return { type, mode: info.mode & 0o7777, uid: info.uid, gid: info.gid, size, ...target };
  }

  #opened(path: string): number {
    if (this.#open?.path === path) return this.#open.file;
    this.close();
    if (this.lstat(path)?.type !== "file") throw new Error("not a regular file");
    const file = openSync(this.#at(path), CAREFULLY);
    this.#open = { path, file };
    if (!fstatSync(file).isFile()) throw new Error("no longer a regular file");
    return file;
  }

  #at(path: string): Buffer {
    return Buffer.concat([this.#root, encodeName(path)]);
  }

  #attempt(path: string, what: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      // A component that is no folder: there is nothing below it.
      if ((error as NodeJS.ErrnoException).code === "ENOTDIR" && what === "lstat") {
        this.addFile(path, { type: "absent", mode: 0, uid: 0, gid: 0, size: 0 });
        return;
      }
      this.addFailure(path, `${what}: ${reasonOf(error)}`);
    }
  }
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  return code ?? (error instanceof Error ? error.message : String(error));
}

function typeOf(info: Stats): FileType {
  if (info.isFile()) return "file";
  if (info.isDirectory()) return "directory";
  if (info.isSymbolicLink()) return "symlink";
  if (info.isFIFO()) return "fifo";
  if (info.isSocket()) return "socket";
  return info.isBlockDevice() ? "block" : "character";
}
