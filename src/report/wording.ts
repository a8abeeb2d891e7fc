import type { Analysis, ChainLink, Distribution, Dropped, Missing, Note, Package } from "../analysis/model.ts";
import { hintText } from "./missing-hints.ts";
import { printable } from "./names.ts";

/** `builder of ./Dockerfile on linux/amd64, debian 13 (trixie)`. */
export function headingText(analysis: Analysis): string {
  return analysis.builders
    .map((builder) => {
      return `${builderText(builder)}, ${builder.platform}${builder.distribution === null ? "" : `, ${distributionText(builder.distribution)}`}`;
    })
    .join("; ");
}

function builderText({ stage, base, origin }: Analysis["builders"][number]): string {
  const what = { stage: "image", image: "image", rootfs: base === "/" ? "this machine" : "tree", oci: "archive" }[
    origin
  ];
  const name = base === "/" && origin === "rootfs" ? "" : ` ${printable(base ?? "")}`;
  if (stage === null) return `${what}${name}`;
  return origin === "rootfs" || origin === "oci"
    ? `stage ${printable(stage)} as ${what}${name}`
    : `stage ${printable(stage)}`;
}

function distributionText(distribution: Distribution): string {
  const version = distribution.versionId === null ? "" : ` ${distribution.versionId}`;
  const codename = distribution.codename === null ? "" : ` (${distribution.codename})`;
  return printable(`${distribution.id}${version}${codename}`);
}

/** `/out/bin/app → libfoo.so.1 → libbar.so.2`. */
export function chainText(artifact: string, chain: readonly ChainLink[]): string {
  return [artifact, ...chain.map((link) => link.soname)].map(printable).join(" → ");
}

export function missingText(item: Missing): string {
  const [first] = item.chains;
  const chain =
    first === undefined ? printable(item.requiredBy[0] ?? "") : first.map((link) => printable(link.soname)).join(" → ");
  const more = item.requiredBy.length > 1 ? ` and ${item.requiredBy.length - 1} more` : "";
  const hint = hintText(item.hint);
  return `${MISSING_TEXT[item.kind](item)} (${chain}${more})${hint === null ? "" : `; ${hint}`}`;
}

const MISSING_TEXT: Readonly<Record<Missing["kind"], (item: Missing) => string>> = {
  library: (item) => [item.name, ...(item.alternatives ?? [])].map(printable).join(" or "),
  version: (item) =>
    `${printable(item.name)} without version ${printable(item.version ?? "")}, in ${printable(item.providedBy ?? "")}`,
  interpreter: (item) => `interpreter ${printable(item.name)}`,
  misplaced: (item) =>
    `${printable(item.name)} is copied to ${printable(item.providedBy ?? "")}, where the loader does not look`,
};

/** Why a package of the present line is not in ours, or may yet be wanted. */
export function droppedText(item: Dropped, analysis: Pick<Analysis, "suggested">): string {
  if (item.calledBy !== null) return `${printable(item.calledBy)} calls it`;
  const suggestion = analysis.suggested.find((one) => one.package === item.package);
  if (suggestion !== undefined) return `${suggestion.trigger}: ${printable(suggestion.reason)}`;
  return "no library of it is needed; keep it if the program uses it";
}

/** `libfoo1 (install): /out/bin/app → libfoo.so.1`. */
export function whyText(item: Package): string {
  const [reason] = item.reasons;
  const chain = reason === undefined ? "" : `: ${chainText(reason.artifact, reason.chain)}`;
  const more = item.reasons.length > 1 ? ` and ${item.reasons.length - 1} more` : "";
  const because = reason?.because === undefined ? "" : `; recommended: ${reason.because}`;
  return `${item.name} (${item.status})${chain}${more}${because}`;
}

const at = (note: Note): string => printable(note.path ?? "");
const detail = (note: Note, name: string): string => {
  const value = note[name];
  return printable(Array.isArray(value) ? value.join(", ") : String(value ?? ""));
};

const LOADER_ABSENCES: Readonly<Record<string, string>> = {
  archive: "an archive has no loader that could be run",
  "not-root": "only root may run the loader of a tree apart from this machine",
  "not-isolated": "the loader of the tree cannot be run apart from this machine here",
};

const NOTE_TEXT: Readonly<Record<Note["code"], (note: Note) => string>> = {
  "foreign-architecture": (note) =>
    `${at(note)} is for ${detail(note, "machine")}; its libraries are not in the builder`,
  musl: (note) => `${at(note)} is built for musl; no Debian package brings its libraries`,
  android: (note) => `${at(note)} is built for Android; no Debian package brings its libraries`,
  "damaged-elf": (note) => `${at(note)} is a damaged ELF file: ${detail(note, "reason")}`,
  "dev-package": (note) =>
    `${detail(note, "package")} is a development package; ${at(note)} asks for its unversioned ${detail(note, "soname")}`,
  "loader-differs": (note) =>
    `${at(note)}: ldd finds ${detail(note, "soname")} at ${detail(note, "ldd")}, our rules at ${detail(note, "static")}`,
  "loader-not-asked": (note) => {
    const others = Number(note.files ?? 1) - 1;
    const more = others > 0 ? ` and ${others} more` : "";
    return `${at(note)}${more}: the loader could not be asked (${detail(note, "reason")}); resolved by our own rules`;
  },
  "needs-ldconfig": (note) => `${at(note)} is found only after ldconfig has run behind the COPY`,
  "shadows-package": (note) => `${at(note)} hides the library of ${detail(note, "package")}`,
  "not-looked-at": (note) =>
    `not looked at: ${detail(note, "from")} (line ${detail(note, "line")}): ${detail(note, "reason")}`,
  "last-stage-passed-over": (note) =>
    `the runtime stage is ${detail(note, "chosen")}: the last stage, ${detail(note, "stage")}, looks like one that is not shipped (--runtime ${detail(note, "stage")} takes it)`,
  "unresolved-plugin": (note) =>
    `${at(note)} asks for ${detail(note, "soname")}, which the program that opens it has loaded already`,
  "releases-differ": (note) =>
    `the builder is ${detail(note, "builder")} and the runtime base ${detail(note, "runtime")}`,
  "assumed-base": (note) =>
    note.declared === true
      ? `${detail(note, "base")} was not looked at: our tables say what it has`
      : `no runtime stage: ${detail(note, "base")} is taken as the base`,
  "loader-not-run": (note) =>
    `libraries are resolved by our own rules alone: ${LOADER_ABSENCES[String(note.reason)] ?? detail(note, "reason")}`,
  "configuration-unknown": (note) =>
    `the tree ${detail(note, "tree")} has no image configuration: what ENV and USER it had is not known, and no LD_LIBRARY_PATH of it is counted`,
  "assumed-destination": (note) => `no COPY brings ${at(note)}: taken as copied to ${detail(note, "destination")}`,
  "command-not-found": (note) =>
    `${detail(note, "keyword")} calls ${detail(note, "program")}, which neither the base nor the artifacts have`,
  "interpreter-unowned": (note) => `${at(note)}: no package owns its interpreter ${detail(note, "interpreter")}`,
  "dlopen-damaged": (note) => `${at(note)}: a dlopen note cannot be read: ${detail(note, "reason")}`,
  "dlopen-suggested": (note) =>
    `${at(note)} may open ${detail(note, "sonames")} (${detail(note, "priority")}): ${detail(note, "description")}`,
  "package-held": (note) =>
    `${detail(note, "package")} is on hold in the runtime base, and too old: apt refuses to upgrade it`,
  "half-installed": (note) => `${detail(note, "package")} is ${detail(note, "state")} in the builder`,
  "foreign-package-origin": (note) => originText(note),
  "closure-unknown": (note) =>
    `what the packages bring in on ${detail(note, "runtime")} is not known: the line may name more than it must (--online asks apt)`,
  "perhaps-implied": (note) =>
    `${detail(note, "package")} may come with ${detail(note, "by")} anyway, by a choice of apt's that is not known: the line may name one more than it must${note.online === true ? "" : " (--online asks apt)"}`,
  "versions-unproved": (note) =>
    `${at(note)} asks for ${detail(note, "versions")} of ${detail(note, "soname")}; whether ${detail(note, "package")} there has it is not known (--online asks apt)`,
  "soname-unknown": (note) =>
    `which package brings ${detail(note, "soname")} there is not known${note.hint == null ? "" : `, perhaps ${detail(note, "hint")}`}`,
  "interpreter-unknown": (note) =>
    `which package brings ${detail(note, "interpreter")} for ${at(note)} there is not known, perhaps ${detail(note, "hint")}`,
  "names-not-searched": (note) =>
    `${detail(note, "files")} files were too large to be searched for names of libraries that they may open`,
  "possibly-opened": (note) =>
    `${at(note)} holds the name ${detail(note, "soname")} (${detail(note, "package")}): possibly opened at run time`,
  "copy-breaks-merged-usr": (note) =>
    `COPY of ${at(note)} puts a folder where the base has a link (${detail(note, "link")}): the build will fail`,
  "no-apt-runtime": (note) => `the runtime base ${detail(note, "base")} has no apt: copy the listed files instead`,
};

/** Where a package is not from; its maintainer is all that dpkg keeps of where it is from. */
function originText(note: Note): string {
  const maintainer = note.maintainer == null ? "" : ` (maintainer: ${detail(note, "maintainer")})`;
  const what = `${detail(note, "package")} ${detail(note, "version")}${maintainer} is not from`;
  const table = note.evidence === "table";
  if (note.candidate != null)
    return `${what} the archive of ${detail(note, "release")}, where it is ${detail(note, "candidate")}`;
  return `${what} ${table ? "main of " : "the archive of "}${detail(note, "release")}: another repository or a .deb file`;
}

/** The sentence for a note. */
export function noteText(note: Note): string {
  return NOTE_TEXT[note.code](note);
}
