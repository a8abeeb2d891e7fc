import { DT_VERDEF, DT_VERNEED, type DynamicSection } from "./dynamic.ts";
import type { VersionNeed } from "./facts.ts";
import { readFields } from "./fields.ts";
import type { ElfHeader } from "./header.ts";
import { beyond, MAX_VERSIONS } from "./limits.ts";
import type { ByteSource } from "./source.ts";

/**
 * The symbol version tables (LSB Core, "Symbol Versioning": Elfxx_Verneed, Elfxx_Vernaux, Elfxx_Verdef, Elfxx_Verdaux;
 * the same layout in both classes). The chains are walked by their `next` fields, as the loader does (glibc
 * elf/dl-version.c), which only ever lead forward; so the sole danger is their number.
 */
const VER_FLG_BASE = 1;
const VER_FLG_WEAK = 2;

/** DT_VERNEED: which versions are asked of which file. */
export function readVersionNeeds(source: ByteSource, header: ElfHeader, dynamic: DynamicSection): VersionNeed[] {
  const address = dynamic.value(DT_VERNEED);
  if (address === null) return [];
  const budget = new Budget("version needs");
  const needs: VersionNeed[] = [];
  for (let at = dynamic.locate(address, "the version needs"); ; ) {
    budget.spend();
    const need = readFields(source, header, at, 16, "a version need");
    const file = dynamic.string(need.word(4), "the file of a version need");
    const versions: VersionNeed["versions"][number][] = [];
    for (let aux = at + need.word(8); need.half(2) > 0; ) {
      budget.spend();
      const entry = readFields(source, header, aux, 16, "an entry of a version need");
      versions.push({
        name: dynamic.string(entry.word(8), "the name of a needed version"),
        weak: (entry.half(4) & VER_FLG_WEAK) !== 0,
      });
      if (entry.word(12) === 0) break;
      aux += entry.word(12);
    }
    needs.push({ file, versions });
    if (need.word(12) === 0) return needs;
    at += need.word(12);
  }
}

/** DT_VERDEF: which versions are defined; the base definition names the file itself and is left out. */
export function readVersionDefinitions(source: ByteSource, header: ElfHeader, dynamic: DynamicSection): string[] {
  const address = dynamic.value(DT_VERDEF);
  if (address === null) return [];
  const budget = new Budget("version definitions");
  const names: string[] = [];
  for (let at = dynamic.locate(address, "the version definitions"); ; ) {
    budget.spend();
    const definition = readFields(source, header, at, 20, "a version definition");
    if ((definition.half(2) & VER_FLG_BASE) === 0) {
      // The first entry of the list names the version, the others name its parents.
      const first = readFields(source, header, at + definition.word(12), 8, "an entry of a version definition");
      names.push(dynamic.string(first.word(0), "the name of a defined version"));
    }
    if (definition.word(16) === 0) return names;
    at += definition.word(16);
  }
}

class Budget {
  #left = MAX_VERSIONS;
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  spend(): void {
    this.#left -= 1;
    if (this.#left < 0) throw beyond(this.#what, MAX_VERSIONS);
  }
}
