import type { Rule } from "../case.ts";
import type { Detail } from "../finding-head.ts";
import { baseDiffers } from "./base-differs.ts";
import { devPackage } from "./dev-package.ts";
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

/**
 * The rules by the code of their findings, in the order of docs/rules.md. A new one is one file, one line here, its sentence
 * in src/report/finding-text.ts, and a section in docs/rules.md.
 */
export const RULES = rulesByCode({
  missing,
  "not-copied": notCopied,
  "wrong-place": wrongPlace,
  skew,
  "unknown-package": unknownPackage,
  renamed,
  unused,
  "no-evidence": noEvidence,
  redundant,
  "dev-package": devPackage,
  recommends,
  "lists-left": listsLeft,
  "root-user": rootUser,
  "secret-in-build": secretInBuild,
  "unpinned-base": unpinnedBase,
  "base-differs": baseDiffers,
});

/** Checks that the findings of each rule have its code. */
function rulesByCode<const T extends { readonly [Code in keyof T]: Rule<Detail & { readonly code: Code }> }>(
  rules: T,
): T {
  return rules;
}
