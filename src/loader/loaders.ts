import type { ElfFacts } from "../elf/facts.ts";

const EF_ARM_ABI_FLOAT_HARD = 0x400;

/**
 * The fixed path of glibc's loader for a class and machine: glibc's shlib-versions and sysdeps, with Debian's 64-bit
 * RISC-V and LoongArch in the double-float ABI; null for machines that it does not have. Never a file's own PT_INTERP:
 * that would run what it names. Nor ldd(1), a script that tries one loader after the other.
 */
export function loaderPath(facts: ElfFacts): string | null {
  const wide = facts.class === 64;
  const little = facts.endian === "little";
  switch (facts.machine) {
    case "x86-64":
      return wide ? "/lib64/ld-linux-x86-64.so.2" : "/libx32/ld-linux-x32.so.2";
    case "386":
      return "/lib/ld-linux.so.2";
    case "aarch64":
      return wide && little ? "/lib/ld-linux-aarch64.so.1" : null;
    case "arm":
      if (!little) return null;
      return (facts.headerFlags & EF_ARM_ABI_FLOAT_HARD) !== 0 ? "/lib/ld-linux-armhf.so.3" : "/lib/ld-linux.so.3";
    case "ppc64":
      return little ? "/lib64/ld64.so.2" : "/lib64/ld64.so.1";
    case "s390":
      return wide ? "/lib/ld64.so.1" : null;
    case "riscv":
      return wide ? "/lib/ld-linux-riscv64-lp64d.so.1" : null;
    case "loongarch":
      return wide ? "/lib64/ld-linux-loongarch-lp64d.so.1" : null;
    default:
      return null;
  }
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
