import type { Judgement } from "../audit/judged.ts";
import type { OpenReason } from "../audit/needs.ts";
import { printable } from "./names.ts";

/** How many words a reason names. */
const SHOWN = 3;

/** Why a rule was not judged, as a clause. */
export function reasonText(reason: OpenReason): string {
  switch (reason.code) {
    case "no-build":
      return "no build: --no-build was given";
    case "no-artifacts":
      return "no artifacts: no stage copies from another";
    case "no-programs":
      return "no ELF file or script among the artifacts";
    case "no-stage":
      return "no runtime stage";
    case "other-distribution":
      return `${printable(reason.base)} is ${reason.distribution}, not Debian or Ubuntu`;
    case "unknown-base":
      return `FROM ${printable(reason.base)} is a variable without a value or part of a template`;
    case "unknown-release":
      return `the release of ${printable(reason.base)} is unknown`;
    case "partial-table":
      return `the table of ${reason.release} is incomplete`;
    case "unknown-packages":
      return `the packages of ${printable(reason.base)} are unknown`;
    case "unknown-user":
      return reason.base === "USER"
        ? "the value of USER is unknown"
        : `the user of ${printable(reason.base)} is unknown`;
    case "unread": {
      const shown = reason.what.slice(0, SHOWN).map(printable).join(", ");
      const more = reason.what.length > SHOWN ? ` and ${reason.what.length - SHOWN} more` : "";
      return `${shown}${more} could not be read`;
    }
    case "no-configuration":
      return "an unpacked tree has no image configuration";
  }
}

/** The rules that were not judged, one line for each reason: `not checked: missing, skew (no build: --no-build was given)`. */
export function judgedText(judged: readonly Judgement[]): string[] {
  const lines = new Map<string, string[]>();
  for (const { rule, status, reason } of judged) {
    if (reason === null || status === "judged") continue;
    const key = `${status === "partly" ? "partly checked" : "not checked"}\n${reasonText(reason)}`;
    lines.set(key, [...(lines.get(key) ?? []), rule]);
  }
  return [...lines].map(([key, rules]) => {
    const [head, text] = key.split("\n");
    return `${head}: ${rules.join(", ")} (${text})`;
  });
}

/** The judgements under the names of the JSON contract. */
export function judgedDocument(judged: readonly Judgement[]): readonly object[] {
  return judged.map(({ rule, status, reason }) => ({
    rule,
    status,
    reason: reason === null ? null : reasonText(reason),
  }));
}
