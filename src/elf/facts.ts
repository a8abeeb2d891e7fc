/** What an ELF file says about itself: the parts that the loader and the package question need. */
export interface ElfFacts {
  readonly class: 32 | 64;
  readonly endian: "little" | "big";
  readonly type: "relocatable" | "executable" | "shared" | "core" | "other";
  /** `x86-64`, `386`, `aarch64`, `arm`, `riscv`, `ppc64`, `s390` …; `machine-N` for what has no name here. */
  readonly machine: string;
  readonly osAbi: number;
  /** e_flags: tells armhf from armel, and the ABI of ppc64, mips and riscv. */
  readonly headerFlags: number;
  /** PT_INTERP. */
  readonly interpreter: string | null;
  /** Whether there is a dynamic section with contents (a separate debug file has one without). */
  readonly dynamic: boolean;
  readonly soname: string | null;
  /** DT_NEEDED, in order. */
  readonly needed: readonly string[];
  /**
   * DT_AUDIT and DT_DEPAUDIT, split at the colons: libraries that ld.so loads for this file as the program, and whose
   * code it runs at once, also when it only lists (glibc 2.32, elf/rtld.c).
   */
  readonly audit: readonly string[];
  /** DT_AUXILIARY and DT_FILTER, in order: libraries that ld.so maps beside this one. */
  readonly filters: readonly string[];
  /** DT_RPATH and DT_RUNPATH as they stand. */
  readonly rpath: string | null;
  readonly runpath: string | null;
  /** DT_FLAGS and DT_FLAGS_1, 0 where absent. */
  readonly flags: number;
  readonly flags1: number;
  /**
   * What no linker writes in the program headers or the dynamic section, and ld.so could read in another way than this
   * reader; null where all is as usual (see `layout.ts`).
   */
  readonly oddity: string | null;
  /** VERNEED: the symbol versions asked of each needed file. */
  readonly versionNeeds: readonly VersionNeed[];
  /** VERDEF: the symbol versions this file defines, the base definition left out. */
  readonly versionDefinitions: readonly string[];
  /** The texts of `.note.dlopen` (name FDO, type 0x407c0c0a), undecoded JSON. */
  readonly dlopenNotes: readonly string[];
  /** True where a note says Android (its libraries come from no package). */
  readonly android: boolean;
}

export interface VersionNeed {
  /** vn_file: the soname it is asked of. */
  readonly file: string;
  readonly versions: readonly { readonly name: string; readonly weak: boolean }[];
}

/** What is wrong with a file. */
export interface ElfDamage {
  readonly reason: string;
  /** It may be sound, but is beyond a limit (`limits.ts`): what it needs is not known. */
  readonly isLimit: boolean;
}

/** The reader's answer; damage is a result, never an exception. */
export type ElfReading =
  | { readonly kind: "elf"; readonly facts: ElfFacts }
  | ({ readonly kind: "damaged" } & ElfDamage)
  | { readonly kind: "not-elf" };
