import { MsbDepsError } from "../../base/errors.ts";
import { type ParsedInstruction, parseDockerfile } from "../../dockerfile/parse.ts";

/** The instructions of a Dockerfile; none if only the engine's frontend can read it. */
export function instructionsOf(dockerfile: string): readonly ParsedInstruction[] {
  try {
    return parseDockerfile(dockerfile).instructions;
  } catch (error) {
    if (error instanceof MsbDepsError) return [];
    throw error;
  }
}

/** The name that a FROM instruction gives to its stage, as it is written. */
export function nameOfStage(from: ParsedInstruction | undefined): string | null {
  return /\sAS\s+(\S+)\s*$/i.exec(from?.args.text ?? "")?.[1] ?? null;
}

/** Whether an engine took a line of a heredoc for an instruction: the file has none of this name. */
export function isOfHeredoc(dockerfile: string, word: string): boolean {
  const instructions = instructionsOf(dockerfile);
  return instructions.length > 0 && !instructions.some(({ keyword }) => keyword === word.toUpperCase());
}
