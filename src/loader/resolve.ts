import { dirname } from "../base/paths.ts";
import type { ElfDamage, ElfFacts } from "../elf/facts.ts";
import { realPathOf } from "../snapshot/path.ts";
import type { FileSystemView, ViewEntry } from "../snapshot/view.ts";
import { findInterpreter, type InterpreterResult, interpreterObject } from "./interpreter.ts";
import { type Abi, abiOf, libcOf } from "./machine.ts";
import { type LoadedObject, ObjectIndex } from "./objects.ts";
import { expand, type SearchContext, STEPS_OF_RESULT, searchContext } from "./places.ts";
import { type Found, type NotFound, type Strictness, search } from "./search.ts";
import type { LoaderSettings, PreloadItem, Skipped, Via } from "./settings.ts";

/** One need of one object, and what the loader makes of it. */
export interface LibraryResult {
  /** The name as it is asked for, tokens unreplaced. */
  readonly soname: string;
  /** The path, as loaded, of the object that asks. */
  readonly requiredBy: string;
  /** The path that the loader opens, as it prints it; null where there is none. */
  readonly path: string | null;
  readonly realPath: string | null;
  readonly entry: ViewEntry | null;
  /** How it was found; also for what is not there, `preload` or `opened` where that is why it was looked for. */
  readonly via: Via | null;
  /** The RPATH, RUNPATH or LD_LIBRARY_PATH element as it is written, or the default folder. */
  readonly folderText: string | null;
  readonly status: "found" | "missing" | "unknown";
  readonly skipped: readonly Skipped[];
}

/** All that the loader does for one program. */
export interface Resolution {
  readonly program: string;
  /**
   * `foreign`: the rules of another libc (musl, Android) would count, so nothing is said of the needs; `static`: there
   * is nothing for a loader to do; `not-loadable`: an object file or a core dump; the others as their names say.
   */
  readonly status: "dynamic" | "static" | "foreign" | "not-loadable" | "not-elf" | "damaged" | "absent" | "unknown";
  /** What is wrong with one that is damaged, or for which there would be too much to do. */
  readonly damage: ElfDamage | null;
  readonly facts: ElfFacts | null;
  readonly abi: Abi | null;
  readonly interpreter: InterpreterResult | null;
  /** Every need of every object, breadth first; the same library once for each that asks for it (see `firstOnly`). */
  readonly libraries: readonly LibraryResult[];
  /** What is mapped in the end, in the order of loading, the program first. */
  readonly objects: readonly LoadedObject[];
}

/**
 * Does for a program, or for a shared object in a program's place, what ld.so(8) would do at its start over a file
 * system, running nothing.
 */
export function resolveProgram(view: FileSystemView, program: string, settings: LoaderSettings = {}): Resolution {
  const nothing = { program, damage: null, facts: null, abi: null, interpreter: null, libraries: [], objects: [] };
  const found = realPathOf(view, program);
  if (found.status !== "found") return { ...nothing, status: found.status === "unknown" ? "unknown" : "absent" };
  const reading = found.entry?.elf() ?? { kind: "not-elf" as const };
  if (reading.kind === "damaged") return { ...nothing, status: "damaged", damage: reading };
  if (reading.kind !== "elf") return { ...nothing, status: "not-elf" };
  const { facts } = reading;
  const known = { ...nothing, facts, abi: abiOf(facts) };
  if (facts.type !== "executable" && facts.type !== "shared") return { ...known, status: "not-loadable" };
  const interpreter = findInterpreter(view, facts, known.abi);
  if (isStatic(facts)) return { ...known, interpreter, status: "static" };
  if (libcOf(facts) !== "glibc") return { ...known, interpreter, status: "foreign" };
  const main: LoadedObject = {
    role: "program",
    path: program,
    realPath: found.path,
    entry: found.entry,
    facts,
    origin: dirname(isOpenedByName(facts, settings) ? program : found.path),
    loader: null,
    names: new Set([program]),
  };
  const context = searchContext(settings, main, known.abi);
  const loading = new Loading(view, context, interpreter);
  loading.run();
  if (context.allowance.isSpent) return { ...known, interpreter, status: "damaged", damage: TOO_MUCH };
  return { ...known, interpreter, status: "dynamic", libraries: loading.libraries, objects: loading.objects };
}

/** What is wrong with a file for whose needs the allowance does not do: no real one comes near. */
export const TOO_MUCH: ElfDamage = { reason: "the search for its libraries has too many steps", isLimit: true };

const DF_1_PIE = 0x0800_0000;

/** No dynamic section, or one that is there only to relocate the program itself (`gcc -static-pie`). */
function isStatic({ dynamic, interpreter, needed, flags1 }: ElfFacts): boolean {
  return !dynamic || (interpreter === null && needed.length === 0 && (flags1 & DF_1_PIE) !== 0);
}

/**
 * Whether `$ORIGIN` is of the path as given. A program is started by the kernel, which follows links; a shared object
 * is opened by its name, also one that has an interpreter, as libc.so.6 has.
 */
function isOpenedByName({ interpreter, soname, flags1 }: ElfFacts, settings: LoaderSettings): boolean {
  const library = interpreter === null || (soname !== null && (flags1 & DF_1_PIE) === 0);
  return library || settings.programOrigin === "given";
}

/** The loader at work: what is mapped, and what still has needs to look at. */
class Loading {
  readonly libraries: LibraryResult[] = [];
  readonly objects: LoadedObject[] = [];
  readonly #view: FileSystemView;
  readonly #context: SearchContext;
  readonly #interpreter: InterpreterResult | null;
  readonly #index = new ObjectIndex();
  /** What was needed and found. */
  readonly #told = new Set<string>();

  constructor(view: FileSystemView, context: SearchContext, interpreter: InterpreterResult | null) {
    this.#view = view;
    this.#context = context;
    this.#interpreter = interpreter;
    this.#map(context.program);
    if (interpreter !== null) this.#map(interpreterObject(interpreter));
  }

  #map(object: LoadedObject): void {
    this.objects.push(object);
    this.#index.add(object);
  }

  run(): void {
    const { program, settings } = this.#context;
    const preloaded = (settings.preload ?? []).flatMap((item) => this.#preload(item) ?? []);
    this.#descend([program, ...preloaded.filter((object) => !this.#stops(object))]);
    for (const name of auditLibraries(program.facts)) {
      const object = this.#need(program, name, null);
      if (object !== null && !this.#stops(object)) this.#descend([object]);
    }
    for (const name of settings.opened ?? []) {
      const object = this.#need(program, name, "opened");
      if (object !== null && !this.#stops(object)) this.#descend([object]);
    }
  }

  /** Breadth first (glibc elf/dl-deps.c): the needs of each object, in order, before the needs of any of those. */
  #descend(start: readonly LoadedObject[]): void {
    const queue = [...start];
    // Grows while it is gone through.
    for (const object of queue) {
      for (const name of object.facts?.needed ?? []) {
        if (!this.#context.allowance.spend(1)) return;
        const loaded = this.#need(object, name, null);
        if (loaded !== null && !this.#stops(loaded)) queue.push(loaded);
      }
    }
  }

  #stops(object: LoadedObject): boolean {
    return object.entry !== null && this.#context.settings.stopAt?.(object.entry) === true;
  }

  /** Secure-execution mode: no paths in LD_PRELOAD, and only what is itself setuid (ld.so(8), LD_PRELOAD). */
  #preload({ name, from }: PreloadItem): LoadedObject | null {
    const { program, settings } = this.#context;
    const secure = settings.secure === true;
    if (secure && from === "LD_PRELOAD" && name.includes("/")) {
      const answer: NotFound = { status: "missing", skipped: [{ path: name, reason: "secure" }] };
      this.#note(program, name, answer, "preload");
      return null;
    }
    return this.#need(program, name, "preload", secure ? "secure-preload" : "normal");
  }

  /** Maps what a name means; gives the object where it is a new one. */
  #need(requester: LoadedObject, needed: string, as: "preload" | "opened" | null, strictness?: Strictness) {
    const name = this.#expanded(requester, needed);
    const loaded = this.#index.answering(name);
    if (loaded !== undefined) {
      const isRepeated = as === null && this.#context.settings.firstOnly === true && this.#told.has(needed);
      if (!isRepeated) this.#noteLoaded(requester, needed, loaded);
      return null;
    }
    const answer = search(this.#view, this.#context, requester, name, strictness);
    if (!("opening" in answer)) {
      this.#note(requester, needed, answer, as ?? undefined);
      return null;
    }
    const same = this.#index.at(answer.opening.realPath);
    this.#note(requester, needed, same === undefined ? answer : { ...answer, path: same.path }, as ?? undefined);
    if (same !== undefined) {
      same.names.add(name);
      this.#index.alias(name, same);
      return null;
    }
    const object = libraryObject(name, answer, as === "opened" ? null : requester);
    this.#map(object);
    return object;
  }

  /** Names that are needed may hold tokens too (glibc elf/dl-deps.c, expand_dst). */
  #expanded(requester: LoadedObject, name: string): string {
    const expansion = expand(this.#context, requester, name);
    return "text" in expansion ? expansion.text : name;
  }

  #noteLoaded(requester: LoadedObject, soname: string, object: LoadedObject): void {
    const status = object.role === "interpreter" ? (this.#interpreter?.status ?? "found") : "found";
    const isThere = status === "found";
    this.#tell({
      soname,
      requiredBy: requester.path,
      path: isThere ? object.path : null,
      realPath: isThere ? object.realPath : null,
      entry: isThere ? object.entry : null,
      via: "loaded",
      folderText: null,
      status,
      skipped: NOTHING,
    });
  }

  #note(requester: LoadedObject, soname: string, answer: Found | NotFound, as?: Via): void {
    const found = "opening" in answer ? answer : null;
    this.#tell({
      soname,
      requiredBy: requester.path,
      path: found?.path ?? null,
      realPath: found?.opening.realPath ?? null,
      entry: found?.opening.entry ?? null,
      via: as ?? found?.via ?? null,
      folderText: found?.folderText ?? null,
      status: "status" in answer ? answer.status : "found",
      skipped: answer.skipped,
    });
  }

  #tell(result: LibraryResult): void {
    this.#context.allowance.spend(STEPS_OF_RESULT);
    this.libraries.push(result);
    if (result.status === "found" && result.via !== "preload") this.#told.add(result.soname);
  }
}

const NOTHING: readonly Skipped[] = [];
/** glibc loads those of the program alone (elf/rtld.c, audit_list_add_dynamic_tag); an empty name means none. */
function auditLibraries(facts: ElfFacts | null): readonly string[] {
  return facts === null || facts.interpreter === null ? [] : facts.audit.filter((name) => name !== "");
}

function libraryObject(name: string, { path, opening }: Found, loader: LoadedObject | null): LoadedObject {
  const { realPath, entry, facts } = opening;
  return { role: "library", path, realPath, entry, facts, origin: dirname(path), loader, names: new Set([name]) };
}
