import type { Analysis } from "../analysis/model.ts";
import type { MemberProof, Proof, RunProof, Trouble } from "../proof/model.ts";
import { jsonText } from "./json.ts";
import { printable } from "./names.ts";
import { textOf } from "./output.ts";
import { terminalSafe } from "./terminal.ts";

/** What `verify` has to tell. */
export interface ProofReport {
  readonly analysis: Analysis;
  readonly proof: Proof;
}

/** The formats of `verify --format`, by name. */
export const PROOF_FORMATS: Readonly<Record<string, (report: ProofReport) => string>> = {
  text: proofText,
  json: ({ analysis, proof }) => jsonText({ ...analysis, proof }),
};

/** What is proved, the verdict, and how it was found. */
type Row = readonly [what: string, proved: string, how: string];

/** How many lines of one kind are shown before the rest is only counted. */
const SHOWN = 20;
/** Of what a run printed that went well. */
const SHOWN_OUTPUT = 3;

function proofText(report: ProofReport): string {
  const { proof } = report;
  const rows: Row[] = [
    ["", "proved", "how"],
    sufficientRow(proof),
    ...unresolvedRows(proof.unresolved),
    ...irreducibleRows(proof),
    ...runRows(proof.run),
    ...sizeRows(proof),
  ];
  const width = (column: 0 | 1): number => Math.max(...rows.map((row) => row[column].length));
  const lines = rows.map(([what, proved, how]) =>
    `${what.padEnd(width(0))}  ${proved.padEnd(width(1))}  ${how}`.trimEnd(),
  );
  return textOf([...lines, ...remarks(report)]);
}

function sufficientRow({ mode, sufficient, asked, unresolved, unproved }: Proof): Row {
  const image = mode === "line" ? "the image with the line" : "the stage as it stands";
  const ways = [
    ...(asked.loader > 0 ? [`its own loader was asked about ${count(asked.loader, "file")}`] : []),
    ...(asked.rules > 0
      ? [`our rules alone about ${count(asked.rules, "file")}, which its loader cannot be asked about`]
      : []),
    ...(asked.interpreters > 0 ? [`${count(asked.interpreters, "interpreter")} looked for`] : []),
    ...(unproved.length > 0 ? [`${count(unproved.length, "file")} not proved`] : []),
  ];
  const how = ways.length === 0 ? "nothing asks for a library or an interpreter" : ways.join(", ");
  const found = unresolved.length === 0 ? "" : `; ${unresolved.length === 1 ? "this does" : "these do"} not resolve:`;
  const proved = sufficient === true && asked.loader === 0 && asked.rules > 0 ? "by rules" : yesNo(sufficient);
  return ["sufficient", proved, `${image}: ${how}${found}`];
}

/** A row for each thing that is lacking, with who lacks it. */
function unresolvedRows(troubles: readonly Trouble[]): Row[] {
  const groups = new Map<string, Trouble[]>();
  for (const one of troubles) {
    const what = one.kind === "absent" ? one.path : lackText(one);
    groups.set(what, [...(groups.get(what) ?? []), one]);
  }
  const rows = [...groups.values()].map((group): Row => {
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
    library: `${printable(name)} is not found`,
    version: `${printable(name)} has no version ${printable(version ?? "")}`,
    interpreter: `the interpreter ${printable(name)} is not there`,
    preload: `${printable(name)} cannot be preloaded`,
    absent: "is not in the image",
    loader: `the loader says: ${printable(name)}`,
  };
  return `${what[kind]}${by === "rules" && kind !== "absent" ? " (by our rules)" : ""}`;
}

function irreducibleRows({ irreducible, members, unread, line }: Proof): Row[] {
  if (irreducible === null && members.length === 0 && unread.length === 0) return [];
  if (line.length === 0) return [["irreducible", yesNo(irreducible), "no package is installed"]];
  const of = (verdict: MemberProof["verdict"]): number => members.filter((one) => one.verdict === verdict).length;
  const parts = [
    `${of("needed")} of ${count(members.length, "package")} needed`,
    ...(of("removable") > 0 ? [`${of("removable")} removable`] : []),
    ...(of("not-provable") > 0 ? [`${of("not-provable")} kept without proof`] : []),
    ...(of("unknown") > 0 ? [`${of("unknown")} not tried`] : []),
    ...(unread.length > 0 ? [`not all of the list could be read: ${unread.map(printable).join(", ")}`] : []),
  ];
  const rows = members.map((one): Row => [`  ${one.package}`, VERDICT[one.verdict], memberText(one)]);
  return members.length === 0 ? [] : [["irreducible", yesNo(irreducible), parts.join(", ")], ...rows];
}

const VERDICT: Readonly<Record<MemberProof["verdict"], string>> = {
  needed: "needed",
  removable: "removable",
  "not-provable": "-",
  unknown: "unknown",
};

function memberText({ package: word, verdict, how, gone, broken, example, reason }: MemberProof): string {
  if (verdict === "not-provable") return REASON[reason ?? ""] ?? "the loader has no say in it";
  if (verdict === "unknown") {
    return reason === "not-literal"
      ? "its word cannot be taken out of the Dockerfile for certain"
      : `apt refuses the rest: ${terminalSafe(reason ?? "")}`;
  }
  if (how === "simulated") return "apt installs the same without it";
  const others = gone.filter((name) => name !== word).length;
  const way =
    how === "built"
      ? "built without it"
      : `taken out${others === 0 ? "" : ` with ${count(others, "package")} that came with it`}`;
  if (example === null) return `${way}: all resolves`;
  return `${way}: ${count(broken, "file")} broken, e.g. ${troubleText(example)}`;
}

/** Why the loader has no say in a package. */
const REASON: Readonly<Record<string, string>> = {
  recommended: "kept as a companion: no loader asks for it",
  dlopen: "kept: a note in a file says that it is opened at run time",
  observed: "kept: opened at run time",
  requested: "kept as it was asked for",
  "no-evidence": "kept: nothing speaks for it, and nothing could",
  "spoken-for": "kept: something other than the loader speaks for it",
};

function runRows(run: RunProof | null): Row[] {
  if (run === null) return [];
  const well = run.outcome === "limit" || run.exitCode === 0;
  const end = run.outcome === "limit" ? `still ran after ${run.seconds} s` : `ended with exit code ${run.exitCode}`;
  const wanted = run.missing.filter((one) => one.package !== null);
  const rows: Row[] = [
    [
      "run",
      yesNo(well && wanted.length === 0),
      `${terminalSafe(run.command)}: ${end}; ${count(run.processes, "process", "processes")} watched`,
    ],
  ];
  const detail = (text: string): void => void rows.push(["", "", text]);
  const shown = run.opened.slice(0, SHOWN);
  for (const { path, by, package: name, brought } of shown) {
    const whose = name === null ? "of no package" : `of ${name}${brought ? "" : ", which our line does not bring"}`;
    detail(`opened ${printable(path)}, ${whose} (by ${printable(by)})`);
  }
  if (run.opened.length > SHOWN) detail(`… and ${run.opened.length - SHOWN} more opened`);
  for (const { name, by, package: word } of wanted)
    detail(`${printable(name)} is not found, and the builder has it of ${word} (by ${printable(by)})`);
  const idle = new Set(run.missing.flatMap((one) => (one.package === null ? [printable(one.name)] : [])));
  if (idle.size > 0) detail(`looked for in vain, and not in the builder either: ${some([...idle])}`);
  for (const word of run.added) detail(`${word} was added to the line, because it is opened at run time`);
  if (!run.whole) detail("there was more to watch than there was room for");
  for (const line of run.output.slice(well ? -SHOWN_OUTPUT : 0)) detail(`| ${terminalSafe(line)}`);
  return rows;
}

function sizeRows({ mode, imageBytes, baseBytes, named }: Proof): Row[] {
  const what = mode === "line" ? "with the line and the artifacts" : "as it stands";
  const base =
    baseBytes === null
      ? ""
      : `; the base is ${megabytes(baseBytes)}, so that makes ${megabytes(imageBytes - baseBytes)}`;
  const rows: Row[] = [["image", "", `${megabytes(imageBytes)} ${what}${base}`]];
  if (named === null) return rows;
  const more =
    named.packages.length === 0
      ? "0 bytes saved against a line of every package that ldd names: apt would install the same"
      : `${megabytes(named.bytes)} saved against a line of every package that ldd names, which would install or upgrade ${some(named.packages)} too`;
  return [...rows, ["saved", "", more]];
}

/** What must be known beside the table. */
function remarks({ analysis, proof }: ProofReport): string[] {
  const { copied, leftOut, unproved, exempt, differs } = proof;
  const lines: string[] = [];
  if (!analysis.complete)
    lines.push(
      `Not everything could be read: ${count(analysis.unreadable.length, "path")} of the builder or the base.`,
    );
  if (copied.length > 0) {
    lines.push("Copied because the answer asks for it; the Dockerfile does not copy it:");
    for (const { from, source, destination } of copied) lines.push(`  COPY --from=${from} ${source} ${destination}`);
  }
  if (leftOut.length > 0)
    lines.push(
      `Left out of the image: ${leftOut.map(({ keyword, line }) => `${keyword} in line ${line}`).join(", ")} (--current has them).`,
    );
  for (const { path, reason } of unproved.slice(0, SHOWN))
    lines.push(`Not proved: ${printable(path)}: ${UNPROVED[reason]}.`);
  const hosts = [...new Set(exempt.flatMap(({ name, reason }) => (reason === "host" ? [printable(name)] : [])))];
  if (hosts.length > 0) lines.push(`Left to the host that runs the image: ${some(hosts)}.`);
  const plugins = new Set(exempt.flatMap(({ path, reason }) => (reason === "plugin" ? [path] : [])));
  if (plugins.size > 0)
    lines.push(`${count(plugins.size, "plugin")} asked about with what the program that opens it has loaded.`);
  for (const one of differs.slice(0, SHOWN))
    lines.push(`The loader finds no fault, our rules do: ${troubleText(one)}.`);
  return lines.length === 0 ? [] : ["", ...lines];
}

const UNPROVED: Readonly<Record<Proof["unproved"][number]["reason"], string>> = {
  foreign: "of another architecture or another libc",
  damaged: "a damaged ELF file",
  unknown: "not all of what it loads could be looked at",
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
