import type { ElfFacts } from "../elf/facts.ts";
import type { LibraryResult, Resolution } from "../loader/resolve.ts";
import type { MissingVersion } from "../loader/versions.ts";
import type { Need } from "./library-status.ts";
import type { ChainLink } from "./model.ts";
import type { ResolvedArtifact } from "./resolved.ts";

/** The links of one chain that are told. Those of real programs are shorter; of a longer one the middle is left out. */
const MAX_LINKS = 32;
const LEFT_OUT: ChainLink = { soname: "…", path: null };

/**
 * How an artifact comes to need a library: its own need first. The loader works breadth first, so the first that asks
 * for a library is at the end of a shortest chain.
 */
export function chainOf({ artifact, result }: Need): ChainLink[] {
  const own: ChainLink = { soname: result.soname, path: result.path ?? null, via: howFound(artifact, result).via };
  return [...chainTo(artifact, result.requiredBy), own];
}

/** How an artifact comes to a symbol version that is not there: down to the library that lacks it. */
export function chainOfVersion(artifact: ResolvedArtifact, lack: MissingVersion): ChainLink[] {
  const { file: soname, requiredBy, providedByPath: path } = lack;
  const own: ChainLink = { soname, path, via: loading(artifact, path)?.result.via ?? null };
  return [...chainTo(artifact, requiredBy), own];
}

/** How an artifact comes to an object that it has in memory. */
function chainTo(artifact: ResolvedArtifact, path: string): ChainLink[] {
  const chain: ChainLink[] = [];
  for (let at = path; at !== artifact.path; ) {
    const step = loading(artifact, at);
    if (step === undefined) break;
    if (chain.length === MAX_LINKS - 3) {
      chain.push(LEFT_OUT, linkOf(step.first));
      break;
    }
    chain.push(linkOf(step.result));
    at = step.result.requiredBy;
  }
  return chain.reverse();
}

function linkOf({ soname, path, via }: LibraryResult): ChainLink {
  return { soname, path, via };
}

/** The need that brought an object in, and the artifact's own need that its chain begins with. */
interface Step {
  readonly result: LibraryResult;
  readonly first: LibraryResult;
}

const steps = new WeakMap<Resolution, ReadonlyMap<string, Step>>();

function loading({ resolution }: ResolvedArtifact, path: string): Step | undefined {
  let known = steps.get(resolution);
  if (known === undefined) {
    known = stepsOf(resolution);
    steps.set(resolution, known);
  }
  return known.get(path);
}

/** Needs stand in the order in which they are met, so whoever asks was brought in before. */
function stepsOf({ libraries }: Resolution): ReadonlyMap<string, Step> {
  const found = new Map<string, Step>();
  for (const result of libraries) {
    if (result.path === null || result.via === "loaded" || found.has(result.path)) continue;
    found.set(result.path, { result, first: found.get(result.requiredBy)?.first ?? result });
  }
  return found;
}

/** How the loader came to a library: of one that is in memory already, how it came there. */
export function howFound(artifact: ResolvedArtifact, result: LibraryResult): Pick<LibraryResult, "via" | "folderText"> {
  return result.via === "loaded" && result.path !== null ? (loading(artifact, result.path)?.result ?? result) : result;
}

/** Whether the artifact itself asks for it. */
export function isDirect({ artifact, result: { soname } }: Need): boolean {
  return isOwnNeed(artifact, soname) || artifact.resolution.facts?.audit.includes(soname) === true;
}

/** Whether its chain begins with a library that the artifact opens by itself. */
export function isOpened({ artifact, result }: Need): boolean {
  const first = (loading(artifact, result.requiredBy)?.first ?? result).soname;
  return artifact.choices.some(({ soname }) => soname === first) && !isOwnNeed(artifact, first);
}

const needed = new WeakMap<ElfFacts, ReadonlySet<string>>();

function isOwnNeed({ resolution: { facts } }: ResolvedArtifact, soname: string): boolean {
  if (facts === null) return false;
  let names = needed.get(facts);
  if (names === undefined) {
    names = new Set(facts.needed);
    needed.set(facts, names);
  }
  return names.has(soname);
}
