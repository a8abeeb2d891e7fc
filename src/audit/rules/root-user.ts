import { isAside, startsSomething } from "../../dockerfile/select.ts";
import { found, type Rule, runtimePlace } from "../case.ts";
import { rootReference } from "../facts.ts";
import { isRoot, lastUser } from "../users.ts";

export interface RootUserDetail {
  readonly code: "root-user";
  /** The user of the last USER instruction; null where there is none. */
  readonly user: string | null;
}

/**
 * The runtime stage ends as root: by its last USER, that of the stages below it, or that of the base image. Not if it is a
 * stage for tests or the like, nor if it is from scratch and starts nothing: then it only hands out files.
 */
export const rootUser: Rule<RootUserDetail> = (audit) => {
  const { runtime, facts, plan } = audit;
  if (runtime === null || isAside(runtime)) return [];
  if (rootReference(plan) === "scratch" && !startsSomething(plan.stages, runtime)) return [];
  const last = lastUser(runtime, audit);
  const user = last === null ? facts.baseUser : last.user;
  if (user === null || !isRoot(user)) return [];
  const own = last !== null && runtime.instructions.includes(last);
  const head = { confidence: last !== null || audit.analysis !== null ? "proved" : "declared" } as const;
  return [
    found(audit, own ? last : runtimePlace(audit), "info", head, { code: "root-user", user: last?.user ?? null }),
  ];
};
