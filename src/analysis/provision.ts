import { basename, dirname, joinPath } from "../base/paths.ts";
import type { FileOwner } from "../debian/owner-of.ts";
import type { Placement } from "../snapshot/layers.ts";
import { realPathOf } from "../snapshot/path.ts";
import type { FileSystemView } from "../snapshot/view.ts";

/** A file that the runtime stage must get beside base and artifacts, taken from where the builder has it. */
export interface Provided {
  readonly kind: "package" | "unowned";
  /** The builder's index; {@link ARCHIVE} for a file that apt would install, as it is in the archive. */
  readonly builder: number;
  /** The path that the builder's loader opened, and the file behind it. */
  readonly source: string;
  readonly realSource: string;
  /** Where it will be in the runtime stage. */
  readonly place: string;
  readonly soname: string;
  /** Null for a file that nobody owns. */
  readonly owner: FileOwner | null;
  /** It takes the place of a file of the base, whose version does not do. */
  readonly upgrade: boolean;
}

/** The files provided until now; grows while needs are found. */
export class Provision {
  readonly #byPlace = new Map<string, Provided>();
  /** The destination's own spelling of each place, links of the base resolved. */
  readonly #byRealPlace = new Map<string, Provided>();
  readonly #base: FileSystemView;

  constructor(base: FileSystemView) {
    this.#base = base;
  }

  /** False where it was there already. */
  add(provided: Provided): boolean {
    const before = this.#byPlace.get(provided.place);
    if (before !== undefined && (before.upgrade || !provided.upgrade)) return false;
    this.#byPlace.set(provided.place, provided);
    this.#byRealPlace.set(this.#realPlace(provided.place), provided);
    return true;
  }

  /** What lies at a path of the destination view. */
  at(realPath: string): Provided | undefined {
    return this.#byRealPlace.get(realPath);
  }

  get all(): readonly Provided[] {
    return [...this.#byPlace.values()];
  }

  placements(builder: number): readonly Placement[] {
    return this.all.flatMap((item) => (item.builder === builder ? [{ from: item.realSource, to: item.place }] : []));
  }

  /** A package of another architecture brings folders that the base has not: the first that it has decides. */
  #realPlace(place: string): string {
    let rest = basename(place);
    for (let folder = dirname(place); ; folder = dirname(folder)) {
      const found = realPathOf(this.#base, folder);
      if (found.status === "found") return joinPath(found.path, rest);
      if (folder === "/") return place;
      rest = joinPath(basename(folder), rest);
    }
  }
}
