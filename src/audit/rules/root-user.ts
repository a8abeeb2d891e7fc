import { found, type Rule, runtimePlace } from "../case.ts";
import { isRoot, lastUser } from "../users.ts";

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
