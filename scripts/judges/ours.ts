// The parts of the program that scripts call in their own process; `node scripts/build.mjs --judges` bundles them.
export { analyze } from "../../src/analysis/analyze.ts";
export { knowledgeFor } from "../../src/analysis/knowledge.ts";
export { audit } from "../../src/audit/audit.ts";
export { declaredFacts } from "../../src/audit/facts.ts";
export { program } from "../../src/cli/program.ts";
export { shippedTables } from "../../src/commands/shipped-tables.ts";
export { explicitMapping } from "../../src/dockerfile/artifacts.ts";
export { makePlan } from "../../src/dockerfile/make-plan.ts";
export { parseDockerfile } from "../../src/dockerfile/parse.ts";
export { connect } from "../../src/engine/connect.ts";
export { look } from "../../src/look/look.ts";
export { Messages } from "../../src/report/messages.ts";
export { Results } from "../../src/report/results.ts";
