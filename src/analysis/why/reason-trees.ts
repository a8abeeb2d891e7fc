import { pathFields } from "../artifacts.ts";
import type { Analysis, LibraryStatus, Package, Reason, ReasonKind } from "../model.ts";
import type { ArtifactTree, TreeNode } from "./model.ts";

/** What a reason names that is no ELF file or script. */
const KINDS: Readonly<Partial<Record<ReasonKind, ArtifactTree["kind"]>>> = {
  command: "command",
  depends: "archive",
  kept: "config",
};

/**
 * The trees of what no artifact's own needs show: each chain of a package's reasons of these kinds as one branch, with
 * the package at its end.
 */
export function reasonTrees(
  { packages, artifacts }: Pick<Analysis, "packages" | "artifacts">,
  kinds: ReadonlySet<ReasonKind>,
  wordOf: (item: Package) => string,
): ArtifactTree[] {
  const byPath = new Map(artifacts.map((item) => [item.path, item]));
  return packages.flatMap((item) =>
    item.reasons
      .filter(({ kind }) => kinds.has(kind))
      .map((reason): ArtifactTree => {
        const artifact = byPath.get(reason.artifact);
        const { path, ...base64 } = pathFields(reason.artifact);
        return {
          artifact: path,
          ...base64,
          stage: artifact?.stage ?? null,
          destination: artifact?.destinations[0] ?? null,
          kind: artifact?.kind ?? KINDS[reason.kind] ?? "preload",
          match: false,
          needs: branch(reason, item, wordOf(item)),
        };
      }),
  );
}

function branch({ kind, chain, because }: Reason, item: Package, word: string): TreeNode[] {
  // What is recommended or kept is no link of the chain: it goes with the chain's last library.
  const links = kind === "recommended" || kind === "kept" ? [...chain, { soname: word, path: null }] : chain;
  const status: LibraryStatus = item.status === "base" ? "base" : "package";
  const last = {
    kind,
    status,
    package: word,
    packageStatus: item.status,
    ...(because === undefined ? {} : { because }),
  };
  return links.reduceRight<TreeNode[]>((needs, { soname: name, path, via = null }, index) => {
    const plain = { ...bareNode(name), path, via, needs };
    return [index === links.length - 1 ? { ...plain, ...last } : plain];
  }, []);
}

/** A node of which no more is known than its name. */
export function bareNode(name: string): TreeNode {
  return {
    name,
    kind: "needed",
    path: null,
    realPath: null,
    builderPath: null,
    image: "runtime",
    via: null,
    searchPath: null,
    skipped: [],
    status: "unknown",
    package: null,
    packageStatus: null,
    repeated: false,
    match: false,
    needs: [],
  };
}
