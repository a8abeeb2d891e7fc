/** The public API: the pure part, from snapshots to the answer, and its reports. */
export { analyze } from "./analysis/analyze.ts";
export type { AnalysisInput, LookedAtBuilder } from "./analysis/input.ts";
export { type Knowledge, knowledgeFor } from "./analysis/knowledge.ts";
export type * from "./analysis/model.ts";
export type { RuntimeBase } from "./analysis/runtime-base.ts";
export { type ErrorCode, MsbDepsError } from "./base/errors.ts";
export { shippedTables } from "./commands/shipped-tables.ts";
export { makePlan, type PlanOptions } from "./dockerfile/make-plan.ts";
export { parseDockerfile } from "./dockerfile/parse.ts";
export { FORMATS, type Format } from "./report/formats.ts";
export { readSnapshot, writeSnapshot } from "./snapshot/saved.ts";
export type { LookRequest, Snapshot } from "./snapshot/snapshot.ts";
