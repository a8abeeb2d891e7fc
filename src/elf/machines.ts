/** e_machine numbers (gABI, "ELF Header"; the registry of EM_ values) and the names that this program has for them. */
const NAMES: Readonly<Record<number, string>> = {
  2: "sparc",
  3: "386",
  4: "68k",
  8: "mips",
  15: "parisc",
  18: "sparc32plus",
  20: "ppc",
  21: "ppc64",
  22: "s390",
  40: "arm",
  42: "sh",
  43: "sparcv9",
  50: "ia-64",
  62: "x86-64",
  183: "aarch64",
  195: "arc",
  243: "riscv",
  247: "bpf",
  252: "csky",
  258: "loongarch",
  // Never registered, in use nonetheless (EM_ALPHA of the kernel).
  36902: "alpha",
};

export function machineName(number: number): string {
  return NAMES[number] ?? `machine-${number}`;
}

/** The e_machine number of a machine that has a name here. */
export function machineNumber(name: string): number | null {
  const entry = Object.entries(NAMES).find(([, one]) => one === name);
  return entry === undefined ? null : Number(entry[0]);
}
