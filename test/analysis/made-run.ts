import type { SavedRun } from "../../src/commands/saved-run.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { fileFact, type Made } from "../loader/made-view.ts";

/** A package as dpkg's status file has it. */
export type MadePackage = Readonly<Record<string, string>> & { readonly Package: string };

/** What an image of a test has. */
export interface MadeImage {
  readonly files: Readonly<Record<string, Made>>;
  readonly packages?: readonly MadePackage[];
  /** Paths by package. */
  readonly owned?: Readonly<Record<string, readonly string[]>>;
  readonly env?: readonly string[];
}

export const LIB = "/usr/lib/x86_64-linux-gnu";
export const LOADER = "/lib64/ld-linux-x86-64.so.2";

/** What every image has: a merged /usr, a loader and a libc of libc6. */
const COMMON: Readonly<Record<string, Made>> = {
  "/lib": { link: "usr/lib" },
  "/lib64": { link: "usr/lib64" },
  "/usr/lib64/ld-linux-x86-64.so.2": { elf: { soname: "ld-linux-x86-64.so.2" } },
  [`${LIB}/libc.so.6`]: { elf: { soname: "libc.so.6", needed: ["ld-linux-x86-64.so.2"] } },
  "/usr/bin/apt-get": "file",
};

const LISTED = ["/", "/usr/lib", LIB, "/usr/lib64", "/usr/local/lib"];

export function madeSnapshot({ files, packages = [], owned = {}, env = [] }: MadeImage, artifacts: string[]): Snapshot {
  const own = { libc6: [`${LIB}/libc.so.6`, "/usr/lib64/ld-linux-x86-64.so.2"], ...owned };
  const all: MadePackage[] = [{ Package: "libc6" }, ...packages];
  const facts = Object.entries({ ...COMMON, ...files }).map(([path, made]) => fileFact(path, made));
  return {
    snapshotVersion: 1,
    image: {
      ...{ os: "linux", architecture: "amd64", variant: null, env, workingDir: "/", user: "" },
      ...{ entrypoint: [], cmd: [] },
    },
    osRelease: 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n',
    artifactPaths: artifacts,
    files: facts.sort((a, b) => (a.path < b.path ? -1 : 1)),
    listed: [...LISTED, ...artifacts],
    unreadable: [],
    questions: [],
    loaderCache: null,
    dpkg: {
      architecture: "amd64",
      foreignArchitectures: [],
      packages: all.map((one) => ({ Status: "install ok installed", Architecture: "amd64", Version: "1", ...one })),
      owners: Object.entries(own)
        .flatMap(([name, paths]) => paths.map((path) => `${name}: ${path}`))
        .sort(),
      shlibs: [],
    },
  };
}

/** A run of a two-stage Dockerfile that copies /out to /. */
export function madeRun(builder: MadeImage, base: MadeImage, runtimeLines = ""): SavedRun {
  return {
    dockerfile: `FROM debian:13 AS builder\nFROM debian:13-slim AS runtime\n${runtimeLines}COPY --from=builder /out/ /\n`,
    choice: { artifacts: [], target: null, runtime: null, buildArgs: {}, platform: null },
    builders: [{ stage: 0, base: "debian:13", snapshot: madeSnapshot(builder, ["/out"]) }],
    base: { source: "image", reference: "debian:13-slim", snapshot: madeSnapshot(base, []) },
    apt: null,
  };
}
