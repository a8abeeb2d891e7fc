import { sourceOffset } from "./mapped-text.ts";
import type { ParsedDockerfile, ParsedInstruction } from "./parse.ts";
import type { CopyMapping, RunInstruction, Stage } from "./plan.ts";
import { mayBringPrograms } from "./run-facts.ts";

/** A COPY that a stage needs and the Dockerfile does not have. */
export interface AddedCopy {
  /** A stage's name or number. */
  readonly from: string;
  readonly source: string;
  readonly destination: string;
}

/** What the stage with a line is made of. */
export interface LineStage {
  readonly parsed: ParsedDockerfile;
  /** The stage whose COPY instructions bring the artifacts, or null: then `copies` alone do. */
  readonly shape: Stage | null;
  /** The image to begin with in place of the shape's own FROM; null keeps that. */
  readonly base: string | null;
  /** The shell command that installs the line, or null where nothing is to be installed. */
  readonly install: string | null;
  readonly copies: readonly AddedCopy[];
  /** ldconfig has to run behind `copies`. */
  readonly ldconfig: boolean;
  /** The user at the end where the shape names none: the base image's. */
  readonly user: string;
}

export interface LineStageText {
  /** The Dockerfile; its last stage is the one to build. */
  readonly text: string;
  /** Instructions of the shape that have no part in it. */
  readonly leftOut: readonly LeftOut[];
  /** What is left out could have made files: a RUN that does more than install packages. */
  readonly filesMayLack: boolean;
}

export interface LeftOut {
  readonly keyword: string;
  readonly line: number;
}

/** What decides about files, search paths, the loader and what is started; a RUN is replaced by what is known of it. */
const TAKEN: ReadonlySet<string> = new Set(["ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "WORKDIR"]);
/** What has no effect on files, or on none before a container is started. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(
  "EXPOSE HEALTHCHECK LABEL MAINTAINER ONBUILD SHELL STOPSIGNAL USER VOLUME".split(" "),
);

const LDCONFIG = 'RUN ["/sbin/ldconfig"]';

/**
 * A Dockerfile that builds the runtime stage with a line in place of what the stage installs. The line stands where the
 * stage's first apt-get install is, else before all else. COPY, ADD, ENV, ARG, WORKDIR, ENTRYPOINT and CMD are the author's; a RUN that ends
 * in an ldconfig, by itself or through dpkg, becomes just that; all other RUN instructions are left out, since what
 * they change is not part of the answer that is to be proved.
 */
export function lineStage(stage: LineStage): LineStageText {
  const { parsed, shape, install, copies, ldconfig } = stage;
  const own = shape === null ? [] : ownInstructions(parsed, shape);
  const runs = new Map(
    (shape?.instructions ?? []).flatMap((one) => (one.kind === "run" ? [[one.start, one] as const] : [])),
  );
  const place = own.find(({ start }) => (runs.get(start)?.aptInstalls.length ?? 0) > 0) ?? null;
  const command = install === null ? [] : [exec(install)];
  const leftOut: LeftOut[] = [];
  const lines = [head(stage), "USER 0:0", ...(place === null ? command : [])];
  for (const instruction of own) {
    const { keyword, line } = instruction;
    const run = runs.get(instruction.start);
    if (run !== undefined) {
      lines.push(...(instruction === place ? command : []), ...(endsInLdconfig(run) ? [LDCONFIG] : []));
      if (instruction !== place || run.aptInstalls.length === 0) leftOut.push({ keyword, line });
    } else if (TAKEN.has(keyword)) lines.push(withoutOwner(instruction, parsed));
    else if (!WITHOUT_EFFECT.has(keyword)) leftOut.push({ keyword, line });
  }
  lines.push(...copies.map(copyLine), ...(ldconfig ? [LDCONFIG] : []));
  lines.push(userLine(own, stage.user));
  const filesMayLack = [...runs.values()].some(mayBringPrograms);
  const before =
    shape === null || usesLater(copies, shape, parsed) ? parsed.text : parsed.text.slice(0, from(parsed, shape).start);
  return { text: `${before.replace(/\n*$/, "\n")}${lines.join("\n")}\n`, leftOut, filesMayLack };
}

/** The COPY of a mapping of the command line. */
export function explicitCopy({ source, destination, stage }: CopyMapping, stages: readonly Stage[]): AddedCopy {
  return { from: stages[stage]?.name ?? String(stage), source, destination };
}

/** Whether a path can stand in a COPY instruction and mean itself, or the pattern that it is. */
export function canBeCopied({ source, destination }: AddedCopy): boolean {
  return [source, destination].every((path) => /^[\w./+:@~,=*? -]+$/.test(path));
}

function head({ base, parsed, shape }: LineStage): string {
  if (base !== null || shape === null) return `FROM ${base ?? "scratch"}`;
  const { start, end } = from(parsed, shape);
  // Without its name: another stage of the file may have it.
  return parsed.text.slice(start, end).replace(/\s+as\s+\S+\s*$/i, "");
}

function from(parsed: ParsedDockerfile, shape: Stage): ParsedInstruction {
  const heads = parsed.instructions.filter(({ keyword }) => keyword === "FROM");
  const found = heads[shape.index];
  if (found === undefined) throw new Error(`the file has no stage ${shape.index}`);
  return found;
}

function ownInstructions(parsed: ParsedDockerfile, shape: Stage): ParsedInstruction[] {
  const first = parsed.instructions.indexOf(from(parsed, shape)) + 1;
  const next = parsed.instructions.findIndex(({ keyword }, index) => index >= first && keyword === "FROM");
  return parsed.instructions.slice(first, next === -1 ? undefined : next);
}

/** Whether a COPY of the command line names a stage that stands behind the shape. */
function usesLater(copies: readonly AddedCopy[], { index }: Stage, parsed: ParsedDockerfile): boolean {
  const earlier = parsed.instructions.filter(({ keyword }) => keyword === "FROM").slice(0, index);
  const names = new Set(earlier.flatMap(({ args }, at) => [String(at), args.text.split(/\s+/).at(-1)?.toLowerCase()]));
  return copies.some((copy) => !names.has(copy.from));
}

/** The exec form hangs on no SHELL, and on no escape character: the command is plain ASCII. */
function exec(command: string): string {
  return `RUN ${JSON.stringify(["/bin/sh", "-c", command])}`;
}

function endsInLdconfig(run: RunInstruction): boolean {
  return run.callsLdconfig || run.installsPackages;
}

/** Who owns a file does not matter to the loader, and a RUN that made the user may be left out. */
function withoutOwner(instruction: ParsedInstruction, { text }: ParsedDockerfile): string {
  const { flags, keyword, start, end } = instruction;
  const whole = text.slice(start, end);
  if (!flags.some(({ name }) => name === "chown")) return whole;
  const kept = flags.filter(({ name }) => name !== "chown");
  const words = kept.map(({ name, value }) => (value === null ? `--${name}` : `--${name}=${value}`));
  return [keyword, ...words, text.slice(sourceOffset(instruction.args, 0), end)].join(" ");
}

function copyLine({ from: stage, source, destination }: AddedCopy): string {
  return `COPY --from=${stage} ${JSON.stringify([source, destination])}`;
}

/** The stage's last USER, as it stands, else the base image's. */
function userLine(own: readonly ParsedInstruction[], user: string): string {
  const last = own.findLast(({ keyword }) => keyword === "USER");
  if (last !== undefined) return `USER ${last.args.text}`;
  return `USER ${user === "" ? "0:0" : user}`;
}
