import type { ElfFacts } from "../elf/facts.ts";
import { folderOf, realPathOf } from "../snapshot/path.ts";
import type { FileSystemView, ViewEntry } from "../snapshot/view.ts";
import { findInterpreter, type InterpreterResult, interpreterObject } from "./interpreter.ts";
import { type Abi, abiOf, libcOf } from "./machine.ts";
import { answersTo, type LoadedObject } from "./objects.ts";
import { expand, type SearchContext } from "./places.ts";
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
  readonly facts: ElfFacts | null;
  readonly abi: Abi | null;
  readonly interpreter: InterpreterResult | null;
  /** Every need of every object, breadth first; the same library once for each that asks for it. */
  readonly libraries: readonly LibraryResult[];
  /** What is mapped in the end, in the order of loading, the program first. */
  readonly objects: readonly LoadedObject[];
}

/**
 * Does for a program, or for a shared object in a program's place, what ld.so(8) would do at its start over a file
 * system, running nothing.
 */
export function resolveProgram(view: FileSystemView, program: string, settings: LoaderSettings = {}): Resolution {
  const nothing = { program, facts: null, abi: null, interpreter: null, libraries: [], objects: [] };
  const found = realPathOf(view, program);
  if (found.status !== "found") return { ...nothing, status: found.status === "unknown" ? "unknown" : "absent" };
  const reading = found.entry?.elf() ?? { kind: "not-elf" as const };
  if (reading.kind !== "elf") return { ...nothing, status: reading.kind };
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
    origin: folderOf(isOpenedByName(facts, settings) ? program : found.path),
    loader: null,
    names: new Set([program]),
  };
  const loading = new Loading(view, { settings, program: main, abi: known.abi }, interpreter);
  loading.run();
  return { ...known, interpreter, status: "dynamic", libraries: loading.libraries, objects: loading.objects };
}

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

  constructor(view: FileSystemView, context: SearchContext, interpreter: InterpreterResult | null) {
    this.#view = view;
    this.#context = context;
    this.#interpreter = interpreter;
    this.objects.push(context.program);
    if (interpreter !== null) this.objects.push(interpreterObject(interpreter));
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
    for (let object = queue.shift(); object !== undefined; object = queue.shift()) {
      for (const name of object.facts?.needed ?? []) {
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
    const loaded = this.objects.find((object) => answersTo(object, name));
    if (loaded !== undefined) {
      this.#noteLoaded(requester, needed, loaded);
      return null;
    }
    const answer = search(this.#view, this.#context, requester, name, strictness);
    if (!("opening" in answer)) {
      this.#note(requester, needed, answer, as ?? undefined);
      return null;
    }
    const same = this.objects.find((object) => object.realPath === answer.opening.realPath);
    this.#note(requester, needed, same === undefined ? answer : { ...answer, path: same.path }, as ?? undefined);
    same?.names.add(name);
    if (same !== undefined) return null;
    const object = libraryObject(name, answer, as === "opened" ? null : requester);
    this.objects.push(object);
    return object;
  }

  /** Names that are needed may hold tokens too (glibc elf/dl-deps.c, expand_dst). */
  #expanded(requester: LoadedObject, name: string): string {
    const expansion = expand(this.#context, requester, name);
    return "text" in expansion ? expansion.text : name;
  }

  #noteLoaded(requester: LoadedObject, soname: string, object: LoadedObject): void {
    const { path, realPath, entry } = object;
    const status = object.role === "interpreter" ? (this.#interpreter?.status ?? "found") : "found";
    const there = status === "found" ? { path, realPath, entry } : { path: null, realPath: null, entry: null };
    this.libraries.push({
      ...{ soname, requiredBy: requester.path, ...there, via: "loaded", folderText: null, status, skipped: [] },
    });
  }

  #note(requester: LoadedObject, soname: string, answer: Found | NotFound, as?: Via): void {
    const asked = { soname, requiredBy: requester.path, skipped: answer.skipped };
    if (!("opening" in answer)) {
      const nowhere = { path: null, realPath: null, entry: null, via: as ?? null, folderText: null };
      this.libraries.push({ ...asked, ...nowhere, status: answer.status });
      return;
    }
    const { path, via, folderText, opening } = answer;
    const there = { path, realPath: opening.realPath, entry: opening.entry };
    this.libraries.push({ ...asked, ...there, via: as ?? via, folderText, status: "found" });
  }
}

/** glibc loads those of the program alone (elf/rtld.c, audit_list_add_dynamic_tag); an empty name means none. */
function auditLibraries(facts: ElfFacts | null): readonly string[] {
  return facts === null || facts.interpreter === null ? [] : facts.audit.filter((name) => name !== "");
}

function libraryObject(name: string, { path, opening }: Found, loader: LoadedObject | null): LoadedObject {
  const { realPath, entry, facts } = opening;
  return { role: "library", path, realPath, entry, facts, origin: folderOf(path), loader, names: new Set([name]) };
}
