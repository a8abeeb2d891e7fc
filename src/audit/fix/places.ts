import { basename } from "../../base/paths.ts";
import type { ParsedInstruction } from "../../dockerfile/parse.ts";
import type { AptInstall } from "../../dockerfile/plan.ts";
import { type AuditCase, chainInstructions, isUnshared } from "../case.ts";
import type { Offsets } from "../span.ts";
import { isRootAt, lastUser } from "../users.ts";
import { type No, no } from "./wishes.ts";

/** The instructions of the runtime stage itself, FROM first; triggers of other stages left out. */
export function ownInstructions({ parsed, runtime }: AuditCase): readonly ParsedInstruction[] {
  if (runtime === null) return [];
  return parsed.instructions.filter(({ line, endLine }) => line >= runtime.line && endLine <= runtime.endLine);
}

/**
 * Whether a range of the file is of the runtime stage or a stage below it. A trigger (ONBUILD) is run by whatever begins
 * with its image.
 */
export function isOfRuntime({ start, end }: Offsets, audit: AuditCase): boolean {
  return chainInstructions(audit).some((one) => one.keyword !== "ONBUILD" && start >= one.start && end <= one.end);
}

/** Whether a range is of a stage that another stage begins with, one that the runtime stage does not. */
export function isShared({ start, end }: Offsets, audit: AuditCase): boolean {
  const stage = audit.list.installs.find(({ install }) => start >= install.start && end <= install.end)?.stage;
  return stage !== undefined && !isUnshared(stage, audit);
}

/**
 * The `apt-get install` commands whose packages are the runtime's alone; those of a stage that others begin with too are
 * left out, and so is dpkg, which takes files.
 */
export function aptInstalls(audit: AuditCase): readonly AptInstall[] {
  const own = audit.list.installs.filter(({ stage }) => isUnshared(stage, audit));
  return own.map(({ install }) => install).filter(({ program }) => basename(program) !== "dpkg");
}

/** The command that takes another word: the last one that is sure to, of those with words if there is one. */
export function installToExtend(audit: AuditCase): AptInstall | null {
  const fit = aptInstalls(audit).filter((install) => install.takesMore && isOfRuntime(install, audit));
  return fit.findLast((install) => install.packages.some(({ literal }) => literal)) ?? fit.at(-1) ?? null;
}

const HEADS: ReadonlySet<string> = new Set(["FROM", "ARG", "ENV", "LABEL", "MAINTAINER"]);
const SHELLS: ReadonlySet<string> = new Set(["ash", "bash", "dash", "ksh", "sh", "zsh"]);

/** Behind which instruction of the stage a RUN with apt-get can stand: its heads, or the USER that makes it root. */
export function placeForInstall(audit: AuditCase): ParsedInstruction | No {
  if (audit.analysis?.notes.some(({ code }) => code === "no-apt-runtime")) return no("no-apt");
  const own = ownInstructions(audit);
  const body = own.findIndex(({ keyword }) => !HEADS.has(keyword));
  const head = own.at(body === -1 ? -1 : body - 1);
  const root = own.find((one) => one.keyword === "USER" && isRootAt(audit, one.end));
  const place = head !== undefined && isRootAt(audit, head.end) ? head : root;
  if (place === undefined) return no("not-root", userNames(audit));
  return usesKnownShell(audit, place) ? place : no("shell");
}

/** Behind which instruction a COPY can stand: the one that brings the stage's other files, or the heads. */
export function placeForCopy(line: number, audit: AuditCase): ParsedInstruction | undefined {
  const own = ownInstructions(audit);
  const at = own.findIndex((one) => one.line === line);
  if (at > 0) {
    // ldconfig may have to follow, and wants root.
    return own.findLast((one, index) => index <= at && isRootAt(audit, one.end)) ?? own[at];
  }
  const body = own.findIndex(({ keyword }) => !HEADS.has(keyword));
  return own.at(body === -1 ? -1 : body - 1);
}

/** Behind which instruction ldconfig finds what the one of a line copies. */
export function placeForLdconfig(line: number, audit: AuditCase): ParsedInstruction | No {
  const place = ownInstructions(audit).find((one) => one.line === line);
  if (place === undefined) return no("elsewhere");
  if (!isRootAt(audit, place.end)) return no("not-root", userNames(audit));
  return usesKnownShell(audit, place) ? place : no("shell");
}

function userNames(audit: AuditCase): string[] {
  const { runtime, facts } = audit;
  const user = (runtime === null ? null : lastUser(runtime, audit)?.user) ?? facts.baseUser;
  return user === null || user === "" ? [] : [user];
}

/** Whether a RUN behind an instruction is run by a shell, as far as the file says. */
function usesKnownShell({ parsed, plan, runtime }: AuditCase, { end }: ParsedInstruction): boolean {
  let stage = runtime;
  for (let depth = plan.stages.length; depth > 0 && stage !== null; depth -= 1) {
    const { line, endLine, parent } = stage;
    const shell = parsed.instructions.findLast(
      (one) =>
        one.keyword === "SHELL" && one.line >= line && one.endLine <= endLine && (stage !== runtime || one.end <= end),
    );
    if (shell !== undefined) return SHELLS.has(basename(shell.json?.[0] ?? ""));
    stage = parent === null ? null : (plan.stages[parent] ?? null);
  }
  return true;
}
