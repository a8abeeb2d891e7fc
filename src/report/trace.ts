import { endsAlike, endsWell, type RunEnd, type TracedPackage, type TracedPath } from "../proof/trace/model.ts";
import type { RunAccount, TraceReport, TraceResult } from "../proof/trace/result.ts";
import { jsonText } from "./json.ts";
import { printable } from "./names.ts";
import { textOf } from "./output.ts";
import { type TableRow, tableLines } from "./table.ts";
import { terminalSafe } from "./terminal.ts";
import { wrapHanging } from "./wrap.ts";

/** The JSON contract of `trace`: the analysis and what was observed. */
export function traceJson({ analysis, trace }: TraceReport): string {
  return jsonText({ ...analysis, trace });
}

/** How many items of one kind are shown before the rest is only counted. */
const SHOWN = 20;
/** Output lines shown after a successful run. */
const SHOWN_OUTPUT = 3;

/** A table of the runs and of what they need, wrapped. */
export function traceText({ analysis, trace }: TraceReport, { columns }: { readonly columns: number | null }): string {
  const { full, lean, leanBefore, needed, added } = trace;
  const rows: TableRow[] = [
    ["", "result", "how"],
    ...savedRows(trace),
    ...(full === null
      ? []
      : runRows("full run", full, full, `${commandText(trace)}: in the builder with the artifacts`)),
    ...(leanBefore === null
      ? []
      : [["lean run before", endText(leanBefore), "in the image with the line before"] as const]),
    ...(lean === null || full === null ? [] : runRows("lean run", lean, full, "in the image with the line")),
    ...packageRows(added, "added"),
    ...packageRows(needed, null),
    ...fileRows(trace.unnamed),
    ...lineRows(trace),
  ];
  const incomplete =
    analysis.unreadable.length > 0
      ? [`Incomplete: ${count(analysis.unreadable.length, "path")} could not be read.`]
      : [];
  const remarks = [...incomplete, ...probedLines(trace), ...vainLines(trace), ...unseenLines(trace)];
  const wrapped = remarks.flatMap((text) => wrapHanging(text, columns, 2));
  return textOf([...tableLines(rows, columns), ...(wrapped.length === 0 ? [] : ["", ...wrapped])]);
}

function savedRows({ saved }: TraceResult): TableRow[] {
  return saved.map(({ command, full, lean }) => [
    "saved run",
    endText(full),
    `${command.map(terminalSafe).join(" ")}: in the image with the line ${endText(lean)}`,
  ]);
}

function runRows(what: string, run: RunAccount, full: RunAccount, where: string): TableRow[] {
  const isFine = endsWell(run) && endsAlike(run, full);
  const probe = run.probe === null ? "" : `; probe: exit ${run.probe}`;
  const seen = `${count(run.programs, "program")}, ${count(run.paths, "path")}`;
  const line = (text: string): TableRow => ["", "", `| ${terminalSafe(text)}`];
  const shown = isFine ? SHOWN_OUTPUT : SHOWN;
  return [
    [what, endText(run), `${where}: ${seen}${probe}`],
    ...run.output.slice(-shown).map(line),
    ...run.probeOutput.slice(-shown).map((text): TableRow => ["", "", `probe | ${terminalSafe(text)}`]),
  ];
}

function endText({ outcome, exitCode }: Pick<RunEnd, "outcome" | "exitCode">): string {
  if (outcome === "ended") return `exit ${exitCode}`;
  return outcome === "limit" ? "ended by --for" : "ended by probe";
}

function commandText({ command }: TraceResult): string {
  return (command ?? []).map(terminalSafe).join(" ");
}

/** One row a package, with the file that shows best what it is for. */
function packageRows(packages: readonly TracedPackage[], result: string | null): TableRow[] {
  return packages.map(({ package: name, verdict, paths }) => [
    `  ${name}`,
    result ?? verdict ?? "",
    exampleText(paths),
  ]);
}

function exampleText(paths: readonly TracedPath[]): string {
  const weighty = paths.filter(({ verdict }) => verdict === "required" || verdict === "used");
  const shown = weighty.length > 0 ? weighty : paths;
  const first = shown.find(({ verdict }) => verdict === "required") ?? shown[0];
  if (first === undefined) return "";
  const others = shown.length - 1;
  return `${actionText(first)}${others === 0 ? "" : `, and ${count(others, "path")} more`}`;
}

const ACTIONS: Readonly<Record<TracedPath["kind"], string>> = {
  exec: "started",
  open: "opened",
  list: "listed",
  look: "looked for",
};

function actionText({ path, kind, by }: TracedPath): string {
  const [program = ""] = by;
  return program === ""
    ? `${ACTIONS[kind]}: ${printable(path)}`
    : `${printable(program)} ${ACTIONS[kind]} ${printable(path)}`;
}

function fileRows(files: readonly TracedPath[]): TableRow[] {
  const rows = files
    .slice(0, SHOWN)
    .map((one): TableRow => ["  no package", one.verdict ?? "", `${actionText(one)}: to be copied or made`]);
  return files.length > SHOWN ? [...rows, ["", "", `… and ${files.length - SHOWN} more files of no package`]] : rows;
}

function lineRows({ line, lineBefore }: TraceResult): TableRow[] {
  const words = (list: readonly string[]): string => (list.length === 0 ? "(nothing)" : list.join(" "));
  const now: TableRow = ["line", "", words(line)];
  return words(line) === words(lineBefore) ? [now] : [["line before", "", words(lineBefore)], now];
}

function probedLines({ probed }: TraceResult): string[] {
  if (probed.length === 0) return [];
  const shown = probed.map(({ package: name, paths: [path] }) => `${name} (${printable(path?.path ?? "")})`);
  return [`Only looked for, and not needed: ${some(shown)}.`];
}

function vainLines({ vain, otherVain }: TraceResult): string[] {
  const shown = vain.map(({ package: name, paths: [path] }) => `${printable(path?.path ?? "")} (${name})`);
  const others = otherVain === 0 ? "" : `${count(otherVain, "path")} of no known package`;
  if (shown.length === 0 && others === "") return [];
  return [
    `Not found in either run: ${[...(shown.length === 0 ? [] : [some(shown)]), others].filter((text) => text !== "").join("; ")}.`,
  ];
}

const UNSEEN: Readonly<Record<string, string>> = {
  abi: "system calls of another architecture",
  events: "everything after the limit of events",
  fanotify_init: "files that fanotify opens",
  io_uring_setup: "files that io_uring opens",
  "loader-only": "files that are opened without the loader",
  open_by_handle_at: "files that are opened by their handle",
  paths: "everything after the limit of paths",
  unread: "some paths of processes that could not be read",
};

function unseenLines({ unseen, loaderOnly }: TraceResult): string[] {
  const lines =
    unseen.length === 0 ? [] : [`Not seen: ${unseen.map((name) => UNSEEN[name] ?? printable(name)).join(", ")}.`];
  if (loaderOnly === null) return lines;
  return [`Only the loader was watched, as the command could not be traced: ${terminalSafe(loaderOnly)}.`, ...lines];
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en-US")} ${number === 1 ? one : many}`;
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(", ");
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}
