import { pathFields } from "../analysis/artifacts.ts";
import { textOfFile } from "../analysis/destination-cache.ts";
import type { LookedAtImage } from "../analysis/image.ts";
import { allowanceFor, newPool } from "../analysis/scene.ts";
import type { Allowance } from "../base/allowance.ts";
import { basename } from "../base/paths.ts";
import { flatMapSteps, type Steps } from "../base/steps.ts";
import type { ElfFacts, ElfReading } from "../elf/facts.ts";
import { loaderPath } from "../loader/loaders.ts";
import { preloadOfEnvironment, preloadOfFile } from "../loader/preload.ts";
import { resolveProgram } from "../loader/resolve.ts";
import type { LoaderSettings } from "../loader/settings.ts";
import { type TraceRefusal, traceRefusal } from "../loader/traceable.ts";
import { missingVersions } from "../loader/versions.ts";
import type { FileQuestion } from "../snapshot/answers.ts";
import { realPathOf } from "../snapshot/path.ts";
import type { Trouble, UnprovedReason } from "./model.ts";
import type { Subject } from "./subjects.ts";

/** The parts of an image's environment that a loader heeds. */
export interface LoaderEnvironment {
  readonly libraryPath: string;
  readonly preload: string;
}

/** What our own rules say of a file at its place in an image, and whether the image's loader can be asked too. */
export interface RuleVerdict {
  readonly path: string;
  readonly troubles: readonly Trouble[];
  /** Why nothing is proved by the rules alone, or null. */
  readonly unproved: UnprovedReason | null;
  /** The question for the loader, or null where there is nothing to ask or nobody. */
  readonly question: FileQuestion | null;
  /** There is something for a loader to do. */
  readonly dynamic: boolean;
}

/** Judges files at their places in an image by the rules of ld.so(8), running nothing. */
export function* judgeByRules(
  subjects: readonly Subject[],
  image: LookedAtImage,
  environment: LoaderEnvironment,
): Steps<RuleVerdict[]> {
  const preload = [
    ...preloadOfEnvironment(environment.preload),
    ...preloadOfFile(textOfFile(image, "/etc/ld.so.preload") ?? ""),
  ];
  const places = new Set(subjects.map(({ path }) => realPath(image, path)));
  const unread = new Set(image.snapshot.unreadable.map((one) => one.path));
  const refusal = yield* traceRefusal(
    // What is in an archive is no file that a loader could map.
    image.snapshot.files
      .filter(({ inside }) => inside === undefined)
      .map((fact) => ({
        ...{ ...fact, unread: unread.has(fact.path) },
        elf: () => readingAt(image, fact.path),
      })),
    preload.map(({ name }) => name),
  );
  const asking: Asking = { image, places, refusal };
  const pool = newPool();
  return yield* flatMapSteps(subjects, ({ path, inArchive, file }) => {
    const nothing = { path, troubles: [], unproved: null, question: null, dynamic: false };
    const packed = file.packing === null ? null : ("packed" as const);
    if (file.kind === "script") return packed === null ? [] : [{ ...nothing, unproved: packed }];
    if (file.kind === "foreign") return [{ ...nothing, unproved: "foreign" as const }];
    if (file.kind === "damaged") return [{ ...nothing, unproved: "damaged" as const }];
    if (file.kind !== "executable" && file.kind !== "shared-object") return [{ ...nothing, unproved: packed }];
    const secure = (file.fact.mode & 0o6000) !== 0;
    const settings = { libraryPath: environment.libraryPath || null, preload, secure, cache: image.cache };
    const judgeAt = (at: string): RuleVerdict => judge(at, settings, allowanceFor({ pool }), asking);
    const verdict = inArchive === null ? judgeAt(path) : memberVerdict(path, inArchive, image, judgeAt);
    return [packed === null ? verdict : { ...verdict, unproved: packed }];
  });
}

/**
 * A member of an archive: where the image has it unpacked, like any file; else in the archive, where it is for nobody but
 * our rules, which prove of it that it finds everything, and not the contrary.
 */
function memberVerdict(
  path: string,
  inArchive: readonly string[],
  { view }: LookedAtImage,
  judgeAt: (path: string) => RuleVerdict,
): RuleVerdict {
  const isThere = (at: string): boolean => realPathOf(view, at).status === "found";
  if (!inArchive.includes(path) && isThere(path)) return judgeAt(path);
  const at = inArchive.find(isThere);
  const verdict = at === undefined ? null : { ...judgeAt(at), path, question: null };
  const isProved = verdict !== null && verdict.troubles.length === 0 && verdict.unproved === null;
  return isProved ? verdict : { path, troubles: [], unproved: "archive", question: null, dynamic: false };
}

/** What decides whether the image's loader is asked. */
interface Asking {
  readonly image: LookedAtImage;
  /** Where the artifacts are. */
  readonly places: ReadonlySet<string>;
  readonly refusal: TraceRefusal;
}

function judge(path: string, settings: LoaderSettings, allowance: Allowance, asking: Asking): RuleVerdict {
  const { image } = asking;
  const { status, facts, libraries, objects } = resolveProgram(image.view, path, { ...settings, allowance });
  const trouble = (kind: Trouble["kind"], name: string, version: string | null): Trouble => ({
    ...pathFields(path),
    ...{ kind, name, version, by: "rules" },
  });
  const nothing = { path, troubles: [], unproved: null, question: null, dynamic: false };
  if (status === "absent") return { ...nothing, troubles: [trouble("absent", path, null)] };
  if (status === "static" || status === "not-loadable" || status === "not-elf") return nothing;
  if (status !== "dynamic" || facts === null)
    return { ...nothing, unproved: status === "foreign" ? "foreign" : status === "damaged" ? "damaged" : "unknown" };
  const loader = loaderPath(facts);
  const asked = loader !== null && canAsk(loader, facts, asking);
  const question = asked ? { loader, path, secure: settings.secure === true } : null;
  const troubles = [
    ...libraries.flatMap(({ status: found, soname, via }) =>
      found === "missing" ? [trouble(via === "preload" ? "preload" : "library", soname, null)] : [],
    ),
    ...missingVersions(objects, objects, allowance).flatMap(({ weak, providedByPath, version }) =>
      weak ? [] : [trouble("version", basename(providedByPath), version)],
    ),
  ];
  const isOpen = allowance.isSpent || libraries.some(({ status: found }) => found === "unknown");
  const unproved = isOpen ? ("unknown" as const) : null;
  return { path, troubles: distinctTroubles(troubles), unproved, question, dynamic: true };
}

/**
 * The loader is run where it is the distribution's own (a package has it, no artifact lies in its place, and it is of the
 * machine of the file that it is asked about), and for files whose code it cannot run.
 */
function canAsk(loader: string, facts: ElfFacts, { image, places, refusal }: Asking): boolean {
  const found = realPathOf(image.view, loader);
  if (found.status !== "found" || found.entry === null || places.has(found.path)) return false;
  const reading = found.entry.elf();
  const isOwn = reading.kind === "elf" && reading.facts.machine === facts.machine;
  return isOwn && image.ownerOf(loader).package !== null && refusal(facts) === null;
}

function readingAt(image: LookedAtImage, path: string): ElfReading {
  const entry = image.view.lstat(path);
  return typeof entry === "string" ? { kind: "not-elf" } : entry.elf();
}

function realPath(image: LookedAtImage, path: string): string {
  const found = realPathOf(image.view, path);
  return found.status === "found" ? found.path : path;
}

/** Each trouble once, in the order in which they came. */
export function distinctTroubles(troubles: readonly Trouble[]): Trouble[] {
  return [...new Map(troubles.map((one) => [troubleKey(one), one])).values()];
}

/** Two troubles with one key are the same, whoever tells it. */
export function troubleKey({ path, kind, name, version }: Trouble): string {
  return JSON.stringify([path, kind, name, version]);
}
