import { BaseSequencer, type TestSpecification } from "vitest/node";

/** The files that take longest, in that order, by the CPU time that they and the engine take on a fresh engine. */
const LONGEST = [
  "verify",
  "cases-files",
  "cases-stages",
  "main-job",
  "no-engine",
  "proof",
  "engines",
  "audit",
  "cases-opened",
  "interrupt",
  "large-inputs",
  "prove-quick",
  "cases-archives",
  "mappings",
  "cases-loader",
].map((name) => `test/e2e/${name}.test.ts`);

/** Starts the longest files first: at the end, short ones fill all workers. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONGEST.findIndex((name) => moduleId.endsWith(name));
      return at < 0 ? LONGEST.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}
