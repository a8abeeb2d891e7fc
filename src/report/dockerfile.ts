import type { Analysis, Note } from "../analysis/model.ts";
import { commented, copyInstruction } from "./copy.ts";
import { architectureComment, type LineOptions, type LineText, lineInstruction, PLAIN_LINE } from "./line-options.ts";
import { hintText } from "./missing-hints.ts";
import { printable } from "./names.ts";
import { textOf } from "./output.ts";
import { droppedText, noteText } from "./wording.ts";

/**
 * The default output: a `RUN` instruction to paste into the runtime stage, behind comments for what must not be
 * overlooked once standard output is redirected to a file.
 */
export function dockerfileReport(analysis: Analysis, { line = PLAIN_LINE }: LineText = {}): string {
  const lines = [
    ...warnings(analysis),
    ...dropped(analysis),
    ...perhapsOpened(analysis),
    ...copies(analysis),
    ...instruction(analysis, line),
  ];
  return textOf(lines);
}

function instruction(analysis: Analysis, line: LineOptions): string[] {
  if (analysis.install.length === 0) return emptyComments(analysis);
  return [...architectureComment(analysis.install), ...lineInstruction(analysis, line)];
}

function emptyComments(analysis: Analysis): string[] {
  if (hasNoApt(analysis)) return analysis.copy.length > 0 ? [] : [noAptComment(analysis)];
  return [emptyComment(analysis)];
}

/** Nothing can be installed there, so no word of packages. */
function noAptComment(analysis: Analysis): string {
  if (!analysis.complete || analysis.missing.length > 0) return "# No library to copy was found.";
  return "# Nothing needs to be copied: the runtime base and the artifacts have everything that the loader needs.";
}

function hasNoApt(analysis: Analysis): boolean {
  return analysis.notes.some(({ code }) => code === "no-apt-runtime");
}

function emptyComment(analysis: Analysis): string {
  if (!analysis.complete) return "# No needed package was found in the part that could be inspected.";
  if (analysis.missing.length > 0) return "# No package is known for what is missing above.";
  if (analysis.notes.some(({ code }) => code === "possibly-opened"))
    return "# The loader needs no package: the runtime base has every library and interpreter that the artifacts need.";
  return "# No package is needed: the runtime base has every library and interpreter that the artifacts need.";
}

/** Packages beside those of the list, one line each: the first name and file stand for all. */
function perhapsOpened(analysis: Analysis): string[] {
  const told = new Set(analysis.dropped.map((item) => item.package));
  const lines: string[] = [];
  for (const note of analysis.notes) {
    if (note.code !== "possibly-opened" || told.has(note.package)) continue;
    told.add(note.package);
    lines.push(
      `# Possibly opened at run time: ${printable(note.package)} (${printable(note.path ?? "")} contains the name ${printable(note.soname)})`,
    );
  }
  const more = lines.length - MAX_OPENED;
  return more <= 0 ? lines : [...lines.slice(0, MAX_OPENED), `# … and ${more} more (-v shows all)`];
}

const MAX_OPENED = 10;

/** Notes that must not be overlooked when only this text is read. */
const WARNED: Readonly<Partial<Record<Note["code"], string>>> = {
  "copy-breaks-merged-usr": "BUILD FAILS",
  "soname-unknown": "UNKNOWN",
  "interpreter-unknown": "UNKNOWN",
  "versions-unproved": "UNPROVED",
  "foreign-package-origin": "ELSEWHERE",
  "package-names-invalid": "INCOMPLETE",
  packed: "INCOMPLETE",
  "archive-not-read": "INCOMPLETE",
  "archives-in-archive": "INCOMPLETE",
};

function warnings(analysis: Analysis): string[] {
  const lines: string[] = [];
  if (analysis.unreadable.length > 0) {
    lines.push(`# INCOMPLETE: ${analysis.unreadable.length} paths could not be read; packages may be missing.`);
  }
  for (const item of analysis.missing) {
    const version = item.version === null ? "" : ` (${item.version})`;
    const words = hintText(item.hint);
    const hint = words === null ? "" : `: ${words}`;
    const [first = ""] = item.requiredBy;
    const more = item.requiredBy.length > 1 ? ` and ${item.requiredBy.length - 1} more` : "";
    lines.push(`# MISSING ${item.kind}: ${printable(item.name)}${version}, for ${printable(first)}${more}${hint}`);
  }
  for (const note of analysis.notes) {
    const label = WARNED[note.code];
    if (label !== undefined) lines.push(`# ${label}: ${noteText(note)}`);
  }
  return lines;
}

function dropped(analysis: Analysis): string[] {
  const lines = analysis.dropped
    .filter((item) => item.reason === "no-evidence")
    .map((item) => `# Dropped from your list: ${printable(item.package)} (${droppedText(item, analysis)})`);
  const told = new Set(analysis.dropped.flatMap((item) => (item.calledBy === null ? [] : [item.package])));
  const calls = analysis.notes
    .filter((note) => note.code === "command-not-found" && !told.has(String(note.program)))
    .map((note) => `# ${noteText(note)}`);
  return [...lines, ...calls];
}

/** On a base without apt the COPY instructions are the answer; elsewhere they go with the packages. */
function copies(analysis: Analysis): string[] {
  if (analysis.copy.length === 0) return [];
  const packages = new Set(analysis.copy.flatMap((need) => need.package ?? []));
  const isAnswer = hasNoApt(analysis);
  const lines = isAnswer
    ? ["# The runtime base has no apt. The runtime stage must copy these files:"]
    : ["# No package owns these libraries; the runtime stage must copy them:"];
  for (const need of analysis.copy) lines.push((isAnswer ? copyInstruction(need) : null) ?? commented(need));
  if (packages.size > 0)
    lines.push(`# In the builder, they belong to: ${[...packages].sort().map(printable).join(", ")}`);
  if (analysis.notes.some((note) => note.code === "needs-ldconfig")) lines.push("# RUN ldconfig");
  return lines;
}
