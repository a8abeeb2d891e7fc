import type { Stage, UserInstruction } from "../dockerfile/plan.ts";
import type { AuditCase } from "./case.ts";

/** The USER that counts at the end of a stage, or before an offset in it: its own last one, else that of the stages below. */
export function lastUser(
  runtime: Stage,
  { plan }: Pick<AuditCase, "plan">,
  before = Number.POSITIVE_INFINITY,
): UserInstruction | null {
  let stage: Stage | null = runtime;
  for (let depth = plan.stages.length; depth > 0 && stage !== null; depth -= 1) {
    const user = stage.instructions.findLast(
      (instruction): instruction is UserInstruction =>
        instruction.kind === "user" && (stage !== runtime || instruction.start < before),
    );
    if (user !== undefined) return user;
    stage = stage.parent === null ? null : (plan.stages[stage.parent] ?? null);
  }
  return null;
}

/** `root`, `0`, with or without a group; no user at all is root. */
export function isRoot(user: string): boolean {
  const name = user.split(":")[0]?.trim() ?? "";
  return name === "" || name === "root" || /^0+$/.test(name);
}

/** Whether a RUN at an offset of the runtime stage would run as root; false also where nobody knows. */
export function isRootAt(audit: AuditCase, offset: number): boolean {
  const last = audit.runtime === null ? null : lastUser(audit.runtime, audit, offset);
  const user = last === null ? audit.facts.baseUser : last.user;
  return user !== null && isRoot(user);
}
