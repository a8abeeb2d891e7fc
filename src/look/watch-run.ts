import { Readable } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { MsbDepsError } from "../base/errors.ts";
import { decodeName } from "../base/names.ts";
import type { Engine, Image, RunRequest } from "../engine/engine.ts";
import { CLOSED, EngineLost } from "../engine/lost.ts";
import { readTar } from "../oci/tar.ts";
import { earlyEnd, earlyEndText } from "./run-end.ts";

/** Where the loaders of the command's processes write; all users may. */
const FOLDER = "/.msb-deps";
const MAX_LOGS = 64 * 1024 * 1024;
const MAX_OUTPUT = 128 * 1024 * 1024;
/** For what comes before the command and behind it. */
const GRACE_MS = 60_000;
const SHOWN_LINES = 20;

/** A command to run in an image, as the image says (user, folder, environment), or as is said here. */
export interface WatchedCommand extends Pick<RunRequest, "as" | "volumes"> {
  readonly argv: readonly string[];
  /** Variables that are added to the image's. */
  readonly env?: Readonly<Record<string, string>>;
  readonly seconds: number;
  readonly network: boolean;
}

/** What became of the command, and what the loader told meanwhile. */
export interface WatchedRun {
  /** Still running at the time limit. */
  readonly limit: boolean;
  /** The exit code; null at the time limit. */
  readonly exitCode: number | null;
  /** What the loader of each process wrote (LD_DEBUG), in no order. */
  readonly logs: readonly string[];
  /** The logs took all the room that they had, or were cut off: there may have been more. */
  readonly logsFull: boolean;
  /** The last lines of what the command printed. */
  readonly output: readonly string[];
}

/**
 * $1: seconds; $2: the folder for the logs; the rest is the command. Its output goes to the standard error; standard
 * output is for the answer: a line with limit and exit code, then a tar of the logs. The input ends when we are gone: then
 * all ends. LD_DEBUG_OUTPUT gives each process a file of its own (ld.so(8)); setuid programs ignore both.
 */
const FRAME = `
exec 3<&0
seconds=$1; folder=$2; shift 2
limit=0
trap 'exit 143' TERM
trap 'limit=1' USR1
{ cat <&3 >/dev/null; kill -TERM $$; } >/dev/null 2>&1 &
{ sleep "$seconds"; kill -USR1 $$; } >/dev/null 2>&1 3<&- &
LD_DEBUG=files,libs LD_DEBUG_OUTPUT=$folder/log "$@" </dev/null >&2 3<&- &
wait $!
code=$?
echo "$limit $code"
exec tar -c -C "$folder" . 2>/dev/null
`;

/**
 * Without an answer, the frame ends so only if the connection was lost: with 143 when its standard input ends, which stays
 * open for as long as the engine has a connection with us; with 0 when it has answered.
 */
const CUT_OFF: ReadonlySet<number> = new Set([0, 143]);

/**
 * Runs a command in a throw-away container of an image and watches what its processes load. The one place where files
 * of the image are executed: because the user asked for it.
 * @throws MsbDepsError `run-failed` where the image cannot run a shell command at all
 */
export async function watchRun(
  engine: Engine,
  image: Image,
  { argv, env = {}, seconds, network, ...place }: WatchedCommand,
  signal: AbortSignal,
): Promise<WatchedRun> {
  const limits = { maxOutput: MAX_OUTPUT, timeoutMs: seconds * 1000 + GRACE_MS };
  const result = await engine.run({
    image,
    command: ["/bin/sh", "-c", FRAME, "sh", String(seconds), FOLDER, ...argv],
    stdin: new Uint8Array(),
    env,
    may: "execute",
    online: network,
    ...place,
    scratch: { [FOLDER]: MAX_LOGS },
    ...limits,
    signal,
  });
  const { output, told } = split(result.stderr);
  if (result.notStarted !== null) throw cannotRun(result.notStarted);
  const newline = result.stdout.indexOf(0x0a);
  const head = /^([01]) (\d{1,3})$/.exec(result.stdout.toString("latin1", 0, Math.max(newline, 0)));
  if (head === null) {
    if (result.outOfMemory) return { limit: false, exitCode: result.exitCode, logs: [], logsFull: false, output };
    const end = earlyEnd(result);
    if (end === null && CUT_OFF.has(result.exitCode)) throw new EngineLost("running the command of --run", CLOSED);
    throw cannotRun(end === null ? (output.at(-1) ?? `exit code ${result.exitCode}`) : earlyEndText(end, limits));
  }
  const read = await readLogs(result.stdout.subarray(newline + 1));
  const logs = [...read.logs, ...(told === "" ? [] : [told])];
  const limit = head[1] === "1";
  const size = logs.reduce((sum, log) => sum + log.length, 0);
  return {
    limit,
    exitCode: limit ? null : Number(head[2]),
    logs,
    logsFull: !read.whole || size > MAX_LOGS * 0.9,
    output,
  };
}

/** A command that kills the frame can cut the tar off; what came is told. */
async function readLogs(bytes: Buffer): Promise<{ readonly logs: readonly string[]; readonly whole: boolean }> {
  const logs: string[] = [];
  try {
    for await (const entry of readTar(Readable.from([bytes])))
      if (entry.type === "file") logs.push(decodeName(await entry.read(entry.size)));
    return { logs, whole: true };
  } catch {
    // The tar comes from where the command ran, and is whatever that made of it.
    return { logs, whole: false };
  }
}

/** A loader that cannot write its log (in a chroot, without the right) writes to the standard error in its place. */
function split(stderr: Buffer): { readonly output: readonly string[]; readonly told: string } {
  const lines = decodeName(stderr).split("\n");
  const isTold = (line: string): boolean => /^ *\d+:\t/.test(line);
  const output = lines.filter((line) => !isTold(line)).map((line) => stripVTControlCharacters(line).trimEnd());
  while (output.at(-1) === "") output.pop();
  return { output: output.slice(-SHOWN_LINES), told: lines.filter(isTold).join("\n") };
}

function cannotRun(reason: string): MsbDepsError {
  return new MsbDepsError("run-failed", `cannot run the command of --run in the image: ${reason}.`, {
    hint: "It needs /bin/sh and the image's user in the image. A user that a RUN of the stage creates exists only with --current.",
  });
}
