import type { ArtifactTree, TreeNode, Why } from "../analysis/why/model.ts";
import { printable } from "./names.ts";
import { ownerText, skippedText, viaText } from "./why-wording.ts";

/** How many different trees, and how many names of artifacts that share one, are shown without -v. */
const MOST_TREES = 8;
const MOST_NAMES = 4;

/** The trees, one for all artifacts whose way to the name is the same. */
export function treeLines(why: Why, verbose: boolean): string[][] {
  const groups = new Map<string, ArtifactTree[]>();
  for (const tree of why.trees) {
    const short = verbose || tree.match ? tree : { ...tree, needs: shortest(tree.needs) };
    const key = verbose ? JSON.stringify(tree) : JSON.stringify([tree.match, tree.kind, short.needs]);
    groups.set(key, [...(groups.get(key) ?? []), short]);
  }
  const all = [...groups.values()].map((trees) => groupLines(trees, verbose));
  const shown = verbose ? all : all.slice(0, MOST_TREES);
  if (shown.length < all.length) shown.push([`… and ${all.length - shown.length} more trees (-v shows all)`]);
  return shown;
}

/** Only where each library comes first: that is a shortest way to it. */
function shortest(nodes: readonly TreeNode[]): TreeNode[] {
  return nodes.flatMap((node) => {
    const needs = shortest(node.needs);
    return needs.length > 0 || (node.match && !node.repeated) ? [{ ...node, needs }] : [];
  });
}

function groupLines(trees: readonly ArtifactTree[], verbose: boolean): string[] {
  const [first, ...others] = trees;
  if (first === undefined) return [];
  const lines = [headText(first), ...branches(first.needs, "", verbose)];
  if (first.needs.length === 0) lines.push(`└── ${NOTHING[first.kind] ?? "nothing is asked for"}`);
  if (others.length === 0) return lines;
  const names = others.slice(0, MOST_NAMES).map(({ artifact }) => printable(artifact));
  const more = others.length > MOST_NAMES ? ` and ${others.length - MOST_NAMES} more (-v shows all)` : "";
  return [...lines, `in the same way: ${names.join(", ")}${more}`];
}

const NOTHING: Readonly<Record<string, string>> = {
  static: "static: nothing for the loader to do",
  foreign: "built for another machine or libc: its libraries are not in the builder",
  damaged: "damaged: cannot be read",
};

/** `/out/bin/app (builder) at /bin/app`. */
function headText({ artifact, stage, destination }: ArtifactTree): string {
  const from = stage === null ? "" : ` (${printable(stage)})`;
  return `${printable(artifact)}${from}${destination === null ? "" : ` at ${printable(destination)}`}`;
}

function branches(nodes: readonly TreeNode[], indent: string, verbose: boolean): string[] {
  return nodes.flatMap((node, index) => {
    const last = index === nodes.length - 1;
    const below = `${indent}${last ? "    " : "│   "}`;
    // Why a search ended at nothing is told in any case.
    const skipped = verbose || node.path === null ? node.skipped : [];
    return [
      `${indent}${last ? "└── " : "├── "}${nodeText(node)}`,
      ...skipped.map((one) => `${below}  ${skippedText(one)}`),
      ...branches(node.needs, below, verbose),
    ];
  });
}

/** `libz.so.1 [ld.so.cache] /lib/x86_64-linux-gnu/libz.so.1 · zlib1g, in the base`. */
function nodeText(node: TreeNode): string {
  if (node.kind === "recommended" && node.because !== undefined)
    return `${printable(node.name)} · recommended: ${printable(node.because)}`;
  const path = node.path === null || node.path === node.name ? "" : ` ${printable(node.path)}`;
  const opened = node.kind === "dlopen" ? "dlopen, " : "";
  return `${printable(node.name)} [${opened}${viaText(node)}]${path} · ${ownerText(node)}`;
}
