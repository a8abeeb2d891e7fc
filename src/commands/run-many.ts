import { Readable } from "node:stream";
import { MsbDepsError, throwIfStopped } from "../base/errors.ts";
import type { FileResult, FileResults } from "../report/file-results.ts";
import { Messages } from "../report/messages.ts";
import { type Overview, openOverview } from "../report/overview.ts";
import { type Configs, hold } from "./config/hold.ts";
import type { Target } from "./files/target.ts";
import type { Many, ManyWork } from "./many.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";

/** The options of all Dockerfiles, and the config files that add to them. */
interface ManyOptions {
  readonly options: RunOptions;
  readonly configs: Configs;
}

/** A Dockerfile on a platform. */
interface Job {
  readonly target: Target;
  readonly platform: string | null;
}

/**
 * Runs a command over many Dockerfiles; the exit code is the worst. A file that fails does not stop the others; an
 * interruption does.
 */
export async function runMany<Document>(
  many: Many,
  work: ManyWork<Document>,
  { options, configs }: ManyOptions,
  show: ShowOptions,
  io: Io,
): Promise<{ readonly results: FileResults<Document>; readonly exitCode: number }> {
  refuseSingleOptions(options);
  const overview = openOverview(show.progress, io.env, io.messages);
  const platforms = many.platforms.length === 0 ? [null] : many.platforms;
  const jobs = many.targets.flatMap((target) => platforms.map((platform): Job => ({ target, platform })));
  const one = (job: Job): Promise<FileResult<Document>> =>
    runOne(job, jobs.length, work, { options, configs }, show, { ...io, overview });
  const results = await inPool(jobs, many.jobs, one, io.signal).finally(() => overview.end());
  if (!show.quiet) io.messages.lines(work.summary(results));
  return { results, exitCode: Math.max(...results.map(({ exitCode }) => exitCode)) };
}

async function runOne<Document>(
  { target, platform }: Job,
  total: number,
  work: ManyWork<Document>,
  { options, configs }: ManyOptions,
  show: ShowOptions,
  io: Io & { readonly overview: Overview },
): Promise<FileResult<Document>> {
  const { overview } = io;
  const label = target.label;
  const name = platform === null ? label : `${label} on ${platform}`;
  const lines: string[] = [];
  const messages = new Messages({ write: (text: string) => lines.push(...text.trimEnd().split("\n")) });
  const own = { ...io, messages, stdin: target.text === null ? io.stdin : Readable.from([target.text]) };
  const its = { ...options, platform, dockerfile: target.path ?? "-" };
  const done = overview.start(name);
  try {
    const held = await hold(its, { configs, described: target.set });
    const { document, exitCode } = await work.run(held, { ...show, progress: "quiet" }, own, target);
    done(total, work.brief(document), lines);
    return { label, platform, exitCode, document, error: null };
  } catch (error) {
    throwIfStopped(io.signal);
    if (!(error instanceof MsbDepsError)) throw error;
    messages.error(error);
    done(total, "failed", lines);
    return { label, platform, exitCode: error.exitCode, document: null, error };
  }
}

/** Works on so many items at once; the results are in the order of the items. */
async function inPool<Item, Result>(
  items: readonly Item[],
  size: number,
  work: (item: Item) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      throwIfStopped(signal);
      const item = items[at];
      if (item !== undefined) results[at] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(size, items.length) }, worker));
  return results;
}

/** Options that name one image, one run or one file cannot hold for many. */
function refuseSingleOptions({ image, rootfs, oci, snapshot, saveSnapshot }: RunOptions): void {
  const named = { "--image": image, "--rootfs": rootfs, "--oci": oci, "--snapshot": snapshot };
  const given = Object.entries({ ...named, "--save-snapshot": saveSnapshot }).flatMap(([flag, value]) =>
    value === null ? [] : [flag],
  );
  if (given.length === 0) return;
  throw new MsbDepsError("usage", `${given.join(", ")} cannot be used with several Dockerfiles or platforms.`, {
    hint: "Pass one Dockerfile, and at most one platform.",
  });
}
