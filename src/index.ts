/** The public API: the pure part, from snapshots to the answer, and its reports. */
export { analyze } from "./analysis/analyze.ts";
export type { AnalysisInput, LookedAtBuilder, RuntimeBase } from "./analysis/input.ts";
export { type Knowledge, knowledgeFor } from "./analysis/knowledge.ts";
export type * from "./analysis/model.ts";
export { makePlan, type PlanOptions } from "./dockerfile/make-plan.ts";
export { parseDockerfile } from "./dockerfile/parse.ts";
export { type ErrorCode, MsbDepsError } from "./errors.ts";
export { readSnapshot, writeSnapshot } from "./look/saved.ts";
export type { LookRequest, Snapshot } from "./look/snapshot.ts";
export { shippedTables } from "./mappings.ts";
export { FORMATS, type Report } from "./report/formats.ts";
