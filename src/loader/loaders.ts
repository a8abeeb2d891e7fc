import type { ElfFacts } from "../elf/facts.ts";

const EF_ARM_ABI_FLOAT_HARD = 0x400;

/** A loader, and the files that it is for. */
export interface LoaderRow {
  readonly machine: string;
  /** Any, where it is not given. */
  readonly class?: ElfFacts["class"];
  readonly endian?: ElfFacts["endian"];
  /** Bits of e_flags that a file must have. */
  readonly flags?: number;
  readonly path: string;
}

/**
 * The fixed paths of glibc's loader: glibc's shlib-versions and sysdeps, with Debian's 64-bit RISC-V and LoongArch in the
 * double-float ABI. The first row that fits counts.
 */
export const LOADERS: readonly LoaderRow[] = [
  { machine: "x86-64", class: 64, path: "/lib64/ld-linux-x86-64.so.2" },
  { machine: "x86-64", class: 32, path: "/libx32/ld-linux-x32.so.2" },
  { machine: "386", path: "/lib/ld-linux.so.2" },
  { machine: "aarch64", class: 64, endian: "little", path: "/lib/ld-linux-aarch64.so.1" },
  { machine: "arm", endian: "little", flags: EF_ARM_ABI_FLOAT_HARD, path: "/lib/ld-linux-armhf.so.3" },
  { machine: "arm", endian: "little", path: "/lib/ld-linux.so.3" },
  { machine: "ppc64", endian: "little", path: "/lib64/ld64.so.2" },
  { machine: "ppc64", endian: "big", path: "/lib64/ld64.so.1" },
  { machine: "s390", class: 64, path: "/lib/ld64.so.1" },
  { machine: "riscv", class: 64, path: "/lib/ld-linux-riscv64-lp64d.so.1" },
  { machine: "loongarch", class: 64, path: "/lib64/ld-linux-loongarch-lp64d.so.1" },
];

/**
 * The loader of a file; null for machines that glibc does not have. Never a file's own PT_INTERP: that would run what it
 * names. Nor ldd(1), a script that tries one loader after the other.
 */
export function loaderPath(facts: ElfFacts): string | null {
  const fits = ({ machine, class: bits = facts.class, endian = facts.endian, flags = 0 }: LoaderRow): boolean =>
    machine === facts.machine &&
    bits === facts.class &&
    endian === facts.endian &&
    (facts.headerFlags & flags) === flags;
  return LOADERS.find(fits)?.path ?? null;
}

/** Whether the loader has anything to say of a file: it is dynamic and needs a library or is a program. */
export function isLoadable(facts: ElfFacts): boolean {
  return facts.dynamic && (facts.needed.length > 0 || facts.interpreter !== null);
}

/** Two files with the same key get the same answer from the loader. */
export function questionKey(facts: ElfFacts, path: string): string {
  const names = [...facts.needed, ...facts.filters, facts.rpath ?? "", facts.runpath ?? ""];
  const origin = names.some((name) => /\$\{?ORIGIN/.test(name)) ? path.slice(0, path.lastIndexOf("/") + 1) : null;
  const { class: wordSize, endian, machine, headerFlags, interpreter, soname, flags1 } = facts;
  const { needed, filters, rpath, runpath } = facts;
  const own = [wordSize, endian, machine, headerFlags, interpreter, soname, flags1, needed, filters, rpath, runpath];
  return JSON.stringify([...own, origin]);
}

/** The loader's text without the addresses, which differ from run to run. */
export function withoutAddresses(output: string): string {
  return output.replace(/ \(0x[0-9a-f]+\)$/gm, "");
}

/** The paths that the loader opened, from its text without addresses. */
export function openedPaths(output: string): string[] {
  const paths: string[] = [];
  for (const line of output.split("\n")) {
    const path = /^\t(?:.* => )?(\/.*)$/.exec(line)?.[1];
    if (path !== undefined) paths.push(path);
  }
  return paths;
}
