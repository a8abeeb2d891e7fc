import type { Analysis, Note } from "../analysis/model.ts";
import { addedText } from "./megabytes.ts";
import type { Line, Style } from "./messages.ts";
import { printable } from "./names.ts";
import { droppedText, headingText, missingText, noteText, whyText } from "./wording.ts";
import { wrapWords } from "./wrap.ts";

export interface SummaryOptions {
  /** Shows every package with its reasons, and every note. */
  readonly verbose: boolean;
  /** The terminal's width, to which rows are wrapped; null: not wrapped. */
  readonly columns: number | null;
}

/** How many names or rows of one kind the summary shows before it only counts. */
const SHOWN = 10;

/** A label, what it says, and a style for the label. */
type Row = readonly [label: string, text: string, style?: Style];

/** The short summary for a person, on standard error. */
export function summary(analysis: Analysis, options: SummaryOptions): Line[] {
  const rows: Row[] = [
    ["inspected", inspected(analysis)],
    ["libraries", libraries(analysis)],
    ...baseRows(analysis),
    ["install", install(analysis), "green"],
    ...impliedRows(analysis),
    ...(options.verbose ? addedRows(analysis) : []),
    ...problemRows(analysis, options.verbose),
    ...unseenRows(analysis, options.verbose),
  ];
  if (options.verbose) rows.push(...analysis.packages.map((item): Row => ["why", whyText(item)]));
  return [[{ style: "bold", text: headingText(analysis) }], ...rowLines(rows, options.columns)];
}

/** Rows with their texts in one column. */
function rowLines(rows: readonly Row[], columns: number | null): Line[] {
  const width = Math.max(...rows.map(([label]) => label.length));
  return rows.flatMap(([label, text, style]): Line[] => {
    const [first = "", ...rest] = wrapWords(text, columns === null ? null : columns - width - 4);
    return [
      ["  ", { style: style ?? "dim", text: label.padEnd(width) }, `  ${first}`],
      ...rest.map((more) => " ".repeat(width + 4) + more),
    ];
  });
}

/** `a, b, c and 4 more`. */
function some(names: readonly string[], most = SHOWN): string {
  const shown = names.slice(0, most).map(printable).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function inspected(analysis: Analysis): string {
  const kinds = new Map<string, number>();
  for (const artifact of analysis.artifacts) kinds.set(artifact.kind, (kinds.get(artifact.kind) ?? 0) + 1);
  const words: readonly (readonly [string, string, string])[] = [
    ["executable", "program", "programs"],
    ["shared-object", "shared object", "shared objects"],
    ["static", "static program", "static programs"],
    ["script", "script", "scripts"],
    ["packed", "packed program", "packed programs"],
    ["foreign", "foreign binary", "foreign binaries"],
    ["damaged", "damaged ELF file", "damaged ELF files"],
    ["other", "other ELF file", "other ELF files"],
  ];
  const parts = words.flatMap(([kind, one, many]) => (kinds.has(kind) ? [count(kinds.get(kind) ?? 0, one, many)] : []));
  return parts.length === 0 ? "no ELF file and no script" : parts.join(", ");
}

function libraries(analysis: Analysis): string {
  const sonames = new Map(
    analysis.artifacts.flatMap((item) => item.libraries.map((library) => [library.soname, library.status])),
  );
  if (sonames.size === 0) return "none needed";
  const hasApt = !analysis.notes.some(({ code }) => code === "no-apt-runtime");
  const of = (status: string): number => [...sonames.values()].filter((value) => value === status).length;
  const parts = [
    [of("package"), hasApt ? "to install" : "to copy from packages of the builder"],
    [of("base"), "already in the base"],
    [of("artifact"), "among the artifacts"],
    [of("unowned"), "without a package"],
    [of("host"), "provided by the host"],
    [of("missing"), "missing"],
    [of("unknown"), "unknown"],
  ] as const;
  return `${sonames.size} needed: ${parts.flatMap(([number, text]) => (number > 0 ? [`${number} ${text}`] : [])).join(", ")}`;
}

function baseRows(analysis: Analysis): Row[] {
  const { runtime } = analysis;
  if (runtime === null) return [["base", "none"]];
  if (runtime.source === "none")
    return [["base", runtime.base === null ? "none" : `${printable(runtime.base)} (empty)`]];
  const names = analysis.packages.filter((item) => item.status === "base").map((item) => item.name);
  const known = runtime.source === "mappings" ? " (assumed: contents of the official image)" : seenIn(runtime);
  const has = names.length === 0 ? "has none of the needed packages" : `already has ${some(names)}`;
  return [["base", `${printable(runtime.base ?? "the runtime base")}${known} ${has}`]];
}

/** Where a base was looked at that is no image of an engine. */
function seenIn({ files }: NonNullable<Analysis["runtime"]>): string {
  if (files === undefined) return "";
  const what = files.origin === "oci" ? "the archive" : "the unpacked image";
  const where = files.origin === "rootfs" && files.path === "/" ? "this machine" : `${what} ${printable(files.path)}`;
  return ` (from ${where})`;
}

function install(analysis: Analysis): string {
  if (analysis.install.length === 0) return "nothing";
  return `${count(analysis.install.length, "package")}: ${some(analysis.install, 40)}`;
}

const FROM = { apt: "apt", builder: "the builder's dpkg" } as const;

/** What the line costs, as far as anybody knows. */
function addedRows(analysis: Analysis): Row[] {
  const { added } = analysis;
  if (added.packages.length === 0 || added.from === null) return [];
  return [["adds", `${addedText(analysis)}, with dependencies (sizes from ${FROM[added.from]})`]];
}

function impliedRows(analysis: Analysis): Row[] {
  const implied = analysis.packages.filter((item) => item.status === "implied");
  if (implied.length === 0) return [];
  return [["implied", implied.map((item) => `${item.name} (by ${some(item.impliedBy, 2)})`).join(", ")]];
}

function problemRows(analysis: Analysis, verbose: boolean): Row[] {
  const limit = verbose ? Number.POSITIVE_INFINITY : SHOWN;
  const rows: Row[] = [
    ...analysis.copy.map(
      (need): Row => [
        "copy",
        `${printable(need.source)} (${need.package === null ? "no package" : need.package}), needed by ${some(need.requiredBy, 2)}`,
        "yellow",
      ],
    ),
    ...analysis.missing.map((item): Row => ["missing", missingText(item), "red"]),
    ...analysis.unreadable.map(
      (item): Row => ["unreadable", `${printable(item.path)}: ${printable(item.reason)}`, "red"],
    ),
    ...analysis.notes.filter(isUnread).map((note): Row => ["not read", noteText(note), "red"]),
    ...analysis.dropped
      .filter((item) => item.reason === "no-evidence")
      .map(
        (item): Row => ["only in your list", `${printable(item.package)} (${droppedText(item, analysis)})`, "yellow"],
      ),
  ];
  return rows.length <= limit
    ? rows
    : [...rows.slice(0, limit), ["", `… and ${rows.length - limit} more (-v shows all)`]];
}

/** Whether a note tells why the answer is incomplete. */
function isUnread({ code }: Note): boolean {
  return code === "packed" || code === "archive-not-read" || code === "archives-in-archive";
}

function unseenRows(analysis: Analysis, verbose: boolean): Row[] {
  const told = new Set(analysis.dropped.map((item) => item.package));
  const rows = analysis.suggested
    .filter((item) => !told.has(item.package))
    .map((item): Row => ["suggested", `${item.package} (${item.trigger}): ${item.reason}`]);
  const isTold = (note: Note): boolean => isUnread(note) || (note.code === "possibly-opened" && told.has(note.package));
  const notes = analysis.notes.filter((note) => !isTold(note)).map((note): Row => ["note", noteText(note)]);
  const all = [...rows, ...notes];
  const shown = verbose ? all : all.slice(0, SHOWN);
  if (shown.length < all.length) shown.push(["", `… and ${all.length - shown.length} more notes (-v shows all)`]);
  const blind: Row = ["not checked", "files opened at run time: dlopen, plugins, data, other programs"];
  return [...shown, blind];
}
