import type { ElfFacts } from "../elf/facts.ts";

/** One Debian architecture, as its loader and its dpkg see it. */
export interface Abi {
  /** dpkg's name. */
  readonly architecture: string;
  /** The multiarch triplet: the folder under /lib and /usr/lib, and of `$LIB`. */
  readonly triplet: string;
  /** The path of the program interpreter that the psABI fixes. */
  readonly loader: string;
  /** `flags` of this ABI's libraries in ld.so.cache (glibc sysdeps/generic/ldconfig.h, FLAG_* | FLAG_ELF_LIBC6). */
  readonly cacheFlags: number;
  /** What `$PLATFORM` most likely is (AT_PLATFORM of the kernel); null where it depends on the processor. */
  readonly platform: string | null;
}

interface Row extends Abi {
  readonly machine: string;
  readonly class: 32 | 64;
  readonly endian: "little" | "big";
  /** Further conditions on e_flags. */
  readonly accepts?: (facts: ElfFacts) => boolean;
}

const EF_ARM_ABI_FLOAT_SOFT = 0x200;
const EF_ARM_ABI_FLOAT_HARD = 0x400;
const EF_PPC64_ABI = 3;
const EF_MIPS_ABI2 = 0x20;
const EF_MIPS_NAN2008 = 0x400;
/** RVE and the float ABI. */
const EF_RISCV_ABI = 0xe;

function row(
  architecture: string,
  [machine, bits, endian]: readonly [string, 32 | 64, "little" | "big"],
  [triplet, loader]: readonly [string, string],
  [cacheFlags, platform]: readonly [number, string | null],
  accepts?: (facts: ElfFacts) => boolean,
): Row {
  const abi = { architecture, triplet, loader, cacheFlags, platform, machine, class: bits, endian };
  return accepts === undefined ? abi : { ...abi, accepts };
}

/** Debian's architectures (wiki "Multiarch/Tuples", "ArchitectureSpecificsMemo") with the loaders of their psABI. */
const ROWS: readonly Row[] = [
  row("amd64", ["x86-64", 64, "little"], ["x86_64-linux-gnu", "/lib64/ld-linux-x86-64.so.2"], [0x0303, "x86_64"]),
  row("x32", ["x86-64", 32, "little"], ["x86_64-linux-gnux32", "/libx32/ld-linux-x32.so.2"], [0x0803, "x86_64"]),
  row("i386", ["386", 32, "little"], ["i386-linux-gnu", "/lib/ld-linux.so.2"], [0x0003, "i686"]),
  row("arm64", ["aarch64", 64, "little"], ["aarch64-linux-gnu", "/lib/ld-linux-aarch64.so.1"], [0x0a03, "aarch64"]),
  row("armhf", ["arm", 32, "little"], ["arm-linux-gnueabihf", "/lib/ld-linux-armhf.so.3"], [0x0903, null], isHardFloat),
  row("armel", ["arm", 32, "little"], ["arm-linux-gnueabi", "/lib/ld-linux.so.3"], [0x0b03, null], isSoftFloat),
  row("ppc64el", ["ppc64", 64, "little"], ["powerpc64le-linux-gnu", "/lib64/ld64.so.2"], [0x0503, null]),
  row("ppc64", ["ppc64", 64, "big"], ["powerpc64-linux-gnu", "/lib64/ld64.so.1"], [0x0503, null]),
  row("powerpc", ["ppc", 32, "big"], ["powerpc-linux-gnu", "/lib/ld.so.1"], [0x0003, null]),
  row("s390x", ["s390", 64, "big"], ["s390x-linux-gnu", "/lib/ld64.so.1"], [0x0403, null]),
  row("riscv64", ["riscv", 64, "little"], ["riscv64-linux-gnu", "/lib/ld-linux-riscv64-lp64d.so.1"], [0x1003, null]),
  row(
    "loong64",
    ["loongarch", 64, "little"],
    ["loongarch64-linux-gnu", "/lib64/ld-linux-loongarch-lp64d.so.1"],
    [0x1203, null],
  ),
  row("mips64el", ["mips", 64, "little"], ["mips64el-linux-gnuabi64", "/lib64/ld.so.1"], [0x0703, null], isNan1985),
  row("mipsel", ["mips", 32, "little"], ["mipsel-linux-gnu", "/lib/ld.so.1"], [0x0003, null], isO32),
  row("mips", ["mips", 32, "big"], ["mips-linux-gnu", "/lib/ld.so.1"], [0x0003, null], isO32),
  row("sparc64", ["sparcv9", 64, "big"], ["sparc64-linux-gnu", "/lib64/ld-linux.so.2"], [0x0103, null]),
  row("ia64", ["ia-64", 64, "little"], ["ia64-linux-gnu", "/lib/ld-linux-ia64.so.2"], [0x0203, null]),
  row("alpha", ["alpha", 64, "little"], ["alpha-linux-gnu", "/lib/ld-linux.so.2"], [0x0003, null]),
  row("hppa", ["parisc", 32, "big"], ["hppa-linux-gnu", "/lib/ld.so.1"], [0x0003, null]),
  row("m68k", ["68k", 32, "big"], ["m68k-linux-gnu", "/lib/ld.so.1"], [0x0003, null]),
  row("sh4", ["sh", 32, "little"], ["sh4-linux-gnu", "/lib/ld-linux.so.2"], [0x0003, null]),
];

/** The Debian architecture of an ELF file, or null where its machine, or its ABI, is none of Debian's. */
export function abiOf(facts: ElfFacts): Abi | null {
  const { machine, class: bits, endian } = facts;
  const fits = (one: Row): boolean => one.machine === machine && one.class === bits && one.endian === endian;
  return ROWS.find((one) => fits(one) && (one.accepts?.(facts) ?? true)) ?? null;
}

/** The ABI of a dpkg architecture. */
export function abiOfArchitecture(architecture: string): Abi | null {
  return ROWS.find((one) => one.architecture === architecture) ?? null;
}

/**
 * The folders that the loader of Debian's and Ubuntu's glibc searches last, in order (`ld.so --help`, "system search
 * path"; the triplet folders are SLIBDIR and LIBDIR, the others Debian's multiarch addition).
 */
export function defaultFolders(abi: Abi | null): readonly string[] {
  if (abi === null) return ["/lib", "/usr/lib"];
  return [`/lib/${abi.triplet}`, `/usr/lib/${abi.triplet}`, "/lib", "/usr/lib"];
}

export type Mismatch = "class" | "machine" | "abi";

/**
 * Why the loader passes over a candidate and goes on (glibc elf/dl-load.c open_verify: another class, a machine that is
 * not the host's, or what elf_machine_reject_phdr_p and elf_machine_matches_host of the port refuse), or null.
 */
export function mismatch(wanted: ElfFacts, candidate: ElfFacts): Mismatch | null {
  if (wanted.class !== candidate.class) return "class";
  if (wanted.machine !== candidate.machine) return "machine";
  return sameFlags(wanted, candidate) ? null : "abi";
}

function sameFlags(wanted: ElfFacts, candidate: ElfFacts): boolean {
  const [a, b] = [wanted.headerFlags, candidate.headerFlags];
  switch (wanted.machine) {
    case "arm":
      // Objects marked with neither float ABI go with both.
      return !(isHardFloat(wanted) && isSoftFloat(candidate)) && !(isSoftFloat(wanted) && isHardFloat(candidate));
    case "ppc64":
      return (a & EF_PPC64_ABI) === (b & EF_PPC64_ABI) || (a & EF_PPC64_ABI) === 0 || (b & EF_PPC64_ABI) === 0;
    case "riscv":
      return (a & EF_RISCV_ABI) === (b & EF_RISCV_ABI);
    case "mips":
      return (a & (EF_MIPS_ABI2 | EF_MIPS_NAN2008)) === (b & (EF_MIPS_ABI2 | EF_MIPS_NAN2008));
    default:
      return true;
  }
}

function isHardFloat(facts: ElfFacts): boolean {
  return (facts.headerFlags & EF_ARM_ABI_FLOAT_HARD) !== 0 || facts.interpreter === "/lib/ld-linux-armhf.so.3";
}

function isSoftFloat(facts: ElfFacts): boolean {
  return (facts.headerFlags & EF_ARM_ABI_FLOAT_SOFT) !== 0 || facts.interpreter === "/lib/ld-linux.so.3";
}

function isNan1985(facts: ElfFacts): boolean {
  return (facts.headerFlags & EF_MIPS_NAN2008) === 0;
}

function isO32(facts: ElfFacts): boolean {
  return isNan1985(facts) && (facts.headerFlags & EF_MIPS_ABI2) === 0;
}

/** Whose loader a file asks for: only glibc's rules are the ones of this folder. */
export type Libc = "glibc" | "musl" | "android" | "other";

/**
 * musl's soname is that of its file name, `libc.so` (musl, Makefile), and `libc.musl-ARCH.so.1` on Alpine; glibc's is always
 * `libc.so.6`, or `libc.so.6.1` (shlib-versions).
 */
function isMuslLibc(name: string): boolean {
  return name === "libc.so" || name.startsWith("libc.musl-");
}

const ELFOSABI_SYSV = 0;
const ELFOSABI_GNU = 3;

/** Tells by the interpreter, the note of Android's linker and the libc's own soname. */
export function libcOf(facts: ElfFacts): Libc {
  const interpreter = facts.interpreter ?? "";
  if (facts.android || /^\/system\/bin\/linker(64)?$/.test(interpreter)) return "android";
  if (/\/ld-musl-[^/]*$/.test(interpreter) || facts.needed.some(isMuslLibc)) return "musl";
  if (/\/ld-uClibc[^/]*$/.test(interpreter)) return "other";
  return facts.osAbi === ELFOSABI_SYSV || facts.osAbi === ELFOSABI_GNU || facts.machine === "arm" ? "glibc" : "other";
}
