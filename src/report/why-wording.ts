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
    `in the line.${asked(story)} ${base(why)} does not have it, and no other package of the line brings it.`,
  upgrade: (story, why) =>
    `in the line.${asked(story)} ${base(why)} has ${version(story.baseVersion)}, which is too old${story.builderVersion === null ? "" : `: the builder has ${version(story.builderVersion)}`}.`,
  implied: (story) =>
    `not in the line${story.asked ? `.${asked(story, " ", ", and")}` : ":"} apt installs it because of what is in the line.`,
  base: (story, why) => {
    const has = story.baseVersion === null ? "has it" : `has ${version(story.baseVersion)}`;
    const idle = !why.needed && story.matched !== "owner" ? " Nothing among the artifacts asks for it." : "";
    return `not in the line: ${base(why)} ${has} already.${idle}`;
  },
  unavailable: (story, why) => `not in the line: it cannot be installed on ${base(why)}.${asked(story)}`,
  possible: () => "not in the line: apt may choose it for a dependency that others would fill as well.",
  "not-needed": (story) =>
    `not in the line: the builder has ${version(story.builderVersion)}, and nothing among the artifacts asks for it.`,
  unknown: (story) =>
    story.asked
      ? "whether it is needed cannot be told."
      : "not in the line; whether something in it brings it is not known.",
};

function asked({ sonames, asked: speaksFor }: PackageStory, before = " ", after = "."): string {
  if (sonames.length > 0) return `${before}The loader is asked for ${sonames.map(printable).join(", ")} of it${after}`;
  return speaksFor ? `${before}Something asks for a file of it${after}` : "";
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
  return rest.length === 0 ? lines : [...lines, `  also because of ${rest.join(", ")} (-v shows how)`];
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
  return `${printable(path)} in ${where}, ${owner === null ? "of no package" : `of ${printable(owner)}`}`;
}

/** How the loader comes to a library: `RUNPATH $ORIGIN/../lib`. */
export function viaText(node: TreeNode): string {
  const { kind, via, searchPath, image } = node;
  const how = kind === "interpreter" || kind === "preload" ? KIND[kind] : via === null ? null : VIA[via];
  if (how === null) return unfoundText(node);
  const element = searchPath === null || via === "default" ? "" : ` ${printable(searchPath)}`;
  return `${how}${element}${image === "builder" ? ", in the builder" : ""}`;
}

const KIND = { interpreter: "interpreter", preload: "preloaded" } as const;

function unfoundText({ status }: TreeNode): string {
  if (status === "unknown") return "not known where";
  return status === "artifact" ? "loaded by the program that opens it" : "not found";
}

const VIA: Readonly<Record<Via, string>> = {
  loaded: "loaded already",
  rpath: "RPATH",
  "library-path": "LD_LIBRARY_PATH",
  runpath: "RUNPATH",
  cache: "ld.so.cache",
  default: "default folder",
  path: "by its path",
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
  base: "in the base, of no package",
  unowned: "of no package: to be copied",
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
  unavailable: "not to be had",
  possible: "may come",
  "not-needed": "not in the line",
  unknown: "unknown",
};

/** `passed over: /opt/lib/libz.so.1 (another class)`. */
export function skippedText({ path, reason }: Skipped): string {
  return `passed over: ${printable(path)} (${SKIPPED[reason]})`;
}

const SKIPPED: Readonly<Record<Skipped["reason"], string>> = {
  class: "32 and 64 bits",
  machine: "of another machine",
  abi: "of another ABI",
  hwcaps: "for processors with more capabilities",
  unknown: "not looked at",
  "working-directory": "hangs on the working directory",
  platform: "hangs on the processor",
  secure: "not for setuid programs",
  "byte-order": "of another byte order: the search ends",
  "not-elf": "no ELF file: the search ends",
  "not-a-file": "no file: the search ends",
  "not-loadable": "cannot be loaded: the search ends",
  executable: "a program: the search ends",
  "no-dynamic-section": "without a dynamic section: the search ends",
  damaged: "damaged: the search ends",
};
