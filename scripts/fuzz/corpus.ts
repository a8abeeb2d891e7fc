import { execFileSync } from "node:child_process";
import { closeSync, openSync, readdirSync, readFileSync, readSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";

/** The contents of the regular files of a folder, in the order of their names, that are not too large. */
export function filesOf(folder: string, name: RegExp, maxBytes: number, maxFiles: number): Buffer[] {
  const found: Buffer[] = [];
  for (const entry of entriesOf(folder)) {
    if (found.length === maxFiles) break;
    const path = join(folder, entry);
    const info = infoOf(path);
    if (name.test(entry) && info?.isFile() === true && info.size > 0 && info.size <= maxBytes)
      found.push(readFileSync(path));
  }
  return found;
}

/** The paths of the files below a folder, relative to it; links to folders are not followed. */
function entriesOf(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    const below = (name: string): string[] => entriesOf(join(folder, name)).map((path) => join(name, path));
    return entries.flatMap((one) => (one.isDirectory() ? below(one.name) : [one.name])).sort();
  } catch {
    return [];
  }
}

/** Null where there is nothing to read. */
function infoOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

/** ELF files of this machine: programs, libraries and objects, small ones, of different looks. */
export function elfFiles(): Buffer[] {
  const folders = ["/usr/bin", "/usr/sbin", "/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib/gcc"];
  const looks = new Map<string, Buffer>();
  for (const path of folders.flatMap((folder) => entriesOf(folder).map((name) => join(folder, name)))) {
    const info = infoOf(path);
    if (info?.isFile() !== true || info.size > 150_000 || !isElf(path)) continue;
    const bytes = readFileSync(path);
    // Type, machine, and how many program headers it has.
    const look = `${bytes.subarray(16, 20).toString("hex")} ${bytes.subarray(54, 58).toString("hex")} ${looks.size % 5}`;
    if (!looks.has(look)) looks.set(look, bytes);
    if (looks.size === 40) break;
  }
  return [...looks.values()];
}

function isElf(path: string): boolean {
  const file = openSync(path, "r");
  const head = Buffer.alloc(4);
  readSync(file, head, 0, 4, 0);
  closeSync(file);
  return head.equals(Buffer.from("\x7fELF", "latin1"));
}

/** What a program of this machine prints; nothing where there is no such program, or it fails. */
export function printed(program: string, ...args: string[]): Buffer[] {
  try {
    const env = { ...process.env, LC_ALL: "C" };
    return [execFileSync(program, args, { stdio: ["ignore", "pipe", "ignore"], env, maxBuffer: 64 * 1024 * 1024 })];
  } catch {
    return [];
  }
}

/** The Dockerfiles of the test fixtures and the examples. */
export function dockerfiles(): Buffer[] {
  return [
    ...filesOf("test/fixtures/audit", /Dockerfile$/, 20_000, 200),
    ...filesOf("test/fixtures/fix", /Dockerfile/, 20_000, 100),
    ...filesOf("test/dockerfile/corpus", /./, 20_000, 200),
    ...filesOf("examples", /Dockerfile$/, 20_000, 10),
  ];
}

/** Scripts of this machine's shells, and those in Dockerfiles. */
export function shellScripts(): Buffer[] {
  const scripts = ["/usr/bin", "/usr/sbin", "/var/lib/dpkg/info", "/etc"].flatMap((folder) =>
    filesOf(folder, /^[^/]+$/, 12_000, 4000).filter((bytes) =>
      /^#! ?\/bin\/(?:ba|da)?sh\b/.test(bytes.toString("latin1", 0, 40)),
    ),
  );
  const runs = dockerfiles().flatMap((file) => {
    const text = file.toString("latin1").replace(/\\\r?\n/g, " ");
    return [...text.matchAll(/^RUN (.*)$/gm)].map(([, script = ""]) => Buffer.from(script, "latin1"));
  });
  return [...scripts.slice(0, 150), ...runs];
}
