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
  const what = {
    stage: "image",
    image: "image",
    rootfs: base === "/" ? "this machine" : "unpacked image",
    oci: "archive",
  }[origin];
  const name = base === "/" && origin === "rootfs" ? "" : ` ${printable(base ?? "")}`;
  if (stage === null) return `${what}${name}`;
  return origin === "rootfs" || origin === "oci"
    ? `stage ${printable(stage)} from ${what}${name}`
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
    `${printable(item.name)} has no version ${printable(item.version ?? "")} in ${printable(item.providedBy ?? "")}`,
  interpreter: (item) => `interpreter ${printable(item.name)}`,
  command: (item) => `command ${printable(item.name)}`,
  plugin: (item) => `${printable(item.name)}, needed by a plugin that may not be opened`,
  misplaced: (item) =>
    `${printable(item.name)} is copied to ${printable(item.providedBy ?? "")}, which the loader does not search`,
};

/** Why a package of the present line is not in ours, or may yet be wanted. */
export function droppedText(item: Dropped, analysis: Pick<Analysis, "suggested" | "notes">): string {
  if (item.calledBy !== null) return `${printable(item.calledBy)} calls it`;
  const opened = openedNote(item.package, analysis);
  if (opened !== undefined)
    return `${at(opened)} contains the name ${printable(opened.soname)}: it may be opened at run time; --with-recommended keeps it`;
  const suggestion = analysis.suggested.find((one) => one.package === item.package);
  if (suggestion !== undefined)
    return `${suggestion.strength} for ${printable(suggestion.trigger)}: ${printable(suggestion.reason)}`;
  return "nothing links to it; keep it if something runs it";
}

/** The note that a library of a package may be opened, if there is one. */
export function openedNote(name: string, { notes }: Pick<Analysis, "notes">): NoteOf<"possibly-opened"> | undefined {
  return notes.find(
    (note): note is NoteOf<"possibly-opened"> => note.code === "possibly-opened" && note.package === name,
  );
}

/** `libfoo1 (install): /out/bin/app → libfoo.so.1`. */
export function whyText(item: Package): string {
  const reason = reasonsText(item);
  return `${item.name} (${item.status})${reason === null ? "" : `: ${reason}`}`;
}

/** `/out/bin/app → libfoo.so.1 and 2 more`: the first reason of a package; null without any. */
export function reasonsText({ reasons }: Pick<Package, "reasons">): string | null {
  const [reason] = reasons;
  if (reason === undefined) return null;
  const more = reasons.length > 1 ? ` and ${reasons.length - 1} more` : "";
  const because = reason.because === undefined ? "" : `; ${reason.kind}: ${printable(reason.because)}`;
  return `${chainText(reason.artifact, reason.chain)}${more}${because}`;
}

const PACKINGS: Readonly<Record<NoteDetails["packed"]["method"], string>> = {
  upx: "is packed with UPX",
  pyinstaller: "is a program of PyInstaller in one file",
  appimage: "is an AppImage",
  makeself: "is a self-extracting archive of makeself",
  stub: "unpacks a program at run time",
  payload: "has data appended that it reads at run time, for example an archive that it extracts",
};

/** What can be inspected in the place of a packed file. */
function packedAdvice({ method, line, unpacked }: NoteOf<"packed">): string {
  if (unpacked !== null) return `inspect what line ${line} packs: --artifacts ${printable(unpacked)}`;
  if (line !== null) return `inspect a build without the packing in line ${line}`;
  return method === "pyinstaller"
    ? "inspect a build with --onedir in place of --onefile"
    : "inspect the files from before they were packed (--artifacts)";
}

const LOADER_ABSENCES: Readonly<Record<NoteDetails["loader-not-run"]["reason"], string>> = {
  archive: "an archive has no loader to run",
  "not-isolated":
    "the loader cannot be isolated from this machine (this needs root or user namespaces, and a shell in the unpacked image)",
};

const at = ({ path }: Pick<Note, "path">): string => printable(path ?? "");
const list = (names: readonly string[]): string => names.map(printable).join(", ");
const or = (text: string | null, otherwise: string): string => (text === null ? otherwise : printable(text));

const NOTE_TEXT: { readonly [Code in NoteCode]: (note: NoteOf<Code>) => string } = {
  "foreign-architecture": (note) => `${at(note)} is for ${or(note.machine, "")}; its libraries are not in the builder`,
  musl: (note) => `${at(note)} is built for musl; no Debian package provides its libraries`,
  android: (note) => `${at(note)} is built for Android; no Debian package provides its libraries`,
  "damaged-elf": (note) => `${at(note)} is a damaged ELF file: ${printable(note.reason)}`,
  packed: (note) => `${at(note)} ${PACKINGS[note.method]}: what that needs is unknown; ${packedAdvice(note)}`,
  "archive-not-read": (note) =>
    `${at(note)} is an archive that was not read (${printable(note.reason)}): what its files need is unknown; inspect them unpacked (--artifacts)`,
  "archives-in-archive": (note) =>
    `${at(note)} contains ${note.count === 1 ? "an archive that was" : `${note.count} archives that were`} not read (${printable(note.first)}${note.count === 1 ? "" : " …"}): what their files need is unknown; inspect them unpacked (--artifacts)`,
  "dev-package": (note) =>
    `${printable(note.package)} is a development package; ${at(note)} needs its unversioned ${printable(note.soname)}`,
  "loader-differs": (note) =>
    `${at(note)}: ldd finds ${printable(note.soname)} at ${or(note.ldd, "no path")}, our own rules at ${or(note.static, "no path")}`,
  "loader-not-asked": (note) => {
    const more = note.files > 1 ? ` and ${note.files - 1} more` : "";
    return `${at(note)}${more}: the loader could not be asked (${printable(note.reason)}); resolved by our own rules`;
  },
  "needs-ldconfig": (note) => `${at(note)} is found only if ldconfig runs after the COPY`,
  "shadows-package": (note) => `${at(note)} hides the library of ${printable(note.package)}`,
  "not-looked-at": (note) => `not inspected: ${printable(note.from)} (line ${note.line}): ${printable(note.reason)}`,
  "last-stage-passed-over": (note) =>
    `the runtime stage is ${printable(note.chosen)}: the last stage, ${printable(note.stage)}, looks like one that is not shipped (use --runtime ${printable(note.stage)} if it is)`,
  "unresolved-plugin": (note) =>
    `${at(note)} needs ${printable(note.soname)}, which the program that opens it has already loaded`,
  "optional-plugin": (note) =>
    `${at(note)} needs ${printable(note.soname)}, which is missing; programs are known to run without this plugin`,
  "releases-differ": (note) =>
    `the builder is ${printable(note.builder)}, but the runtime base is ${printable(note.runtime)}`,
  "assumed-base": (note) =>
    note.declared === true
      ? `${printable(note.base)} was not inspected: its contents are those of the built-in table`
      : `no runtime stage: assuming the base ${printable(note.base)}`,
  "loader-not-run": (note) => `libraries are resolved by our own rules only: ${LOADER_ABSENCES[note.reason]}`,
  "configuration-unknown": (note) =>
    `${printable(note.tree)} has no image configuration: its ENV and USER are unknown, and no LD_LIBRARY_PATH is used`,
  "assumed-destination": (note) =>
    `no COPY for ${at(note)}: assuming that it is copied to ${printable(note.destination)}`,
  "command-not-found": (note) =>
    `${printable(note.keyword)} calls ${printable(note.program)}, which is neither in the base nor among the artifacts`,
  "interpreter-unowned": (note) => `${at(note)}: no package owns its interpreter ${printable(note.interpreter)}`,
  "library-from-list": (note) =>
    `${at(note)} needs ${printable(note.soname)}, which is not in the builder; according to the tables, ${printable(note.package)} of your list has it: its symbol versions were not checked`,
  "dlopen-damaged": (note) => `${at(note)}: cannot read a dlopen note: ${printable(note.reason)}`,
  "dlopen-suggested": (note) =>
    `${at(note)} may open ${list(note.sonames)} (${printable(note.priority)}): ${or(note.description, "")}`,
  "package-held": (note) =>
    `${printable(note.package)} is on hold in the runtime base, and too old: apt will not upgrade it`,
  "package-names-invalid": (note) =>
    `dpkg's status file has invalid package names (${note.names.map((name) => JSON.stringify(printable(name))).join(", ")}), so the owners of some files are unknown`,
  "half-installed": (note) => `${printable(note.package)} is ${printable(note.state)} in the builder`,
  "foreign-package-origin": (note) => originText(note),
  "closure-unknown": (note) =>
    `the dependencies of the packages on ${printable(note.runtime)} are unknown: some packages of the line may be superfluous (--online asks apt)`,
  "perhaps-implied": (note) =>
    `${printable(note.package)} may be superfluous: whether apt installs it as a dependency of ${list(note.by)} depends on the alternative it chooses${note.online ? "" : " (--online asks apt)"}`,
  "versions-unproved": (note) =>
    `${at(note)} needs ${list(note.versions)} of ${printable(note.soname)}; it is unknown whether ${printable(note.package)} of the runtime's release has it (--online asks apt)`,
  "soname-unknown": (note) =>
    `no package with ${printable(note.soname)} is known in the runtime's release${note.hint === null ? "" : `, perhaps ${printable(note.hint)}`}`,
  "interpreter-unknown": (note) =>
    `no package with ${printable(note.interpreter)} (needed by ${at(note)}) is known in the runtime's release, perhaps ${printable(note.hint)}`,
  "names-not-searched": (note) =>
    `${note.files} files were too large to search for names of libraries that they may open`,
  "possibly-opened": (note) =>
    `${at(note)} contains the name ${printable(note.soname)} (${printable(note.package)}): it may be opened at run time`,
  "copy-breaks-merged-usr": (note) =>
    `COPY of ${at(note)} puts a directory where the base has a symlink (${printable(note.link)}): the build will fail`,
  "no-apt-runtime": (note) => `the runtime base ${or(note.base, "")} has no apt: copy the listed files instead`,
};

/** Where a package is not from; its maintainer is all that dpkg keeps of where it is from. */
function originText(note: NoteOf<"foreign-package-origin">): string {
  const maintainer = note.maintainer === null ? "" : ` (maintainer: ${printable(note.maintainer)})`;
  const what = `${printable(note.package)} ${or(note.version, "")}${maintainer} is not in`;
  if (note.candidate !== null)
    return `${what} the archive of ${printable(note.release)}, which has ${printable(note.candidate)}`;
  const archive = note.evidence === "table" ? "main of" : "the archive of";
  return `${what} ${archive} ${printable(note.release)}: it comes from another repository or a .deb file`;
}

/** The sentence for a note. */
export function noteText(note: Note): string {
  // The map has for every code a function of just its notes; TypeScript cannot see that the two go together.
  const text = NOTE_TEXT[note.code] as (of: Note) => string;
  return text(note);
}
