import { pathInWorkdir } from "../base/paths.ts";
import { flagOn, flagValue, neededFlag } from "./flags.ts";
import { heredocMark } from "./heredoc.ts";
import { syntaxError } from "./lines.ts";
import { type ParsedInstruction, placeOf } from "./parse.ts";
import type { CopyFrom, CopyInstruction } from "./plan.ts";
import type { StageState } from "./stage-state.ts";
import { splitPlain } from "./words.ts";

/** Reads a COPY or ADD instruction (instructions/parse.go, dockerfile2llb/convert_copy.go). */
export function readCopy(instruction: ParsedInstruction, keyword: "COPY" | "ADD", state: StageState): CopyInstruction {
  const words = instruction.json ?? splitPlain(instruction.args.text);
  const target = words.at(-1);
  if (target === undefined || words.length < 2)
    throw syntaxError(instruction.line, `${keyword} needs a source and a destination`);
  const named = words.slice(0, -1).filter((word) => instruction.json !== null || heredocMark(word) === null);
  // With --chmod BuildKit copies in the ordinary way (convert_copy.go).
  const link = flagOn(instruction.flags, "link") && flagValue(instruction.flags, "chmod") === undefined;
  const destination = destinationOf(state, target);
  const parents = keyword === "COPY" && flagOn(instruction.flags, "parents");
  // With --link the files are laid out on an empty layer: no folder of the base is there to go into.
  const intoFolder =
    destination !== null && (destination.path.endsWith("/") || (!link && state.isFolder(destination.path)));
  if (destination !== null && (intoFolder || words.length > 2 || parents)) state.addFolder(destination.path);
  const chmod = flagValue(instruction.flags, "chmod");
  return {
    kind: "copy",
    ...placeOf(instruction),
    keyword,
    from: keyword === "COPY" ? copyFrom(neededFlag(instruction.flags, "from", instruction.line), state) : null,
    sources: named.map((word) => state.scope.expand(word)),
    // A backslash keeps a dollar sign from being expanded; what is expanded stays as it is written here.
    inline: instruction.heredocs.map(({ content: { text }, expand }) => (expand ? text.replace(/\\\$/g, "$") : text)),
    destination: destination?.path ?? null,
    destinationAssumed: destination?.assumed ?? false,
    destinationFolder: intoFolder,
    chmod: typeof chmod === "string" ? state.scope.expand(chmod) : null,
    parents,
    link,
    exclude: instruction.flags
      .filter((flag) => flag.name === "exclude")
      .map((flag) => state.scope.expand(flag.value ?? ""))
      .filter((pattern) => pattern !== null),
  };
}

function destinationOf(state: StageState, word: string): { path: string; assumed: boolean } | null {
  const path = state.scope.expand(word);
  if (path === null) return null;
  if (path.startsWith("/")) return { path: pathInWorkdir("/", path), assumed: false };
  if (state.workdir === null) return null;
  return { path: pathInWorkdir(state.workdir, path), assumed: state.workdirAssumed };
}

/**
 * What `--from` names: a stage by index or name, else an image or named context. It is not expanded; stages have to
 * stand before the one that copies (dockerfile2llb, toCommand).
 */
export function copyFrom(name: string | null, { names, index }: StageState): CopyFrom | null {
  if (name === null) return null;
  if (name.includes("$")) return { unresolved: name };
  if (/^\d{1,9}$/.test(name)) return Number(name) < index ? { stage: Number(name) } : { unresolved: name };
  const stage = names.lastIndexOf(name.toLowerCase());
  if (stage === -1) return { image: name };
  if (stage < index) return { stage };
  const earlier = names.slice(0, index).lastIndexOf(name.toLowerCase());
  return earlier === -1 ? { unresolved: name } : { stage: earlier };
}
