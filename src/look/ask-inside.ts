import { randomBytes } from "node:crypto";
import { MsbDepsError } from "../base/errors.ts";
import { decodeName, encodeName } from "../base/names.ts";
import { escapePattern } from "../debian/spellings.ts";
import type { RunRequest, RunResult } from "../engine/engine.ts";
import { CLEAN_ENVIRONMENT, troubleOf } from "./by-script.ts";
import type { Observations, RawAnswer } from "./observations.ts";
import type { Misses } from "./tracker.ts";

const LIMITS = { maxOutput: 256 * 1024 * 1024, timeoutMs: 300_000 };

/**
 * The frame of every question: $1 bytes of NUL-separated words come on stdin, which then stays open until the client is
 * gone; the rest of the arguments is the command that xargs gives them to. Names never become shell text. All of it is
 * Essential on Debian: dash, coreutils, findutils. A status of 123 of xargs is that some command failed, as dpkg -S does
 * for a path without an owner.
 */
const FRAME = `
exec 3<&0
trap 'exit 143' TERM
trap 'exit 0' USR1
trap 'exit 127' USR2
length=$1; shift
{ head -c "$length" <&3; exec >&-; cat <&3 >/dev/null; kill -TERM $$; } | {
  xargs -0 -r "$@" 2>/dev/null
  case $? in 0|123) kill -USR1 $$;; *) kill -USR2 $$;; esac
} &
wait
`;

/**
 * One question: token, loader, file; the answer is framed by the token. timeout(1) ends a loader that hangs. What ldd
 * sets for the loader makes it list what it maps and start nothing; `ld.so --list` of glibc 2.36 would end at the first
 * library that is not there.
 */
const ASK_LOADER = `
token=$1; loader=$2; file=$3
case $loader in
  */ldd) set -- "$loader" "$file";;
  *) set -- env LD_TRACE_LOADED_OBJECTS=1 LD_WARN= LD_BIND_NOW= LD_VERBOSE= "$loader" "$file";;
esac
printf '%s out\\n' "$token"
{ errors=$(timeout -s KILL 10 "$@" 2>&1 >&3 </dev/null); code=$?; } 3>&1
printf '%s err\\n%s\\n%s %s\\n' "$token" "$errors" "$token" "$code"
`;

/** Runs one program where the files are: in a container of the image, in a tree, on this machine. */
export type RunInside = (request: Omit<RunRequest, "image">) => Promise<RunResult>;

/** Asks the loader what was not asked yet, in one run. */
export async function askLoader(run: RunInside, misses: Misses, into: Observations, signal: AbortSignal) {
  const asks = [...misses.asks.values()];
  if (asks.length === 0) return;
  const token = randomBytes(16).toString("hex");
  const words = asks.flatMap(({ loader, file }) => [encodeName(loader), encodeName(file)]);
  const command = ["-n", "2", "/bin/sh", "-c", ASK_LOADER, "sh", token];
  const output = await runFramed(run, command, words, signal);
  const answers = output === null ? [] : splitAnswers(decodeName(output), token);
  if (output !== null && answers.length !== asks.length) throw unfinished("the loader");
  for (const [index, { loader, file }] of asks.entries()) {
    into.addAnswer(loader, file, answers[index] ?? { exit: null, output: "", errors: "" });
  }
}

function splitAnswers(output: string, token: string): RawAnswer[] {
  const answer = new RegExp(`${token} out\\n(.*?)${token} err\\n(.*?)\\n${token} (\\d+)\\n`, "gs");
  return [...output.matchAll(answer)].map(([, out = "", errors = "", code]) => {
    const exit = Number(code);
    // 124 and up to 127 with the words of timeout or env: it was not run; from 128 on a signal ended it (timeout(1), sh(1)).
    const ran = exit < 124 || (exit === 127 && !/^(?:timeout|env): /.test(errors));
    return { exit: ran ? exit : null, output: out, errors: errors === "" ? "" : `${errors}\n` };
  });
}

/** Asks dpkg for the owners that were not asked for yet, in one run. */
export async function askOwners(run: RunInside, misses: Misses, into: Observations, signal: AbortSignal) {
  const paths = [...misses.owners];
  if (paths.length === 0) return;
  const words = paths.map((path) => encodeName(escapePattern(path)));
  const output = await runFramed(run, ["/usr/bin/dpkg-query", "-S", "--"], words, signal);
  if (output === null) into.addFailure("/var/lib/dpkg", "dpkg -S: it could not be run");
  else into.addOwnerLines(decodeName(output).split("\n"));
  into.addAsked(paths);
}

/** Null where there is no shell to run it with. */
async function runFramed(
  run: RunInside,
  command: readonly string[],
  words: readonly Buffer[],
  signal: AbortSignal,
): Promise<Buffer | null> {
  const stdin = Buffer.concat(words.flatMap((word) => [word, Buffer.of(0)]));
  const result = await run({
    command: ["/bin/sh", "-c", FRAME, "sh", String(stdin.length), ...command],
    stdin,
    env: CLEAN_ENVIRONMENT,
    ...LIMITS,
    signal,
  });
  if (result.notStarted !== null || result.exitCode === 127) return null;
  const trouble = troubleOf(result, LIMITS);
  if (trouble !== null) throw trouble;
  return result.stdout;
}

function unfinished(what: string): MsbDepsError {
  return new MsbDepsError("look-failed", `the answers of ${what} from inside the image are not whole.`, {
    hint: "Run it again; if it stays, report it with `--verbose` output.",
  });
}
