import { commandPrograms } from "../analysis/dropped.ts";
import { basename } from "../dockerfile/paths.ts";
import type { AuditCase } from "./case.ts";

/**
 * Whether the runtime stage has scripts of which nobody read more than the first line: among the artifacts, or perhaps
 * among what is copied from the build context, from images and from stages that were not looked at.
 */
export function runsUnreadScripts({ runtime, analysis, plan }: AuditCase): boolean {
  if (analysis?.artifacts.some(({ kind }) => kind === "script")) return true;
  const copies = (runtime?.instructions ?? []).some(
    (instruction) => instruction.kind === "copy" && (instruction.from === null || !("stage" in instruction.from)),
  );
  return copies || plan.notLookedAt.length > 0;
}

const INTERPRETERS = /^(?:python|perl|ruby|node|nodejs|php|java|lua|tclsh|guile|Rscript|julia)[0-9.]*$/;

/** Whether a program starts that can open libraries by names which stand in no ELF file (ctypes, FFI, JNI). */
export function runsInterpreter({ runtime, analysis }: AuditCase): boolean {
  const programs = runtime === null ? [] : commandPrograms(runtime).map(({ program }) => basename(program));
  const interpreters = (analysis?.artifacts ?? []).flatMap(({ interpreter }) =>
    interpreter === null ? [] : basename(interpreter),
  );
  return [...programs, ...interpreters].some((name) => INTERPRETERS.test(name));
}

/** Whether every artifact was read whole, and searched for the names of libraries that it may open. */
export function readsEverything({ analysis }: AuditCase): boolean {
  if (analysis === null || !analysis.complete) return false;
  const dark = analysis.artifacts.some(({ kind }) => kind === "damaged" || kind === "foreign");
  return !dark && !analysis.notes.some(({ code }) => code === "names-not-searched");
}
