import type { ElfFacts, ElfReading } from "../elf/facts.ts";
import { nameOf } from "../snapshot/path.ts";
import type { FileFact } from "../snapshot/snapshot.ts";

/** A file or symlink that was seen, with what it is if it is a regular file. */
export interface SeenFile extends Pick<FileFact, "path" | "type" | "target"> {
  elf(): ElfReading;
}

/** Why ld.so must not be asked about a file, or null where it may be. */
export type TraceRefusal = (facts: ElfFacts) => string | null;

/** Mounted by the engine and never inspected; below /proc, links lead anywhere. */
const MOUNTED: readonly string[] = ["proc", "sys", "dev"];
/** Static libraries and object files, which a look does not examine: nothing needs a library of such a name. */
const UNREAD = /\.[ao]$/;

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
export function traceRefusal(files: Iterable<SeenFile>, preloaded: readonly string[]): TraceRefusal {
  const names = new Names();
  for (const file of files) names.add(file);
  names.spread();
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

/** The names and paths that the loader follows because of one file. */
function namesIn({ needed, filters, rpath, runpath }: ElfFacts): string[] {
  const folders = [rpath, runpath].flatMap((list) => list?.split(":") ?? []).filter((folder) => folder !== "");
  return [...needed, ...filters, ...folders.map((folder) => `${folder}/.`)];
}

/** All names of files and folders, and which name leads to which. */
class Names {
  readonly #known = new Set<string>();
  readonly #unsafe = new Map<string, string>(MOUNTED.map((name) => [name, `a path below /${name}`]));
  readonly #leads: { readonly from: string; readonly to: string }[] = [];

  add({ path, type, target, elf }: SeenFile): void {
    const name = nameOf(path);
    this.#known.add(name);
    if (type === "symlink") this.#leads.push({ from: name, to: `./${target ?? ""}` });
    else if (type === "file") this.#addElf(name, path, elf());
    else if (type !== "directory" && type !== "absent") this.#unsafe.set(name, `${path}, which is not a regular file`);
  }

  #addElf(name: string, path: string, reading: ElfReading): void {
    if (reading.kind === "damaged") this.#unsafe.set(name, `${path}, which is damaged`);
    if (reading.kind !== "elf") return;
    const { oddity } = reading.facts;
    if (oddity !== null) this.#unsafe.set(name, `${path} (${oddity})`);
    for (const to of namesIn(reading.facts)) this.#leads.push({ from: name, to });
  }

  /** Why nothing may follow a name or path, or null. */
  whyUnsafe(name: string): string | null {
    const last = nameOf(name);
    if (last.includes("$")) return `${name}, which depends on the processor`;
    const isFile = last !== "" && last !== "." && last !== "..";
    if (isFile && (UNREAD.test(last) || (name.includes("/") && !this.#known.has(last))))
      return `${name}, which was not inspected`;
    const part = name.split("/").find((one) => this.#unsafe.has(one));
    return part === undefined ? null : (this.#unsafe.get(part) ?? null);
  }

  /** Marks the names that lead to an unsafe one, over any number of links and needs. */
  spread(): void {
    const from = new Map<string, Set<string>>();
    for (const lead of this.#leads) {
      const why = this.whyUnsafe(lead.to);
      if (why !== null && !this.#unsafe.has(lead.from)) this.#unsafe.set(lead.from, why);
      for (const part of lead.to.split("/")) {
        const askers = from.get(part);
        if (askers === undefined) from.set(part, new Set([lead.from]));
        else askers.add(lead.from);
      }
    }
    const queue = [...this.#unsafe.keys()];
    for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
      for (const asker of from.get(name) ?? []) {
        if (this.#unsafe.has(asker)) continue;
        this.#unsafe.set(asker, this.#unsafe.get(name) ?? "");
        queue.push(asker);
      }
    }
  }
}
