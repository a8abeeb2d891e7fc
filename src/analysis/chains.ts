import type { LibraryResult } from "../loader/resolve.ts";
import type { Need } from "./library-status.ts";
import type { ChainLink } from "./model.ts";
import type { ResolvedArtifact } from "./resolve-artifacts.ts";

/**
 * How an artifact comes to need a library: its own need first. The loader works breadth first, so the first that asks
 * for a library is at the end of a shortest chain.
 */
export function chainOf(need: Need): ChainLink[] {
  const chain: ChainLink[] = [];
  const seen = new Set<string>();
  let at: LibraryResult | undefined = need.result;
  while (at !== undefined && !seen.has(at.requiredBy)) {
    chain.unshift({ soname: at.soname, path: at.path ?? null });
    if (at.requiredBy === need.artifact.path) break;
    seen.add(at.requiredBy);
    at = loading(need.artifact, at.requiredBy);
  }
  return chain;
}

/** The need that brought an object in. */
function loading(artifact: ResolvedArtifact, path: string): LibraryResult | undefined {
  return artifact.resolution.libraries.find((one) => one.path === path && one.via !== "loaded");
}

/** Whether the artifact itself asks for it. */
export function isDirect(need: Need): boolean {
  return need.artifact.resolution.facts?.needed.includes(need.result.soname) === true;
}
