import { analyze } from "../../src/analysis/analyze.ts";
import type { AnalysisInput } from "../../src/analysis/input.ts";
import type { Knowledge } from "../../src/analysis/knowledge.ts";
import type { Analysis } from "../../src/analysis/model.ts";
import { DEFAULT_PATH } from "../../src/base/paths.ts";
import { planOf } from "../../src/commands/plan.ts";
import type { AptFacts } from "../../src/snapshot/apt.ts";
import type { LoaderQuestion, Snapshot } from "../../src/snapshot/snapshot.ts";
import { fileFact, type Made } from "../loader/made-view.ts";

export const LIB = "/usr/lib/x86_64-linux-gnu";
const LOADER = "/lib64/ld-linux-x86-64.so.2";

/** An image of Debian's architecture amd64 with nothing but what is given; what is not given is not there. */
export interface MadeImage {
  readonly files: Readonly<Record<string, Made>>;
  /** Package → what matters of its stanza; `Files` are its paths. */
  readonly packages?: Readonly<Record<string, Readonly<Record<string, string>> & { readonly Files?: string }>>;
  readonly env?: readonly string[];
  readonly questions?: readonly LoaderQuestion[];
  readonly shlibs?: readonly string[];
  /** The directories of PATH are listed, so that a program which is not given is known not to be there. */
  readonly knowsPrograms?: boolean;
  /** Version and codename of Debian; 13 where it is not said. */
  readonly release?: number;
}

export function madeSnapshot(image: MadeImage, artifactPaths: readonly string[] = []): Snapshot {
  const made: Record<string, Made> = { [LOADER]: { elf: { soname: "ld-linux-x86-64.so.2" } }, ...image.files };
  const folders = new Set([
    "/",
    LIB,
    "/usr/local/lib",
    "/lib/x86_64-linux-gnu",
    "/etc/ld.so.conf.d",
    "/lib",
    "/usr/lib",
    ...(image.knowsPrograms === true ? ["/opt", "/srv", "/usr", "/usr/local", ...DEFAULT_PATH.split(":")] : []),
  ]);
  for (const path of Object.keys(made)) {
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) folders.add(path.slice(0, at));
  }
  const stanzas = Object.entries(image.packages ?? {});
  const facts = [
    ...[...folders].filter((path) => path !== "/" && made[path] === undefined).map((path) => fileFact(path, "folder")),
    ...Object.entries(made).map(([path, one]) => fileFact(path, one)),
  ];
  return {
    snapshotVersion: 1,
    image: {
      ...{ os: "linux", architecture: "amd64", variant: null, env: image.env ?? [] },
      ...{ workingDir: "", user: "", entrypoint: [], cmd: [] },
    },
    osRelease: `ID=debian\nVERSION_ID=${image.release ?? 13}\n`,
    artifactPaths,
    files: facts.sort((a, b) => (a.path < b.path ? -1 : 1)),
    listed: [...folders].sort(),
    unreadable: [],
    questions: image.questions ?? [],
    loaderCache: null,
    dpkg: {
      architecture: "amd64",
      foreignArchitectures: [],
      packages: stanzas.map(([name, { Files: _, ...stanza }]) => ({
        ...{ Package: name, Status: "install ok installed", Architecture: "amd64", Version: "1" },
        ...stanza,
      })),
      owners: stanzas.flatMap(([name, { Files = "" }]) => Files.split(" ").map((path) => `${name}: ${path}`)),
      shlibs: image.shlibs ?? [],
    },
  } as Snapshot;
}

const NOTHING: Knowledge = {
  isHostProvided: () => false,
  isOptionalPlugin: () => false,
  lookup: () => ({ kind: "unknown", hint: null }),
  packageOf: (name) => name,
  story: () => ({ same: null, versions: [], elsewhere: [] }),
  hasPackage: () => null,
  commands: () => [],
  packagesFor: () => [],
  packagesWith: () => [],
  packageAt: () => null,
  companions: () => [],
  names: { has: () => false, all: [], complete: false },
};

/** The answer for `COPY --from=builder /out/ /` from one made image onto another. */
export function answerFor(
  builder: MadeImage,
  base: MadeImage | "scratch",
  more: {
    readonly runtime?: string;
    readonly knowledge?: Partial<Knowledge>;
    readonly apt?: AptFacts;
    readonly direct?: boolean;
  } = {},
): Analysis {
  const text = `FROM debian AS builder\nFROM debian\n${more.runtime ?? ""}\nCOPY --from=builder /out/ /\nRUN ldconfig\n`;
  const plan = planOf(text, { artifacts: [], target: null, runtime: null, buildArgs: {}, platform: null });
  const input: AnalysisInput = {
    plan,
    mappings: [],
    builders: [{ stage: plan.stages[0] ?? null, base: "debian", snapshot: madeSnapshot(builder, ["/out"]) }],
    base:
      base === "scratch"
        ? { source: "none", reference: base }
        : { source: "image", reference: "debian", snapshot: madeSnapshot(base) },
    apt: more.apt ?? null,
    knowledge: { ...NOTHING, ...more.knowledge },
    explicit: false,
    direct: more.direct ?? false,
    withRecommended: false,
  };
  return analyze(input);
}
