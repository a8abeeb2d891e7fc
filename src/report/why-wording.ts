import type { FilePlace, ImpliedBy, PackageStory, StoryStatus, TreeNode, Why } from "../analysis/why/model.ts";
import type { DependencyEdge } from "../debian/closure.ts";
import { parseKey } from "../debian/words.ts";
import type { Skipped, Via } from "../loader/settings.ts";
import { printable } from "./names.ts";

/** How many packages that bring another one are told with their paths. */
const SHOWN = 2;

/** A package and why it is in the line, or is not. */
export function storyLines(story: PackageStory, why: Why, verbose: boolean): string[] {
  const name = printable(story.package);
  const meant =
    story.matched === "name" || story.matched === "owner" ? "" : ` (${MATCHED[story.matched]} ${printable(why.name)})`;
  return [`${name}${meant}: ${STORY[story.status](story, why)}`, ...bringers(story.impliedBy, verbose)];
}

const MATCHED = { "builder-name": "in the builder", provides: "provides" } as const;

const STORY: Readonly<Record<StoryStatus, (story: PackageStory, why: Why) => string>> = {
  install: (story, why) =>
    `in the line. ${asked(story)}${base(why)} does not have it, and no other listed package depends on it.`,
  upgrade: (story, why) =>
    `in the line. ${asked(story)}${base(why)} has ${version(story.baseVersion)}, which is too old${story.builderVersion === null ? "" : ` (the builder has ${version(story.builderVersion)})`}.`,
  implied: (story) => `not in the line. ${asked(story)}apt installs it as a dependency of another listed package.`,
  base: (story, why) => {
    const has = story.baseVersion === null ? "has it" : `has ${version(story.baseVersion)}`;
    const idle = !why.needed && story.matched !== "owner" ? " Nothing among the artifacts needs it." : "";
    return `not in the line: ${base(why)} already ${has}.${idle}`;
  },
  unavailable: (story, why) => `not in the line. ${asked(story)}${base(why)} cannot install it.`,
  possible: () => "not in the line: apt may choose it for a dependency that other packages satisfy too.",
  "not-needed": (story) =>
    `not in the line: the builder has ${version(story.builderVersion)}, but nothing among the artifacts needs it.`,
  unknown: (story) =>
    story.asked
      ? "it is unknown whether it is needed."
      : "not in the line; it is unknown whether a listed package depends on it.",
};

function asked({ sonames, asked: isNeeded }: PackageStory): string {
  if (sonames.length > 0) return `Provides ${sonames.map(printable).join(", ")}; `;
  return isNeeded ? "A file of it is needed; " : "";
}

function base({ runtime }: Why): string {
  return printable(runtime?.base ?? "the runtime base");
}

function version(text: string | null): string {
  return text === null ? "it" : printable(text);
}

function bringers(impliedBy: readonly ImpliedBy[], verbose: boolean): string[] {
  const shown = verbose ? impliedBy : impliedBy.slice(0, SHOWN);
  const lines = shown.flatMap(({ path }) => path.map((edge) => `  ${edgeText(edge)}`));
  const rest = impliedBy.slice(shown.length).map((one) => printable(one.package));
  return rest.length === 0 ? lines : [...lines, `  also a dependency of ${rest.join(", ")} (-v shows how)`];
}

/** `libarchive13t64 Depends: libxml2 (>= 2.7.4)`; what is taken for it where the names differ. */
function edgeText({ from, to, field, relation }: DependencyEdge): string {
  const target = parseKey(to).name;
  const taken = relation.split(/[\s(:|,]/)[0] === target ? "" : ` → ${target}`;
  return printable(`${parseKey(from).name} ${field}: ${relation}${taken}`);
}

/** `/usr/lib/x.so.1 in the stage builder, of x1`. */
export function placeText({ path, image, stage, package: owner }: FilePlace, why: Why): string {
  const where = image === "base" ? base(why) : stage === null ? "the image" : `the stage ${printable(stage)}`;
  return `${printable(path)} in ${where}, ${owner === null ? "no package" : `package ${printable(owner)}`}`;
}

/** How the loader comes to a library: `RUNPATH $ORIGIN/../lib`. */
export function viaText(node: TreeNode): string {
  const { kind, via, searchPath, image } = node;
  const how = KIND[kind] ?? (via === null ? null : VIA[via]);
  if (how === null) return unfoundText(node);
  const element = searchPath === null || via === "default" ? "" : ` ${printable(searchPath)}`;
  return `${how}${element}${image === "builder" ? ", in the builder" : ""}`;
}

const KIND: Readonly<Partial<Record<TreeNode["kind"], string>>> = {
  interpreter: "interpreter",
  preload: "preloaded",
  command: "called",
};

function unfoundText({ status }: TreeNode): string {
  if (status === "unknown") return "location unknown";
  return status === "artifact" ? "loaded by the program that opens it" : "not found";
}

const VIA: Readonly<Record<Via, string>> = {
  loaded: "already loaded",
  rpath: "RPATH",
  "library-path": "LD_LIBRARY_PATH",
  runpath: "RUNPATH",
  cache: "ld.so.cache",
  default: "default directory",
  path: "by path",
  preload: "preloaded",
  opened: "opened by the program",
};

/** Where a file of the tree is from: its package with the package's fate, or why it has none. */
export function ownerText({ package: owner, packageStatus, status }: TreeNode): string {
  if (owner === null) return NO_OWNER[status] ?? status;
  return `${printable(owner)}, ${FATE[packageStatus ?? "unknown"]}`;
}

const NO_OWNER: Readonly<Record<string, string>> = {
  artifact: "a copied artifact",
  base: "in the base, no package",
  unowned: "no package: must be copied",
  missing: "missing",
  host: "provided by the host",
  unknown: "unknown",
  package: "unknown package",
};

const FATE: Readonly<Record<StoryStatus, string>> = {
  install: "in the line",
  upgrade: "in the line",
  implied: "implied",
  base: "in the base",
  unavailable: "cannot be installed",
  possible: "possibly installed",
  "not-needed": "not in the line",
  unknown: "unknown",
};

/** `skipped: /opt/lib/libz.so.1 (another class)`. */
export function skippedText({ path, reason }: Skipped): string {
  return `skipped: ${printable(path)} (${SKIPPED[reason]})`;
}

const SKIPPED: Readonly<Record<Skipped["reason"], string>> = {
  class: "another ELF class",
  machine: "another machine",
  abi: "another ABI",
  hwcaps: "needs other processor features",
  unknown: "not inspected",
  "working-directory": "depends on the working directory",
  platform: "depends on the processor",
  secure: "ignored by setuid programs",
  "byte-order": "another byte order; the search ends",
  "not-elf": "not an ELF file; the search ends",
  "not-a-file": "not a file; the search ends",
  "not-loadable": "cannot be loaded; the search ends",
  executable: "a program; the search ends",
  "no-dynamic-section": "no dynamic section; the search ends",
  damaged: "damaged; the search ends",
  limit: "not searched; too many steps",
};
