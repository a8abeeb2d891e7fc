import type { FindingCode, Severity } from "../../audit/finding.ts";

/** What a rule is about, in one sentence, and the severity that its findings usually have (docs/rules.md). */
export const RULE_TEXT: Readonly<Record<FindingCode, { readonly text: string; readonly severity: Severity }>> = {
  missing: { text: "Something that the artifacts need is neither installed nor in the base.", severity: "error" },
  "likely-missing": { text: "A library that the builder links with is not installed.", severity: "info" },
  "not-copied": { text: "A library that no package provides is needed, and no COPY copies it.", severity: "error" },
  "wrong-place": {
    text: "A file is copied to where the loader does not search, or onto a symlink.",
    severity: "error",
  },
  skew: { text: "The runtime's release lacks a library or symbol version that the artifacts need.", severity: "error" },
  "unknown-package": { text: "The release has no package of this name.", severity: "error" },
  renamed: { text: "The package has another name in this release.", severity: "info" },
  unused: { text: "Nothing needs the libraries or commands of an installed package.", severity: "warning" },
  "no-evidence": { text: "No use of an installed package was found, but there may be one.", severity: "info" },
  redundant: { text: "The base or another package of the list already brings the package.", severity: "info" },
  "dev-package": { text: "A package for building is installed in the runtime stage.", severity: "warning" },
  recommends: { text: "Recommended packages are installed too.", severity: "info" },
  "lists-left": { text: "The package lists of apt are left in a layer.", severity: "info" },
  "root-user": { text: "The image runs as root.", severity: "info" },
  "secret-in-build": { text: "A secret is left in the image or its history.", severity: "warning" },
  "unpinned-base": { text: "The tag of the base does not name a release.", severity: "info" },
  "base-differs": { text: "The builder is of a newer release than the runtime stage.", severity: "info" },
};
