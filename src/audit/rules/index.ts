import type { Rule } from "../case.ts";
import type { Detail } from "../finding-head.ts";
import {
  artifacts,
  base,
  dpkg,
  guessable,
  type Need,
  packages,
  programs,
  readable,
  references,
  release,
  releases,
  stage,
  table,
  user,
} from "../needs.ts";
import { baseDiffers } from "./base-differs.ts";
import { devPackage } from "./dev-package.ts";
import { likelyMissing } from "./likely-missing.ts";
import { listsLeft } from "./lists-left.ts";
import { missing } from "./missing.ts";
import { noEvidence } from "./no-evidence.ts";
import { notCopied } from "./not-copied.ts";
import { recommends } from "./recommends.ts";
import { redundant } from "./redundant.ts";
import { renamed } from "./renamed.ts";
import { rootUser } from "./root-user.ts";
import { secretInBuild } from "./secret-in-build.ts";
import { skew } from "./skew.ts";
import { unknownPackage } from "./unknown-package.ts";
import { unpinnedBase } from "./unpinned-base.ts";
import { unused } from "./unused.ts";
import { wrongPlace } from "./wrong-place.ts";

/** A rule, and what it has to know: without that no finding of it means nothing. */
interface Entry<D extends Detail> {
  readonly rule: Rule<D>;
  readonly needs: readonly Need[];
}

/**
 * The rules by the code of their findings, in the order of docs/rules.md. A new one is one file, one line here, its sentence
 * in src/report/finding-text.ts, and a section in docs/rules.md.
 */
export const RULES = rulesByCode({
  missing: { rule: missing, needs: [stage, artifacts, readable] },
  "likely-missing": { rule: likelyMissing, needs: [guessable] },
  "not-copied": { rule: notCopied, needs: [stage, artifacts] },
  "wrong-place": { rule: wrongPlace, needs: [stage, artifacts] },
  skew: { rule: skew, needs: [stage, artifacts] },
  "unknown-package": { rule: unknownPackage, needs: [stage, dpkg, base, release, table, readable] },
  renamed: { rule: renamed, needs: [stage, dpkg, base, release, table, readable] },
  unused: { rule: unused, needs: [stage, artifacts, programs, readable] },
  "no-evidence": { rule: noEvidence, needs: [stage, artifacts, programs, readable] },
  redundant: { rule: redundant, needs: [stage, dpkg, base, packages, readable] },
  "dev-package": { rule: devPackage, needs: [stage, dpkg, readable] },
  recommends: { rule: recommends, needs: [stage, dpkg, readable] },
  "lists-left": { rule: listsLeft, needs: [stage, dpkg, readable] },
  "root-user": { rule: rootUser, needs: [stage, user] },
  "secret-in-build": { rule: secretInBuild, needs: [] },
  "unpinned-base": { rule: unpinnedBase, needs: [references] },
  "base-differs": { rule: baseDiffers, needs: [stage, releases] },
});

/** Checks that the findings of each rule have its code. */
function rulesByCode<const T extends { readonly [Code in keyof T]: Entry<Detail & { readonly code: Code }> }>(
  rules: T,
): T {
  return rules;
}
