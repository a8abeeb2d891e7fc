import type { LibraryResult } from "../loader/resolve.ts";
import type { MissingVersion } from "../loader/versions.ts";
import type { Need } from "./library-status.ts";
import type { ChainLink } from "./model.ts";
import type { ResolvedArtifact } from "./resolved.ts";

/**
 * How an artifact comes to need a library: its own need first. The loader works breadth first, so the first that asks
 * for a library is at the end of a shortest chain.
 */
export function chainOf(need: Need): ChainLink[] {
  const chain: ChainLink[] = [];
  const seen = new Set<string>();
  let at: LibraryResult | undefined = need.result;
  while (at !== undefined && !seen.has(at.requiredBy)) {
    chain.unshift({ soname: at.soname, path: at.path ?? null, via: howFound(need.artifact, at).via });
    if (at.requiredBy === need.artifact.path) break;
    seen.add(at.requiredBy);
    at = loading(need.artifact, at.requiredBy);
  }
  return chain;
}

/** How an artifact comes to a symbol version that is not there: down to the library that lacks it. */
export function chainOfVersion(artifact: ResolvedArtifact, lack: MissingVersion): ChainLink[] {
  const { file: soname, requiredBy, providedByPath: path } = lack;
  const provider = loading(artifact, path);
  const chain: ChainLink[] = [{ soname, path, via: provider?.via ?? null }];
  const seen = new Set<string>();
  for (let at = requiredBy; at !== artifact.path && !seen.has(at); ) {
    seen.add(at);
    const need = loading(artifact, at);
    if (need === undefined) break;
    chain.unshift({ soname: need.soname, path: at, via: need.via });
    at = need.requiredBy;
  }
  return chain;
}

/** The need that brought an object in. */
function loading(artifact: ResolvedArtifact, path: string): LibraryResult | undefined {
  return artifact.resolution.libraries.find((one) => one.path === path && one.via !== "loaded");
}

/** How the loader came to a library: of one that is in memory already, how it came there. */
export function howFound(artifact: ResolvedArtifact, result: LibraryResult): Pick<LibraryResult, "via" | "folderText"> {
  return result.via === "loaded" && result.path !== null ? (loading(artifact, result.path) ?? result) : result;
}

/** Whether the artifact itself asks for it. */
export function isDirect(need: Need): boolean {
  const { facts } = need.artifact.resolution;
  return facts !== null && [...facts.needed, ...facts.audit].includes(need.result.soname);
}

/** Whether its chain begins with a library that the artifact opens by itself. */
export function isOpened(need: Need): boolean {
  const [first] = chainOf(need);
  const { choices, resolution } = need.artifact;
  const opened = choices.some(({ soname }) => soname !== null && soname === first?.soname);
  return opened && resolution.facts?.needed.includes(first?.soname ?? "") === false;
}
