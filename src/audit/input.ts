import type { Analysis } from "../analysis/model.ts";
import type { ParsedDockerfile } from "../dockerfile/parse.ts";
import type { BuildPlan } from "../dockerfile/plan.ts";
import type { AuditFacts } from "./facts.ts";
import type { AuditPolicy } from "./policy.ts";

/** What an audit starts from; without an analysis only the Dockerfile and our tables speak. */
export interface AuditInput {
  readonly parsed: ParsedDockerfile;
  readonly plan: BuildPlan;
  readonly analysis: Analysis | null;
  readonly facts: AuditFacts;
  /** That there is no ELF file and no script among the artifacts was said to be right (`--allow-empty`). */
  readonly emptyIsRight?: boolean;
  /** What the project has decided about findings; absent: nothing. */
  readonly policy?: AuditPolicy;
}
