import { stripVTControlCharacters } from "node:util";
import { MsbDepsError } from "../base/errors.ts";
import { decodeName, encodeName } from "../base/names.ts";
import type { Engine, Image, ImageConfig, RunResult } from "../engine/engine.ts";
import { CLOSED, EngineLost } from "../engine/lost.ts";
import { CLEAN_ENVIRONMENT } from "./by-script.ts";
import { parseRecords, splitFields } from "./records.ts";
import { earlyEnd, earlyEndText } from "./run-end.ts";
import { encodePart, encodeRequest, traceScript } from "./script.ts";
import { callWords } from "./system-calls.ts";

/** Distinct paths, for each program and kind of access. */
const MAX_PATHS = 200_000;
const MAX_EVENTS = 20_000_000;
const MAX_OUTPUT = 256 * 1024 * 1024;
/** For what comes before the command and after it. */
const GRACE_MS = 60_000;
const SHOWN_LINES = 20;

/** A command to run in an image while its paths are watched. */
export interface TracedCommand {
  readonly argv: readonly string[];
  /** All of its environment, `NAME=VALUE`. */
  readonly env: readonly string[];
  readonly as: Pick<ImageConfig, "user" | "workingDir">;
  /** After so long it is asked to end. */
  readonly seconds: number;
  /** The number of the signal by which it is asked. */
  readonly signal: number;
  readonly stdin: Uint8Array;
  /** Its input and output are a terminal. */
  readonly tty: boolean;
  readonly network: boolean;
  readonly volumes: readonly (readonly [string, string])[];
}

/** `look`: asked about, by stat(2), access(2), readlink(2) and the like; `list`: the names in a directory. */
export type AccessKind = "exec" | "open" | "list" | "look" | "make";

/** A path that a program named to the kernel. */
export interface Access {
  readonly path: string;
  readonly kind: AccessKind;
  /** What was there before the call. */
  readonly there: "file" | "directory" | "nothing";
  /** The program, by its path; empty where that is not known. */
  readonly by: string;
}

/**
 * What was not seen: `unread`: calls whose path could not be read · `abi`: calls of another architecture · `paths`, `events`:
 * beyond a limit · `io_uring_setup`, `fanotify_init`, `open_by_handle_at`: used, and what they open is not seen ·
 * `loader-only`: only what the loader was asked for.
 */
export type BlindSpot = string;

/** How a traced command ended, and all that it asked for. */
export interface TracedRun {
  /** `ended`: by itself · `limit`: it was ended at its time limit · `asked`: the probe beside it was through. */
  readonly outcome: "ended" | "limit" | "asked";
  readonly exitCode: number;
  readonly accesses: readonly Access[];
  readonly unseen: readonly BlindSpot[];
  /** The last lines that it printed. */
  readonly output: readonly string[];
}

/** Why a command was not traced. `ptrace`: the platform does not allow it; `perl`: the image has none. */
export interface NotTraced {
  readonly refused: "ptrace" | "perl";
  readonly reason: string;
}

/** How to end the command from outside, and where it runs. */
export interface TraceControl {
  readonly onStarted: (id: string) => void;
  /** Once it resolves, the command is asked to end. */
  readonly end: Promise<void>;
}

/**
 * Runs a command in a throw-away container of an image under a tracer (trace.pl), and reports each path that it or a process
 * of it names to the kernel.
 * @throws MsbDepsError `run-failed`
 */
export async function traceRun(
  engine: Engine,
  image: Image,
  command: TracedCommand,
  signal: AbortSignal,
  control?: TraceControl,
): Promise<TracedRun | NotTraced> {
  const limits = { maxOutput: MAX_OUTPUT, timeoutMs: command.seconds * 1000 + GRACE_MS };
  const result = await engine.run({
    image,
    command: ["/usr/bin/perl", "-e", traceScript()],
    stdin: Buffer.concat([requestOf(command), encodePart(command.stdin)]),
    env: CLEAN_ENVIRONMENT,
    may: "trace",
    as: command.as,
    online: command.network,
    volumes: command.volumes,
    ...(control === undefined ? {} : { onStarted: control.onStarted, later: control.end.then(() => Buffer.from("x")) }),
    ...limits,
    signal,
  });
  if (result.notStarted !== null) return { refused: "perl", reason: result.notStarted };
  const end = earlyEnd(result);
  if (end !== null) throw failed(earlyEndText(end, limits), result);
  if (result.exitCode !== 0) throw cutOff(result);
  return readTrace(result);
}

/** `NAME=VALUE` in its parts. */
export function splitVariable(pair: string): readonly [string, string] {
  const equals = pair.indexOf("=");
  return equals < 0 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
}

function requestOf({ argv, env, seconds, signal, tty }: TracedCommand): Buffer {
  const limits = { seconds, signal, tty: tty ? 1 : 0, paths: MAX_PATHS, events: MAX_EVENTS };
  return encodeRequest([
    ...callWords(),
    ...Object.entries(limits).flatMap(([name, value]) => [name, String(value)]),
    ...env.flatMap((pair) => ["env", encodeName(pair)]),
    ...argv.flatMap((word) => ["arg", encodeName(word)]),
  ]);
}

/** The tracer ends with 3 if its input ends, which stays open as long as the engine has a connection with us. */
function cutOff(result: RunResult): MsbDepsError {
  if (result.exitCode === 3) return new EngineLost("running the command", CLOSED);
  return failed(`the tracer ended with exit code ${result.exitCode}`, result);
}

function failed(reason: string, { stderr }: Pick<RunResult, "stderr">): MsbDepsError {
  const said = linesOf(stderr).slice(-5);
  return new MsbDepsError("run-failed", `cannot observe the command in the image: ${reason}.`, {
    ...(said.length === 0 ? {} : { output: said }),
    hint: "Allow more time or memory, or trace a shorter run.",
  });
}

function readTrace(result: RunResult): TracedRun | NotTraced {
  const programs: string[] = [];
  const accesses: Access[] = [];
  const unseen: BlindSpot[] = [];
  let end: Pick<TracedRun, "outcome" | "exitCode"> | null = null;
  for (const { key, payload } of parseRecords(result.stdout)) {
    if (key === "program") programs.push(decodeName(payload));
    else if (key === "access") accesses.push(...accessOf(payload, programs));
    else if (key === "note") unseen.push(decodeName(splitFields(payload, 2)[0] ?? payload));
    else if (key === "failed") {
      const refusal = refusalOf(splitFields(payload, 3).map(decodeName), result);
      if ("refused" in refusal) return refusal;
      end = refusal;
    } else if (key === "outcome") end = endOf(splitFields(payload, 3).map(decodeName));
  }
  if (end === null) throw failed("the tracer did not say how it ended", result);
  return { ...end, accesses, unseen, output: linesOf(result.stderr).slice(-SHOWN_LINES) };
}

const KINDS: Readonly<Record<string, AccessKind>> = {
  exec: "exec",
  open: "open",
  list: "list",
  look: "look",
  link: "look",
  make: "make",
};
const THERE: Readonly<Record<string, Access["there"]>> = { f: "file", d: "directory", "-": "nothing" };

function accessOf(payload: Buffer, programs: readonly string[]): Access[] {
  const [head, path] = splitFields(payload, 2);
  const [kind = "", there = "", by = ""] = decodeName(head ?? payload).split(" ");
  const [is, at] = [KINDS[kind], THERE[there]];
  if (is === undefined || at === undefined || path === undefined) return [];
  return [{ path: plain(decodeName(path)), kind: is, there: at, by: programs[Number(by)] ?? "" }];
}

/** Without doubled slashes and `.`; `..` stays, as what is before it may be a link. */
function plain(path: string): string {
  return path.replace(/\/(?:\.?\/)+/g, "/").replace(/(?<=.)\/\.?$/, "");
}

function endOf([how = "", code = ""]: readonly string[]): Pick<TracedRun, "outcome" | "exitCode"> {
  return { outcome: how === "limit" || how === "asked" ? how : "ended", exitCode: Number(code) };
}

/** ENOENT, EACCES and ENOEXEC of execve(2), as a shell gives them for its exit code. */
const EXIT_CODES: Readonly<Record<string, number>> = { "2": 127, "8": 126, "13": 126 };

/** What went wrong before the command ran: a program that cannot be started has an exit code, as in a shell. */
function refusalOf(
  [what = "", number = "", text = ""]: readonly string[],
  result: RunResult,
): NotTraced | Pick<TracedRun, "outcome" | "exitCode"> {
  if (what === "exec") return { outcome: "ended", exitCode: EXIT_CODES[number] ?? 126 };
  if (what === "ptrace" || what === "seccomp" || what === "machine")
    return { refused: "ptrace", reason: text === "" ? what : `${what}: ${text}` };
  throw failed(`${what}: ${text}`, result);
}

/** Output as lines without control sequences, empty ones at the end left out. */
function linesOf(bytes: Buffer): string[] {
  const lines = decodeName(bytes)
    .split("\n")
    .map((line) => stripVTControlCharacters(line).trimEnd());
  while (lines.at(-1) === "") lines.pop();
  return lines;
}
