import type { MissingHint } from "../analysis/model.ts";
import type { Cost, Finding, FindingCode } from "../audit/finding.ts";
import { hintText } from "./missing-hints.ts";
import { printable } from "./names.ts";
import { chainText } from "./wording.ts";

/** A finding in words. */
export interface FindingText {
  readonly message: string;
  /** What to do, or null where that is for the reader to decide. */
  readonly fix: string | null;
}

/** The sentence for a finding, and what would mend it. */
export function findingText(finding: Finding): FindingText {
  // The map has for every code a function of just its findings; TypeScript cannot see that the two go together.
  const text = TEXTS[finding.code] as (of: Finding) => FindingText;
  const told = text(finding);
  return finding.cost === undefined ? told : { ...told, message: `${told.message}; ${costText(finding.cost)}` };
}

/** `it takes 1.2 MB with liba1, libb2`. */
function costText({ kibibytes, orphans }: Cost): string {
  if (kibibytes === 0) return "taking it out saves nothing";
  const shown = orphans.slice(0, SHOWN_ORPHANS);
  const more = orphans.length > shown.length ? ` and ${orphans.length - shown.length} more` : "";
  const others = orphans.length === 0 ? "" : `, with ${names(shown)}${more} that only it brings`;
  const bytes = kibibytes * 1024;
  return `it takes ${bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1000)} kB`}${others}`;
}

const SHOWN_ORPHANS = 5;

type Of<Code extends FindingCode> = Extract<Finding, { readonly code: Code }>;
type Texts = { readonly [Code in FindingCode]: (finding: Of<Code>) => FindingText };

const TEXTS: Texts = {
  missing: (finding) => {
    const { kind, hint, alternatives, perhapsFrom } = finding;
    const name = printable(finding.name);
    const also = alternatives.length === 0 ? "" : ` (or ${names(alternatives)})`;
    const unsure = perhapsFrom.length === 0 ? "" : `; ${names(perhapsFrom)} may bring it, which nobody could look into`;
    const what =
      kind === "package"
        ? `${name}${also} is needed, and neither installed nor in the base`
        : `${kind} ${name} is needed, and nothing brings it`;
    const message = `${what}${behind(finding)}${withHint(hint)}${unsure}`;
    return { message, fix: kind === "package" ? `add ${name} to the list` : null };
  },
  "not-copied": (finding) => {
    const source = printable(finding.source);
    const message = `${source} is needed, no package brings it to the runtime stage, and no COPY does${behind(finding)}`;
    const from = printable(finding.stage ?? "builder");
    return { message, fix: `COPY --from=${from} ${source} ${printable(finding.destination)}` };
  },
  "wrong-place": (finding) => {
    const [name, path] = [printable(finding.name), printable(finding.path)];
    const fix = hintText(finding.hint);
    if (finding.kind === "link") {
      const message = `the folder ${name} is copied to ${path}, which is a link in the base: the build will fail`;
      return { message, fix: "copy into the folder that the link points to" };
    }
    return { message: `${name} is copied to ${path}, where the loader does not look for it${behind(finding)}`, fix };
  },
  skew: (finding) => {
    const name = printable(finding.name);
    const versions = names(finding.versions);
    const where = printable(finding.providedBy ?? "");
    const fix = "build on the release of the runtime base, or run on that of the builder";
    if (finding.kind === "unproved") {
      return {
        message: `whether ${where} in the runtime's release has ${versions} of ${name} is not known${behind(finding)}`,
        fix: "audit with --online, which asks apt",
      };
    }
    const what =
      finding.kind === "version"
        ? `${where} has no ${versions}, which is asked of ${name}`
        : `the runtime's release has no ${name}`;
    return { message: `${what}${behind(finding)}${withHint(finding.hint)}`, fix };
  },
  "unknown-package": ({ kind, name, release, choices }) => {
    const messages = {
      absent: `${printable(name)} is no package of ${release}: apt-get would refuse it`,
      several: `${printable(name)} is provided by several packages (${names(choices)}): apt-get would refuse to choose`,
      soname: `${printable(name)} is the name of a library, not of a package: apt-get would refuse it`,
    };
    const fix = choices.length === 0 ? null : `name ${choices.length === 1 ? "" : "one of "}${names(choices)}`;
    return { message: messages[kind], fix };
  },
  renamed: ({ name, to, confidence }) => ({
    message: `${printable(name)} is called ${printable(to)} in this release${confidence === "heuristic" ? "; apt-get may refuse the old name" : ""}`,
    fix: `write ${printable(to)}`,
  }),
  unused: ({ name, has, names: parts }) => ({
    message:
      has === "libraries"
        ? `nothing needs a library of ${printable(name)}${parts.length === 0 ? "" : ` (${names(parts)})`}`
        : `nothing calls a command of ${printable(name)} (${names(parts)})`,
    fix: `take ${printable(name)} out of the list`,
  }),
  "no-evidence": ({ name, kind }) => {
    const why = {
      data: "it has neither libraries nor commands, so that nothing could speak for it",
      unseen: "its commands may be called by scripts or programs that could not be read with certainty",
      unknown: "what it holds is not known",
    };
    return { message: `nothing speaks for ${printable(name)}: ${why[kind]}`, fix: null };
  },
  redundant: ({ name, kind, by }) => ({
    message:
      kind === "base"
        ? `${printable(name)} is in ${names(by)} already`
        : `${names(by)} brings ${printable(name)} anyway`,
    fix: `${printable(name)} can go from the list`,
  }),
  "dev-package": ({ name, instead }) => ({
    message: `${printable(name)} is for building, not for running`,
    fix:
      instead.length === 0
        ? "leave it in the builder stage"
        : `install ${names(instead)} in its place, where it is needed`,
  }),
  recommends: ({ program }) => ({
    message: `${printable(program)} installs what packages only recommend`,
    fix: "add --no-install-recommends",
  }),
  "lists-left": () => ({
    message: "the package lists of this update stay in the layer",
    fix: "end the RUN with rm -rf /var/lib/apt/lists/*",
  }),
  "root-user": ({ user }) => ({
    message: user === null ? "no USER: the image runs as root" : `the last USER is ${printable(user)}`,
    fix: "add a user and a USER instruction, where the program can do without root",
  }),
  "secret-in-build": ({ keyword, name, kind }) => {
    const looks = { name: "by its name", value: "by its value", file: "by its file name" };
    const message = `${keyword} ${printable(name)} is a key or token ${looks[kind]}: it stays in the image or its history`;
    return { message, fix: "hand it to the one RUN that needs it with --mount=type=secret" };
  },
  "unpinned-base": ({ reference, kind }) => ({
    message:
      kind === "untagged"
        ? `${printable(reference)} has no tag`
        : `${printable(reference)} will be another release one day`,
    fix: "name the release, as in debian:trixie-slim",
  }),
  "base-differs": ({ builder, runtime }) => ({
    message: `the builder is of ${printable(builder)}, the runtime stage of ${printable(runtime)}`,
    fix: "build on the release that the program runs on",
  }),
};

/** How many names a sentence holds. */
const SHOWN = 8;

function names(list: readonly string[]): string {
  const shown = list.slice(0, SHOWN).map(printable).join(", ");
  return list.length > SHOWN ? `${shown} and ${list.length - SHOWN} more` : shown;
}

function withHint(hint: MissingHint | null): string {
  const words = hintText(hint);
  return words === null ? "" : `; ${words}`;
}

/** The first chain behind a finding. */
function behind({ evidence }: Finding): string {
  const [first] = evidence;
  if (first === undefined) return "";
  const more = evidence.length > 1 ? ` and ${evidence.length - 1} more` : "";
  return `: ${chainText(first.artifact, first.chain)}${more}`;
}
