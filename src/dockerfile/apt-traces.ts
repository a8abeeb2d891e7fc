import { goMatch } from "../base/go-patterns.ts";
import { basename } from "../base/paths.ts";
import { APT, placeIn, type ScriptPlace } from "./apt-lines.ts";
import { aptCommand, packageWord } from "./apt-words.ts";
import type { AptLeftovers, Place } from "./plan.ts";
import type { ShellWord } from "./shell-command.ts";
import { fieldOf } from "./wrappers.ts";

const LISTS = "/var/lib/apt/lists";
const REMOVING: ReadonlySet<string> = new Set(["remove", "purge", "autoremove", "autopurge"]);
/** What apt-get can fetch the lists for by itself (apt-get(8), --update). */
const UPDATING: ReadonlySet<string> = new Set(
  "install reinstall remove purge upgrade dist-upgrade full-upgrade safe-upgrade autoremove autopurge".split(" "),
);
const CLEANING: ReadonlySet<string> = new Set(["distclean", "dist-clean"]);

/** Follows, command by command, what apt leaves in the layer of one RUN. */
export class AptTraces {
  #lists: Place | null = null;
  readonly #removed = new Set<string>();
  #marked = false;
  #sweeps = false;

  see(words: readonly ShellWord[], { start, end }: { start: number; end: number }, place: ScriptPlace): void {
    const program = basename(fieldOf(words[0]));
    const fields = words.slice(1).flatMap((word) => word.fields);
    if (APT.has(program)) this.#apt(program, words.slice(1), fields, placeIn(place, start, end));
    else if (program === "apt-mark") this.#marked ||= fields.includes("auto") || fields.includes("minimize-manual");
    else if (dropsLists(program, fields)) this.#lists = null;
  }

  leftovers(): AptLeftovers {
    return { lists: this.#lists, removed: [...this.#removed], sweeps: this.#sweeps };
  }

  #apt(program: string, words: readonly ShellWord[], fields: readonly string[], place: Place): void {
    const command = aptCommand(words);
    if (command === null || command.dry) return;
    const updates = program !== "aptitude" && command.updates && UPDATING.has(command.operation);
    if (command.operation === "update" || updates) this.#lists ??= place;
    if (CLEANING.has(command.operation)) this.#lists = null;
    if (!REMOVING.has(command.operation)) return;
    const sweeping = command.operation.startsWith("auto") || fields.some((field) => /^--auto-?remove$/.test(field));
    this.#sweeps ||= this.#marked && sweeping;
    for (const field of command.operands.flatMap((word) => word.fields)) {
      const name = packageWord(field)?.name;
      if (name !== undefined) this.#removed.add(name);
    }
  }
}

/** A name as apt gives it to a list of a repository, after the host, which differs from image to image. */
const LIST = "_debian_dists_trixie_main_binary-amd64_Packages.lz4";

/** `rm -rf /var/lib/apt/lists/*` or of a directory above, `rm -f …/lists/*_*`, `find /var/lib/apt/lists … -delete`. */
function dropsLists(program: string, fields: readonly string[]): boolean {
  const deleting = program === "find" && fields.some((field) => field === "-delete" || field === "rm");
  if (program !== "rm" && !deleting) return false;
  return fields.some((field) => {
    const path = field.replace(/[/*]+$/, "");
    const under = field.startsWith(`${LISTS}/`) ? field.slice(LISTS.length + 1) : "";
    return (
      path === LISTS ||
      (under !== "" && goMatch(under, `${/^[a-z0-9.-]*/.exec(under)?.[0] || "example.org"}${LIST}`)) ||
      (path.startsWith("/var") && LISTS.startsWith(`${path}/`))
    );
  });
}
