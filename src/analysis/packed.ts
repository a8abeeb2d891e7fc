import type { Stage } from "../dockerfile/plan.ts";
import { stageChain } from "../dockerfile/select.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import type { AnalysisInput } from "./input.ts";
import type { Note } from "./model.ts";
import { note } from "./notes.ts";
import type { Scene } from "./scene.ts";

/** The artifacts that hold a program which cannot be read, and where the build packs it. */
export function packedNotes({ plan, builders }: Pick<AnalysisInput, "plan" | "builders">, scene: Scene): Note[] {
  return scene.builders.flatMap(({ files, index }) =>
    files.flatMap((file) => {
      if (file.packing === null) return [];
      const stage = builders[index]?.stage ?? null;
      const where = plan === null || stage === null ? null : packedBy(file, stageChain(plan.stages, stage));
      return [note("packed", file.fact.path, { method: file.packing, line: null, unpacked: null, ...where })];
    }),
  );
}

/** The command of the builder stage, or of a stage that it begins with, that makes the file. */
function packedBy({ fact }: ArtifactFile, stages: readonly Stage[]) {
  const calls = stages.flatMap(({ instructions }) =>
    instructions.flatMap((one) => (one.kind === "run" ? one.packed : [])),
  );
  const call = calls.findLast(({ to }) => isAt(fact.path, to));
  return call === undefined ? null : { line: call.line, unpacked: call.from === call.to ? null : call.from };
}

/** A relative path of a command may lie in any directory. */
function isAt(path: string, named: string): boolean {
  return named.startsWith("/") ? path === named : path.endsWith(`/${named.replace(/^(?:\.\/)+/, "")}`);
}
