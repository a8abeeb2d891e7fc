import type { ArtifactTree, TreeNode, Why } from "../analysis/why/model.ts";
import { printable } from "./names.ts";
import { ownerText, skippedText, viaText } from "./why-wording.ts";

/** Limits without -v, so that an answer fits a screen: lines of all trees, levels of an artifact's own tree, names. */
const MAX_LINES = 40;
const MAX_LEVELS = 3;
const MAX_NAMES = 4;

/** Libraries of glibc and its loader, which nearly every file needs. */
const C_LIBRARY =
  /^(?:lib(?:c|m|mvec|dl|pthread|rt|resolv|util)\.so\.\d+(?:\.\d+)?|(?:\/.*\/)?ld(?:64|-linux[\w-]*)?\.so\.\d+)$/;

/** The trees; artifacts with the same tree share one. */
export function treeLines(why: Why, verbose: boolean): string[][] {
  const groups = new Map<string, ArtifactTree[]>();
  for (const tree of why.trees) {
    const body = bodyLines(tree, verbose);
    const key = verbose ? JSON.stringify(tree) : body.join("\n");
    groups.set(key, [...(groups.get(key) ?? []), tree]);
  }
  const all = [...groups.values()].map((trees) => groupLines(trees, verbose));
  return verbose ? all : cut(all);
}

/** As many trees as fit; the first one is shown in part if it alone is too long. */
function cut(trees: readonly string[][]): string[][] {
  const shown: string[][] = [];
  let left = MAX_LINES;
  for (const lines of trees) {
    if (shown.length > 0 && lines.length > left) break;
    shown.push(
      lines.length > left ? [...lines.slice(0, left), `… and ${lines.length - left} more lines (-v shows all)`] : lines,
    );
    left -= lines.length;
  }
  const rest = trees.length - shown.length;
  return rest === 0 ? shown : [...shown, [`… and ${rest} more ${rest === 1 ? "tree" : "trees"} (-v shows all)`]];
}

/** A tree below its head. */
function bodyLines({ needs, match, kind }: ArtifactTree, verbose: boolean): string[] {
  const short = match ? outline(needs, MAX_LEVELS) : shortest(needs);
  const lines = branches(verbose ? needs : short, "", verbose);
  if (needs.length === 0) return [...lines, `└── ${NOTHING[kind] ?? "needs nothing"}`];
  const isShorter = !verbose && match && size(short) < size(needs);
  return isShorter ? [...lines, "not shown: libraries of libc, and deeper levels (-v shows all)"] : lines;
}

/** Only the first occurrence of each library asked for: that is a shortest chain to it. */
function shortest(nodes: readonly TreeNode[]): TreeNode[] {
  return nodes.flatMap((node) => {
    const needs = shortest(node.needs);
    return needs.length > 0 || (node.match && !node.repeated) ? [{ ...node, needs }] : [];
  });
}

/** The upper levels, without the libraries of libc that were found. */
function outline(nodes: readonly TreeNode[], levels: number): TreeNode[] {
  if (levels === 0) return [];
  return nodes
    .filter(({ name, match, path }) => match || path === null || !C_LIBRARY.test(name))
    .map((node) => ({ ...node, needs: outline(node.needs, levels - 1) }));
}

function size(nodes: readonly TreeNode[]): number {
  return nodes.reduce((sum, node) => sum + 1 + size(node.needs), 0);
}

function groupLines(trees: readonly ArtifactTree[], verbose: boolean): string[] {
  const [first, ...others] = trees;
  if (first === undefined) return [];
  const lines = [headText(first), ...bodyLines(first, verbose)];
  if (others.length === 0) return lines;
  const names = others.slice(0, MAX_NAMES).map(({ artifact }) => printable(artifact));
  const more = others.length > MAX_NAMES ? ` and ${others.length - MAX_NAMES} more (-v shows all)` : "";
  return [...lines, `same for: ${names.join(", ")}${more}`];
}

const NOTHING: Readonly<Record<string, string>> = {
  static: "static: needs no loader",
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
  if (node.because !== undefined) return `${printable(node.name)} · ${node.kind}: ${printable(node.because)}`;
  const path = node.path === null || node.path === node.name ? "" : ` ${printable(node.path)}`;
  const opened = node.kind === "dlopen" ? "dlopen, " : "";
  return `${printable(node.name)} [${opened}${viaText(node)}]${path} · ${ownerText(node)}`;
}
