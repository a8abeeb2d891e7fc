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

/** `it uses 1.2 MB, with its dependencies liba1, libb2, which nothing else needs`. */
function costText({ kibibytes, orphans }: Cost): string {
  if (kibibytes === 0) return "removing it saves no space";
  const shown = orphans.slice(0, SHOWN_ORPHANS);
  const more = orphans.length > shown.length ? ` and ${orphans.length - shown.length} more` : "";
  const others = orphans.length === 0 ? "" : `, with its dependencies ${names(shown)}${more}, which nothing else needs`;
  const bytes = kibibytes * 1024;
  return `it uses ${bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${Math.round(bytes / 1000)} kB`}${others}`;
}

const SHOWN_ORPHANS = 5;

type Of<Code extends FindingCode> = Extract<Finding, { readonly code: Code }>;
type Texts = { readonly [Code in FindingCode]: (finding: Of<Code>) => FindingText };

const TEXTS: Texts = {
  missing: (finding) => {
    const { kind, hint, alternatives, perhapsFrom } = finding;
    const name = printable(finding.name);
    const also = alternatives.length === 0 ? "" : ` (or ${names(alternatives)})`;
    const unsure = perhapsFrom.length === 0 ? "" : `; ${names(perhapsFrom)} may depend on it (dependencies unknown)`;
    const what =
      kind === "package"
        ? `${name}${also} is needed, but neither installed nor in the base`
        : kind === "plugin"
          ? `library ${name} is needed by a plugin, which may not be opened, and no known package provides it`
          : `${kind} ${name} is needed, but ${hint?.kind === "one-of" || hint?.kind === "not-installed" ? "not installed" : "no known package provides it"}`;
    const message = `${what}${behind(finding)}${withHint(hint)}${unsure}`;
    const only = hint?.kind === "not-installed" && hint.packages.length === 1 ? hint.packages[0] : undefined;
    const add = kind === "package" ? name : only;
    return { message, fix: add === undefined ? null : `add ${printable(add)} to the list` };
  },
  "likely-missing": ({ names: packages, development, stage, perhapsIn }) => {
    const what = `${packages.length > 1 ? "one of " : ""}${names(packages)}`;
    const unless = perhapsIn === null ? "" : `, unless ${printable(perhapsIn)} has it`;
    const why = `stage ${printable(stage)} installs ${printable(development)}`;
    return {
      message: `${what} is likely needed${unless}: ${why}`,
      fix: "run without --no-build to know",
    };
  },
  "not-copied": (finding) => {
    const source = printable(finding.source);
    const message = `${source} is needed, but no COPY copies it and no package provides it${behind(finding)}`;
    const from = printable(finding.stage ?? "builder");
    return { message, fix: `COPY --from=${from} ${source} ${printable(finding.destination)}` };
  },
  "wrong-place": (finding) => {
    const [name, path] = [printable(finding.name), printable(finding.path)];
    const fix = hintText(finding.hint);
    if (finding.kind === "link") {
      const message = `the directory ${name} is copied to ${path}, which is a symlink in the base: the build will fail`;
      return { message, fix: "copy into the directory that the symlink points to" };
    }
    return { message: `${name} is copied to ${path}, which the loader does not search${behind(finding)}`, fix };
  },
  skew: (finding) => {
    const name = printable(finding.name);
    const versions = names(finding.versions);
    const where = printable(finding.providedBy ?? "");
    const fix = "build on the release of the runtime base, or run on that of the builder";
    if (finding.kind === "unproved") {
      return {
        message: `it is unknown whether ${where} of the runtime's release has ${versions} of ${name}${behind(finding)}`,
        fix: "use --online to ask apt",
      };
    }
    const what =
      finding.kind === "version" ? `${where} has no ${versions} of ${name}` : `the runtime's release has no ${name}`;
    return { message: `${what}${behind(finding)}${withHint(finding.hint)}`, fix };
  },
  "unknown-package": ({ kind, name, release, choices, confidence }) => {
    const isGuess = confidence === "heuristic";
    const fails = `apt-get ${isGuess ? "may" : "will"} fail`;
    const messages = {
      absent: `${printable(name)} ${isGuess ? "probably " : ""}does not exist in ${release}; ${fails}`,
      several: `${printable(name)} is provided by several packages (${names(choices)}); apt-get will not choose one`,
      soname: `${printable(name)} is the name of a library, not of a package; ${fails}`,
    };
    const fix = choices.length === 0 ? null : `use ${choices.length === 1 ? "" : "one of "}${names(choices)}`;
    return { message: messages[kind], fix };
  },
  renamed: ({ name, to, confidence, redundant }) => ({
    message: `${printable(name)} is called ${printable(to)} in this release${confidence === "heuristic" ? "; apt-get may refuse the old name" : ""}`,
    fix: `use ${printable(to)}${redundant ? ", if you keep it" : ""}`,
  }),
  unused: ({ name, has, names: parts }) => ({
    message:
      has === "libraries"
        ? `nothing needs a library of ${printable(name)}${parts.length === 0 ? "" : ` (${names(parts)})`}`
        : `nothing calls a command of ${printable(name)} (${names(parts)})`,
    fix: `remove ${printable(name)}`,
  }),
  "no-evidence": ({ name, kind }) => {
    const why = {
      data: "it has neither libraries nor commands",
      unseen: "scripts or programs that could not be read may call its commands",
      opened: "a program that runs may open its libraries by name",
      unknown: "its contents are unknown",
    };
    return { message: `no use of ${printable(name)} found (${why[kind]})`, fix: null };
  },
  redundant: ({ name, kind, by }) => ({
    message:
      kind === "base"
        ? `${printable(name)} is already in ${names(by)}`
        : `${printable(name)} is already a dependency of ${names(by)}`,
    fix: `remove ${printable(name)}`,
  }),
  "dev-package": ({ name, builds, instead }) => {
    const install = instead.length === 0 ? "" : `install ${names(instead)} instead`;
    if (!builds) {
      const message = `${printable(name)} is for building, not for running`;
      return { message, fix: install === "" ? "install it only in the builder stage" : install };
    }
    const message = `${printable(name)} is for building, and stays in the image`;
    return { message, fix: install === "" ? "build in another stage" : `build in another stage, and ${install}` };
  },
  recommends: ({ program }) => ({
    message: `${printable(program)} installs recommended packages too`,
    fix: "add --no-install-recommends",
  }),
  "lists-left": () => ({
    message: "/var/lib/apt/lists is left in the layer",
    fix: "end the RUN with rm -rf /var/lib/apt/lists/*",
  }),
  "root-user": ({ user }) => ({
    message: user === null ? "no USER: the image runs as root" : `the last USER is ${printable(user)}`,
    fix: "create a user and set USER, if root is not needed",
  }),
  "secret-in-build": ({ keyword, name, kind }) => {
    const what = kind === "file" ? `the file ${printable(name)}` : `the ${kind} of ${keyword} ${printable(name)}`;
    const message = `${what} looks like a secret, which stays in the image or its history`;
    return { message, fix: "pass it with --mount=type=secret to the RUN that needs it" };
  },
  "unpinned-base": ({ reference, kind }) => ({
    message:
      kind === "untagged"
        ? `${printable(reference)} has no tag`
        : `the tag of ${printable(reference)} will move to another release`,
    fix: "name the release, as in debian:trixie-slim",
  }),
  "base-differs": ({ builder, runtime }) => ({
    message: `the builder is ${printable(builder)}, but the runtime stage is ${printable(runtime)}`,
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
