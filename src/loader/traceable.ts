import { basename } from "../base/paths.ts";
import type { Steps } from "../base/steps.ts";
import type { ElfFacts, ElfReading } from "../elf/facts.ts";
import type { FileFact } from "../snapshot/snapshot.ts";

/** A path that was seen, with what it is if it is a regular file. */
export interface SeenFile extends Pick<FileFact, "path" | "type" | "target"> {
  /** Whether a part of it could not be read. */
  readonly unread: boolean;
  elf(): ElfReading;
}

/** Why ld.so must not be asked about a file, or null where it may be. */
export type TraceRefusal = (facts: ElfFacts) => string | null;

/** Mounted by the engine and never inspected; below /proc, links lead anywhere. */
const MOUNTED: readonly string[] = ["proc", "sys", "dev"];
/** A look resolves no path of more components than fit into that many of these. */
const MAX_DEPTH = 100;
/** Static libraries and object files, which a look does not examine: nothing needs a library of such a name. */
export const NEVER_EXAMINED = "\\.[ao](?![\\s\\S])";
const NEVER_EXAMINED_NAME = new RegExp(NEVER_EXAMINED);

/**
 * What the script of a look takes for unsafe in a name and in a path: at least what {@link traceRefusal} does. As sources
 * of regular expressions that JavaScript and Perl read the same way.
 */
export const UNSAFE_NAME = `[/$]|^(?![\\s\\S])|${NEVER_EXAMINED}`;
export const UNSAFE_PATH = `(?:^|/)(?:${MOUNTED.join("|")})(?:/|(?![\\s\\S]))|\\$\\{?PLATFORM|^(?:[^/]*/){${MAX_DEPTH - 1}}`;

/**
 * Which files ld.so may be asked about (LD_TRACE_LOADED_OBJECTS) without running code of theirs. Three things can make it
 * run some: audit libraries (DT_AUDIT, DT_DEPAUDIT), which it starts first of all; a file laid out so that it is mapped
 * over the loader; and such a file among the libraries that the loader would map for another. Files that could not be
 * read in full count as the second. Which library a name leads to is not worked out: every file of that name that was
 * seen, anywhere, counts. So no rule of where the loader looks can be got around.
 *
 * @param files all that a look saw, in a stable order
 * @param preloaded names or paths that the loader maps into every program (LD_PRELOAD, /etc/ld.so.preload)
 */
export function* traceRefusal(files: Iterable<SeenFile>, preloaded: readonly string[]): Steps<TraceRefusal> {
  const names = new Names();
  for (const file of files) {
    names.add(file);
    yield;
  }
  yield* names.spread();
  return (facts) => {
    if (facts.audit.length > 0) return "it names an audit library, whose code the loader would run";
    if (facts.oddity !== null) return facts.oddity;
    for (const name of [...namesIn(facts), ...preloaded]) {
      const why = names.whyUnsafe(name);
      if (why !== null) return `the loader would open ${why}`;
    }
    return null;
  };
}

/** The names, and the folders, that the loader follows because of one file. */
function namesIn({ needed, filters, rpath, runpath }: ElfFacts): string[] {
  const folders = [rpath, runpath].flatMap((list) => list?.split(":") ?? []);
  return [...needed, ...filters, ...folders.map((folder) => `${folder}/`)];
}

/** The names of all files and folders, and which leads to which. */
class Names {
  readonly #known = new Set<string>();
  readonly #unsafe = new Map<string, string>(MOUNTED.map((name) => [name, `a path below /${name}`]));
  readonly #links: { readonly from: string; readonly to: string }[] = [];
  readonly #files: { readonly from: string; readonly facts: ElfFacts }[] = [];

  add({ path, type, target = "", unread, elf }: SeenFile): void {
    const name = basename(path);
    const unsafe = (why: string) => this.#unsafe.set(name, `${path}, which ${why}`);
    this.#known.add(name);
    if (unread) unsafe("could not be read");
    else if (type === "symlink" && target.split("/").length > MAX_DEPTH) unsafe("is a link to a very long path");
    else if (type === "symlink") this.#links.push({ from: name, to: target });
    else if (type === "file") {
      const reading = elf();
      if (reading.kind === "damaged") unsafe("is damaged");
      if (reading.kind !== "elf") return;
      if (reading.facts.oddity !== null) unsafe(`is not laid out as usual (${reading.facts.oddity})`);
      this.#files.push({ from: name, facts: reading.facts });
    } else if (type !== "directory" && type !== "absent") unsafe("is not a regular file");
  }

  /** Why the loader must not follow a name or path, or null; a directory ends with a slash. */
  whyUnsafe(name: string): string | null {
    const last = name.endsWith("/") ? "" : basename(name);
    if (last.includes("$") || /\$\{?PLATFORM/.test(name)) return `${name}, which depends on the processor`;
    if (name.split("/").length > MAX_DEPTH) return "a very long path";
    const isKnown = last === "" || !name.includes("/") || this.#known.has(last);
    return !isKnown || NEVER_EXAMINED_NAME.test(last) ? `${name}, which was not inspected` : this.#unsafePart(name);
  }

  #unsafePart(path: string): string | null {
    const part = path.split("/").find((one) => this.#unsafe.has(one));
    return part === undefined ? null : (this.#unsafe.get(part) ?? null);
  }

  /** Marks the names that lead to an unsafe one, over any number of links and needs. */
  *spread(): Steps<void> {
    const leadsTo = new Map<string, string[]>();
    const lead = (from: string, to: string, why: string | null): void => {
      if (why !== null && !this.#unsafe.has(from)) this.#unsafe.set(from, why);
      for (const part of to.split("/")) {
        const known = leadsTo.get(part);
        if (known === undefined) leadsTo.set(part, [from]);
        else known.push(from);
      }
    };
    // Where a link leads was looked at when the link was.
    for (const { from, to } of this.#links) lead(from, to, this.#unsafePart(to));
    for (const { from, facts } of this.#files) {
      for (const to of namesIn(facts)) lead(from, to, this.whyUnsafe(to));
      yield;
    }
    const queue = [...this.#unsafe.keys()];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      yield;
      for (const from of leadsTo.get(name) ?? []) {
        if (this.#unsafe.has(from)) continue;
        this.#unsafe.set(from, this.#unsafe.get(name) ?? "");
        queue.push(from);
      }
    }
  }
}
