import type { Stage, UserInstruction } from "../../dockerfile/plan.ts";
import type { AuditCase } from "../case.ts";
import { found, type Rule, runtimePlace } from "../case.ts";

/** The runtime stage ends as root: by its last USER, that of the stages below it, or that of the base image. */
export const rootUser: Rule = (audit) => {
  const { runtime, facts } = audit;
  if (runtime === null) return [];
  const last = lastUser(runtime, audit);
  const user = last === null ? facts.baseUser : last.user;
  if (user === null || !isRoot(user)) return [];
  const own = last !== null && runtime.instructions.includes(last);
  const head = { confidence: last !== null || audit.analysis !== null ? "proved" : "declared" } as const;
  return [
    found(audit, own ? last : runtimePlace(audit), "info", head, { code: "root-user", user: last?.user ?? null }),
  ];
};

function lastUser(runtime: Stage, { plan }: AuditCase): UserInstruction | null {
  let stage: Stage | null = runtime;
  for (let depth = plan.stages.length; depth > 0 && stage !== null; depth -= 1) {
    const user = stage.instructions.findLast((instruction) => instruction.kind === "user");
    if (user !== undefined) return user;
    stage = stage.parent === null ? null : (plan.stages[stage.parent] ?? null);
  }
  return null;
}

/** `root`, `0`, with or without a group; no user at all is root. */
function isRoot(user: string): boolean {
  const name = user.split(":")[0]?.trim() ?? "";
  return name === "" || name === "root" || /^0+$/.test(name);
}
