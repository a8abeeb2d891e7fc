import type {
  Analysis,
  ChainLink,
  Distribution,
  Dropped,
  Missing,
  Note,
  NoteCode,
  NoteDetails,
  NoteOf,
  Package,
} from "../analysis/model.ts";
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

const LOADER_ABSENCES: Readonly<Record<NoteDetails["loader-not-run"]["reason"], string>> = {
  archive: "an archive has no loader that could be run",
  "not-root": "only root may run the loader of a tree apart from this machine",
  "not-isolated": "the loader of the tree cannot be run apart from this machine here",
};

const at = ({ path }: Pick<Note, "path">): string => printable(path ?? "");
const list = (names: readonly string[]): string => names.map(printable).join(", ");
const or = (text: string | null, otherwise: string): string => (text === null ? otherwise : printable(text));

const NOTE_TEXT: { readonly [Code in NoteCode]: (note: NoteOf<Code>) => string } = {
  "foreign-architecture": (note) => `${at(note)} is for ${or(note.machine, "")}; its libraries are not in the builder`,
  musl: (note) => `${at(note)} is built for musl; no Debian package brings its libraries`,
  android: (note) => `${at(note)} is built for Android; no Debian package brings its libraries`,
  "damaged-elf": (note) => `${at(note)} is a damaged ELF file: ${printable(note.reason)}`,
  "dev-package": (note) =>
    `${printable(note.package)} is a development package; ${at(note)} asks for its unversioned ${printable(note.soname)}`,
  "loader-differs": (note) =>
    `${at(note)}: ldd finds ${printable(note.soname)} at ${or(note.ldd, "no path")}, our rules at ${or(note.static, "no path")}`,
  "loader-not-asked": (note) => {
    const more = note.files > 1 ? ` and ${note.files - 1} more` : "";
    return `${at(note)}${more}: the loader could not be asked (${printable(note.reason)}); resolved by our own rules`;
  },
  "needs-ldconfig": (note) => `${at(note)} is found only after ldconfig has run behind the COPY`,
  "shadows-package": (note) => `${at(note)} hides the library of ${printable(note.package)}`,
  "not-looked-at": (note) => `not looked at: ${printable(note.from)} (line ${note.line}): ${printable(note.reason)}`,
  "unresolved-plugin": (note) =>
    `${at(note)} asks for ${printable(note.soname)}, which the program that opens it has loaded already`,
  "releases-differ": (note) =>
    `the builder is ${printable(note.builder)} and the runtime base ${printable(note.runtime)}`,
  "assumed-base": (note) =>
    note.declared === true
      ? `${printable(note.base)} was not looked at: our tables say what it has`
      : `no runtime stage: ${printable(note.base)} is taken as the base`,
  "loader-not-run": (note) => `libraries are resolved by our own rules alone: ${LOADER_ABSENCES[note.reason]}`,
  "configuration-unknown": (note) =>
    `the tree ${printable(note.tree)} has no image configuration: what ENV and USER it had is not known, and no LD_LIBRARY_PATH of it is counted`,
  "assumed-destination": (note) => `no COPY brings ${at(note)}: taken as copied to ${printable(note.destination)}`,
  "command-not-found": (note) =>
    `${printable(note.keyword)} calls ${printable(note.program)}, which neither the base nor the artifacts have`,
  "interpreter-unowned": (note) => `${at(note)}: no package owns its interpreter ${printable(note.interpreter)}`,
  "dlopen-damaged": (note) => `${at(note)}: a dlopen note cannot be read: ${printable(note.reason)}`,
  "dlopen-suggested": (note) =>
    `${at(note)} may open ${list(note.sonames)} (${printable(note.priority)}): ${or(note.description, "")}`,
  "package-held": (note) =>
    `${printable(note.package)} is on hold in the runtime base, and too old: apt refuses to upgrade it`,
  "package-names-invalid": (note) =>
    `dpkg's status is damaged: it has package names that dpkg does not accept (${note.names.map((name) => JSON.stringify(printable(name))).join(", ")}), and what belongs to them is not known`,
  "half-installed": (note) => `${printable(note.package)} is ${printable(note.state)} in the builder`,
  "foreign-package-origin": (note) => originText(note),
  "closure-unknown": (note) =>
    `what the packages bring in on ${printable(note.runtime)} is not known: the line may name more than it must (--online asks apt)`,
  "perhaps-implied": (note) =>
    `${printable(note.package)} may come with ${list(note.by)} anyway, by a choice of apt's that is not known: the line may name one more than it must${note.online ? "" : " (--online asks apt)"}`,
  "versions-unproved": (note) =>
    `${at(note)} asks for ${list(note.versions)} of ${printable(note.soname)}; whether ${printable(note.package)} there has it is not known (--online asks apt)`,
  "soname-unknown": (note) =>
    `which package brings ${printable(note.soname)} there is not known${note.hint === null ? "" : `, perhaps ${printable(note.hint)}`}`,
  "interpreter-unknown": (note) =>
    `which package brings ${printable(note.interpreter)} for ${at(note)} there is not known, perhaps ${printable(note.hint)}`,
  "names-not-searched": (note) =>
    `${note.files} files were too large to be searched for names of libraries that they may open`,
  "possibly-opened": (note) =>
    `${at(note)} holds the name ${printable(note.soname)} (${printable(note.package)}): possibly opened at run time`,
  "copy-breaks-merged-usr": (note) =>
    `COPY of ${at(note)} puts a folder where the base has a link (${printable(note.link)}): the build will fail`,
  "no-apt-runtime": (note) => `the runtime base ${or(note.base, "")} has no apt: copy the listed files instead`,
};

/** Where a package is not from; its maintainer is all that dpkg keeps of where it is from. */
function originText(note: NoteOf<"foreign-package-origin">): string {
  const maintainer = note.maintainer === null ? "" : ` (maintainer: ${printable(note.maintainer)})`;
  const what = `${printable(note.package)} ${or(note.version, "")}${maintainer} is not from`;
  if (note.candidate !== null)
    return `${what} the archive of ${printable(note.release)}, where it is ${printable(note.candidate)}`;
  const archive = note.evidence === "table" ? "main of" : "the archive of";
  return `${what} ${archive} ${printable(note.release)}: another repository or a .deb file`;
}

/** The sentence for a note. */
export function noteText(note: Note): string {
  // The map has for every code a function of just its notes; TypeScript cannot see that the two go together.
  const text = NOTE_TEXT[note.code] as (of: Note) => string;
  return text(note);
}
