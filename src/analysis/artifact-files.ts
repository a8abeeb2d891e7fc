import { decodeName } from "../base/names.ts";
import type { Steps } from "../base/steps.ts";
import { type DlopenEntry, dlopenNotes } from "../elf/dlopen.ts";
import type { ElfDamage, ElfFacts } from "../elf/facts.ts";
import { type Packing, scriptPacking } from "../elf/packing.ts";
import type { ByteSource } from "../elf/source.ts";
import { readUnloaded } from "../elf/unloaded.ts";
import { abiOf, libcOf } from "../loader/machine.ts";
import { realPathOf } from "../snapshot/path.ts";
import { rangesSource } from "../snapshot/ranges.ts";
import { readShebang, type Shebang } from "../snapshot/shebang.ts";
import type { FileFact } from "../snapshot/snapshot.ts";
import type { LookedAtImage } from "./image.ts";
import type { ArtifactKind } from "./model.ts";

/** An ELF file or a script among the artifacts. */
export interface ArtifactFile {
  readonly fact: FileFact;
  readonly kind: ArtifactKind;
  /** Null for scripts and damaged files. */
  readonly facts: ElfFacts | null;
  readonly shebang: Shebang | null;
  /** What is wrong with a damaged file. */
  readonly damage: ElfDamage | null;
  /** Libraries that it opens at run time, according to its notes. */
  readonly opens: readonly DlopenEntry[];
  /** How the file is packed, so that its needs are unknown; null if it is not. */
  readonly packing: Packing | null;
  /** For kind `foreign`: why it is not judged. */
  readonly foreign: "architecture" | "musl" | "android" | null;
}

/**
 * The ELF files and scripts under some paths of an image, in the order of their paths.
 *
 * @param scripts files that an interpreter is started with: scripts without a `#!` line too
 * @param runtime dpkg's name of the runtime base's architecture, empty where it is not known
 */
export function* artifactFiles(
  image: LookedAtImage,
  isArtifact: (path: string) => boolean,
  scripts: ReadonlySet<string>,
  runtime: string,
): Steps<ArtifactFile[]> {
  const files: ArtifactFile[] = [];
  for (const fact of image.snapshot.files) {
    yield;
    if (fact.type !== "file" || !(isArtifact(fact.path) || (fact.inside !== undefined && isArtifact(fact.inside))))
      continue;
    const isStarted = scripts.has(fact.path);
    if (fact.ranges === undefined && !isStarted) continue;
    const file = fact.ranges === undefined ? null : classify(fact, image, runtime);
    if (file !== null) files.push(file);
    else if (isStarted) files.push({ ...plainFile(fact), kind: "script" });
  }
  return files;
}

function classify(fact: FileFact, image: LookedAtImage, runtime: string): ArtifactFile | null {
  const plain = plainFile(fact);
  const entry = image.view.lstat(fact.path);
  const reading = typeof entry === "string" ? { kind: "not-elf" as const } : entry.elf();
  if (reading.kind === "damaged") return { ...plain, kind: "damaged", damage: reading };
  if (reading.kind === "elf") {
    const unloaded = readUnloaded(bytesOf(fact));
    const facts = { ...reading.facts, dlopenNotes: [...reading.facts.dlopenNotes, ...unloaded.dlopenNotes] };
    const foreign = foreignness(facts, image, runtime);
    const kind = foreign === null ? elfKind(facts, unloaded.packing) : "foreign";
    return { ...plain, facts, foreign, kind, packing: unloaded.packing, opens: dlopenNotes(facts).entries };
  }
  const head = firstBytes(fact);
  if (!head.startsWith("#!")) return null;
  return { ...plain, kind: "script", shebang: readShebang(head), packing: scriptPacking(bytesOf(fact)) };
}

/** What the snapshot has of a file. */
function bytesOf({ size, ranges = [] }: FileFact): ByteSource {
  return rangesSource(size, ranges);
}

function plainFile(fact: FileFact): Omit<ArtifactFile, "kind"> {
  return { fact, facts: null, shebang: null, damage: null, opens: [], packing: null, foreign: null };
}

function firstBytes(fact: FileFact): string {
  const first = fact.ranges?.[0];
  return first === undefined || first[0] !== 0 ? "" : decodeName(Buffer.from(first[1], "base64").subarray(0, 256));
}

const DF_1_PIE = 0x0800_0000;

/**
 * A position-independent program and a shared object are both ET_DYN. DF_1_PIE marks the first (binutils 2.26 and
 * later); without it a SONAME says library, and PT_INTERP alone says program: `.so` files with PT_INTERP that can be
 * run (libc.so.6) have a SONAME.
 */
function elfKind(facts: ElfFacts, packing: Packing | null): ArtifactKind {
  // What the loader sees of others is judged as of any file.
  if (packing !== null && !facts.dynamic) return "packed";
  if (facts.type !== "executable" && facts.type !== "shared") return "other";
  const pie = (facts.flags1 & DF_1_PIE) !== 0;
  const program = facts.type === "executable" || pie || (facts.soname === null && facts.interpreter !== null);
  if (!program) return facts.dynamic ? "shared-object" : "other";
  return facts.interpreter === null && facts.needed.length === 0 ? "static" : "executable";
}

/**
 * Whether a file's libraries are out of reach: those of another libc, and of a machine that is neither the builder's nor
 * the runtime's and whose loader the builder has not. That dpkg was told of an architecture is not enough: as long as
 * nothing of it is installed, nothing can be said. A static program needs no library, so it is never foreign.
 */
function foreignness(facts: ElfFacts, image: LookedAtImage, runtime: string): ArtifactFile["foreign"] {
  if (facts.interpreter === null && facts.needed.length === 0) return null;
  const libc = libcOf(facts);
  if (libc === "musl" || libc === "android") return libc;
  const abi = abiOf(facts);
  if (abi === null) return "architecture";
  if (image.architecture === "" || [image.architecture, runtime].includes(abi.architecture)) return null;
  return realPathOf(image.view, abi.loader).status === "found" ? null : "architecture";
}
