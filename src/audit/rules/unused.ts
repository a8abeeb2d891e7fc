import { commandsOf, librariesOf } from "../../debian/contents.ts";
import type { AuditCase } from "../case.ts";
import { found, type Rule } from "../case.ts";
import type { Confidence } from "../finding-head.ts";
import { isIdle } from "../idle.ts";
import { mayCall, mayOpenLibraries, mayRunScripts, readsEverything } from "../scripts.ts";
import type { Verdict } from "../verdicts.ts";

export interface UnusedDetail {
  readonly code: "unused";
  readonly name: string;
  /** What the package is known to have, and nothing uses. */
  readonly has: "libraries" | "commands";
  readonly names: readonly string[];
}

/**
 * A package that is known to have libraries or commands, and for which nothing speaks: no ELF file, script or dlopen
 * note, no companion of another package, no command in CMD, ENTRYPOINT, HEALTHCHECK, RUN or a script of the stage.
 */
export const unused: Rule<UnusedDetail> = (audit) =>
  audit.verdicts.flatMap((verdict) => {
    const judged = isIdle(verdict, audit) ? judge(verdict, audit) : null;
    if (judged === null) return [];
    const head = { confidence: judged.confidence, package: verdict.word.name };
    return [found(audit, verdict.word, "warning", head, judged.detail)];
  });

/** What a package is known to have that could be used, or null: then there is no evidence either way. */
export function judge(
  { word, identity }: Verdict,
  audit: AuditCase,
): { readonly confidence: Confidence; readonly detail: UnusedDetail } | null {
  const { tables, release, withShlibs } = audit.facts;
  const detail = { code: "unused", name: word.name } as const;
  const commands = commandsOf(tables, identity.name);
  if (commands.length > 0) {
    if (mayCall([identity.name, ...commands], audit)) return null;
    return { confidence: "heuristic", detail: { ...detail, has: "commands", names: commands } };
  }
  // Other packages with a public library (nodejs, gdb) are there for something else.
  if (!identity.name.startsWith("lib")) return null;
  const names = release === null ? [] : librariesOf(tables, release.key, identity.name);
  if (names.length === 0 && !withShlibs.has(identity.name)) return null;
  if (mayOpenLibraries(audit)) return null;
  return { confidence: libraryConfidence(audit), detail: { ...detail, has: "libraries", names } };
}

/**
 * Proved: all that could ask for it was read. A script can preload a library, or start a program that opens one. While a
 * library is missing that a package is known to have, any package may be listed because it depends on that one.
 */
function libraryConfidence(audit: AuditCase): Confidence {
  const isBrought = audit.analysis?.missing.some(({ hint }) => hint?.kind === "not-installed") === true;
  if (isBrought || mayRunScripts(audit)) return "heuristic";
  return readsEverything(audit) && audit.facts.release?.exact === true ? "proved" : "declared";
}
