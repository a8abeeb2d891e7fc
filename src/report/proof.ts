import type { Analysis } from "../analysis/model.ts";
import type { MemberProof, Proof, RunProof, Trouble } from "../proof/model.ts";
import { jsonText } from "./json.ts";
import { printable } from "./names.ts";
import { textOf } from "./output.ts";
import { type TableRow, tableLines } from "./table.ts";
import { terminalSafe } from "./terminal.ts";
import { wrapHanging } from "./wrap.ts";

/** What `verify` has to tell. */
export interface ProofReport {
  readonly analysis: Analysis;
  readonly proof: Proof;
}

/** The JSON contract of `verify`: the analysis and the proof. */
export function proofJson({ analysis, proof }: ProofReport): string {
  return jsonText({ ...analysis, proof });
}

/** How many lines of one kind are shown before the rest is only counted. */
const SHOWN = 20;
/** Output lines shown after a successful run. */
const SHOWN_OUTPUT = 3;

/** A table of what is proved, wrapped. */
export function proofText(report: ProofReport, { columns }: { readonly columns: number | null }): string {
  const { proof } = report;
  const rows: TableRow[] = [
    ["", "proved", "how"],
    sufficientRow(proof),
    ...unresolvedRows(proof.unresolved),
    ...irreducibleRows(proof),
    ...runRows(proof.run),
    ...sizeRows(proof),
  ];
  return textOf([...tableLines(rows, columns), ...remarks(report).flatMap((text) => wrapHanging(text, columns, 2))]);
}

function sufficientRow({ mode, sufficient, asked, unresolved, unproved }: Proof): TableRow {
  const image = mode === "line" ? "the image with the line" : "the stage as written";
  const ways = [
    ...(asked.loader > 0 ? [`${count(asked.loader, "file")} checked by its loader`] : []),
    ...(asked.rules > 0
      ? [`${count(asked.rules, "file")} checked only by our own rules, as its loader cannot check them`]
      : []),
    ...(asked.interpreters > 0 ? [`${count(asked.interpreters, "interpreter")} checked`] : []),
    ...(unproved.length > 0 ? [`${count(unproved.length, "file")} not proved`] : []),
  ];
  const how = ways.length === 0 ? "no file needs a library or an interpreter" : ways.join(", ");
  const found = unresolved.length === 0 ? "" : `; unresolved:`;
  const proved = sufficient === true && asked.loader === 0 && asked.rules > 0 ? "by rules" : yesNo(sufficient);
  return ["sufficient", proved, `${image}: ${how}${found}`];
}

/** A row for each thing that is lacking, with who lacks it. */
function unresolvedRows(troubles: readonly Trouble[]): TableRow[] {
  const groups = new Map<string, Trouble[]>();
  for (const one of troubles) {
    const what = one.kind === "absent" ? one.path : lackText(one);
    groups.set(what, [...(groups.get(what) ?? []), one]);
  }
  const rows = [...groups.values()].map((group): TableRow => {
    const others = group.length - 1;
    return ["", "", `${troubleText(group[0])}${others === 0 ? "" : `, and ${count(others, "file")} more`}`];
  });
  return rows.length > SHOWN ? [...rows.slice(0, SHOWN), ["", "", `… and ${rows.length - SHOWN} more`]] : rows;
}

/** `/usr/bin/app: libx.so.1 is not found`. */
function troubleText(trouble: Trouble | undefined): string {
  return trouble === undefined ? "" : `${printable(trouble.path)}: ${lackText(trouble)}`;
}

function lackText({ kind, name, version, by }: Trouble): string {
  const what: Readonly<Record<Trouble["kind"], string>> = {
    library: `${printable(name)} not found`,
    version: `${printable(name)} has no version ${printable(version ?? "")}`,
    interpreter: `interpreter ${printable(name)} not found`,
    command: `${printable(name)} not found, or not executable`,
    preload: `${printable(name)} cannot be preloaded`,
    absent: "not in the image",
    loader: `loader error: ${printable(name)}`,
  };
  return `${what[kind]}${by === "rules" && kind !== "absent" ? " (according to our own rules)" : ""}`;
}

function irreducibleRows({ irreducible, members, unread, line }: Proof): TableRow[] {
  if (irreducible === null && members.length === 0 && unread.length === 0) return [];
  if (line.length === 0) return [["irreducible", yesNo(irreducible), "no package is installed"]];
  const of = (verdict: MemberProof["verdict"]): number => members.filter((one) => one.verdict === verdict).length;
  const parts = [
    `${of("needed")} of ${count(members.length, "package")} needed`,
    ...(of("removable") > 0 ? [`${of("removable")} removable`] : []),
    ...(of("not-provable") > 0 ? [`${of("not-provable")} kept without proof`] : []),
    ...(of("unknown") > 0 ? [`${of("unknown")} not tested`] : []),
    ...(unread.length > 0 ? [`not all of the list could be read: ${unread.map(printable).join(", ")}`] : []),
  ];
  const rows = members.map((one): TableRow => [`  ${one.package}`, VERDICT[one.verdict], memberText(one)]);
  return members.length === 0 ? [] : [["irreducible", yesNo(irreducible), parts.join(", ")], ...rows];
}

const VERDICT: Readonly<Record<MemberProof["verdict"], string>> = {
  needed: "needed",
  removable: "removable",
  "not-provable": "-",
  unknown: "unknown",
};

function memberText({ package: word, verdict, how, gone, broken, example, reason }: MemberProof): string {
  if (verdict === "not-provable") return REASON[reason ?? ""] ?? "kept: the loader cannot judge it";
  if (verdict === "unknown") {
    return reason === "not-literal"
      ? "it cannot safely be removed from the Dockerfile"
      : `apt rejects the remaining list: ${terminalSafe(reason ?? "")}`;
  }
  if (how === "simulated") return "apt installs the same without it";
  const others = gone.filter((name) => name !== word).length;
  const way =
    how === "built"
      ? "built without it"
      : `removed${others === 0 ? "" : ` with ${count(others, "dependency", "dependencies")}`}`;
  if (example === null) return `${way}: everything resolves`;
  return `${way}: ${count(broken, "file")} broken, e.g. ${troubleText(example)}`;
}

/** Why the loader has no say in a package. */
const REASON: Readonly<Record<string, string>> = {
  recommended: "kept: a recommended companion, which the loader cannot judge",
  dlopen: "kept: a dlopen note says that it is opened at run time",
  command: "kept: the stage calls a command of it, which the loader cannot judge",
  observed: "kept: opened at run time",
  kept: "kept by the config file",
  "no-evidence": "kept: no use found, but none could be",
  "spoken-for": "kept: used by something other than the loader",
};

function runRows(run: RunProof | null): TableRow[] {
  if (run === null) return [];
  const well = run.outcome === "limit" || run.exitCode === 0;
  const end = run.outcome === "limit" ? `still running after ${run.seconds} s` : `exit code ${run.exitCode}`;
  const wanted = run.missing.filter((one) => one.package !== null);
  const rows: TableRow[] = [
    [
      "run",
      yesNo(well && wanted.length === 0),
      `${terminalSafe(run.command)}: ${end}; ${count(run.processes, "process", "processes")} observed`,
    ],
  ];
  const detail = (text: string): void => void rows.push(["", "", text]);
  const shown = run.opened.slice(0, SHOWN);
  for (const { path, by, package: name, brought } of shown) {
    const whose = name === null ? "no package" : `${name}${brought ? "" : ", not installed by the computed line"}`;
    detail(`${printable(by)} opened ${printable(path)} (${whose})`);
  }
  if (run.opened.length > SHOWN) detail(`… and ${run.opened.length - SHOWN} more opened`);
  for (const { name, by, package: word } of wanted)
    detail(`${printable(by)} did not find ${printable(name)}, which the builder has in ${word}`);
  const idle = new Set(run.missing.flatMap((one) => (one.package === null ? [printable(one.name)] : [])));
  if (idle.size > 0) detail(`not found, and not in the builder either: ${some([...idle])}`);
  for (const word of run.added) detail(`added to the line because it is opened at run time: ${word}`);
  if (!run.whole) detail("not everything could be observed: too many files were opened");
  for (const line of run.output.slice(well ? -SHOWN_OUTPUT : 0)) detail(`| ${terminalSafe(line)}`);
  return rows;
}

function sizeRows({ mode, imageBytes, baseBytes, named }: Proof): TableRow[] {
  const what = mode === "line" ? "with the line and the artifacts" : "as written";
  const base =
    baseBytes === null ? "" : `: ${megabytes(imageBytes - baseBytes)} added to the base of ${megabytes(baseBytes)}`;
  const rows: TableRow[] = [["image", "", `${megabytes(imageBytes)} ${what}${base}`]];
  if (named === null) return rows;
  const more =
    named.packages.length === 0
      ? "nothing: listing every package that ldd names would install the same"
      : `${megabytes(named.bytes)} less than listing every package that ldd names, which would also install or upgrade ${some(named.packages)}`;
  return [...rows, ["saved", "", more]];
}

/** What must be known beside the table. */
function remarks({ analysis, proof }: ProofReport): string[] {
  const { copied, leftOut, unproved, exempt, differs } = proof;
  const lines: string[] = [];
  if (analysis.unreadable.length > 0)
    lines.push(
      `Incomplete: ${count(analysis.unreadable.length, "path")} of the builder or the base could not be read.`,
    );
  if (copied.length > 0) {
    lines.push("Copied in addition to the COPY instructions of the Dockerfile:");
    for (const { from, source, destination } of copied) lines.push(`  COPY --from=${from} ${source} ${destination}`);
  }
  if (leftOut.length > 0)
    lines.push(
      `Omitted from the image: ${leftOut.map(({ keyword, line }) => `${keyword} in line ${line}`).join(", ")} (included with --current).`,
    );
  for (const { path, reason } of unproved.slice(0, SHOWN))
    lines.push(`Not proved: ${printable(path)}: ${UNPROVED[reason]}.`);
  const hosts = [...new Set(exempt.flatMap(({ name, reason }) => (reason === "host" ? [printable(name)] : [])))];
  if (hosts.length > 0) lines.push(`Provided by the host at run time: ${some(hosts)}.`);
  const plugins = new Set(exempt.flatMap(({ path, reason }) => (reason === "plugin" ? [path] : [])));
  if (plugins.size > 0)
    lines.push(`${count(plugins.size, "plugin")} checked together with the libraries of the programs that open them.`);
  const optional = new Set(exempt.flatMap(({ path, reason }) => (reason === "optional" ? [path] : [])));
  if (optional.size > 0)
    lines.push(`${count(optional.size, "plugin")} without a library, which programs are known to run without.`);
  for (const one of differs.slice(0, SHOWN))
    lines.push(`Found by our own rules but not by the loader: ${troubleText(one)}.`);
  return lines.length === 0 ? [] : ["", ...lines];
}

const UNPROVED: Readonly<Record<Proof["unproved"][number]["reason"], string>> = {
  archive: "an archive or a mount: what the image takes from it was not seen (--current includes the RUN instructions)",
  foreign: "built for another architecture or libc",
  damaged: "a damaged ELF file",
  packed: "what it unpacks at run time cannot be read; inspect it before it is packed",
  unknown: "some of the files that it loads could not be read",
  plugin: "a plugin with a missing library; whether it is opened is not known",
  command: "its program is not in the image; an omitted RUN may create it (--current includes it)",
};

function yesNo(value: boolean | null): string {
  return value === null ? "unknown" : value ? "yes" : "NO";
}

function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`;
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).join(", ");
  return names.length > SHOWN ? `${shown} and ${names.length - SHOWN} more` : shown;
}

/** Decimal megabytes, as docker shows sizes. */
function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
