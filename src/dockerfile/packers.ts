import { basename } from "../base/paths.ts";
import type { ShellWord } from "./shell-command.ts";
import { UNKNOWN } from "./shell-variables.ts";
import { fieldOf } from "./wrappers.ts";

/** A program or directory that a command packs into one file; paths as they stand. Equal paths: it is packed in place. */
export interface PackedFile {
  readonly line: number;
  readonly from: string;
  readonly to: string;
}

/** How the arguments of a packer are read. */
interface Packer {
  /** Options that take the next word. */
  readonly options: string;
  readonly pairs: (
    operands: readonly string[],
    option: (name: string) => string | null,
  ) => readonly (readonly [string, string])[];
}

const upx: Packer = {
  options: "-o",
  pairs: (operands, option) => {
    const output = option("-o");
    return operands.map((one) => [one, output ?? one]);
  },
};

const makeself: Packer = {
  options:
    "--target --header --license --cleanup --preextract --lsm --tar-extra --tar-format --untar-extra --complevel --threads --gpg-extra --export-conf --packaging-date --sign",
  pairs: ([from, to]) => (from === undefined || to === undefined ? [] : [[from, to]]),
};

/** upx(1), makeself(1), and `appimagetool --help`. */
const PACKERS: Readonly<Record<string, Packer>> = {
  upx,
  "upx-ucl": upx,
  makeself,
  "makeself.sh": makeself,
  appimagetool: {
    options: "--sign-key --comp --mksquashfs-opt --runtime-file -u --updateinformation --exclude-file",
    pairs: ([from, to]) => (from === undefined || to === undefined ? [] : [[from, to]]),
  },
};

/** What a command packs, if it is a known packer. */
export function packedFiles(words: readonly ShellWord[], line: number): PackedFile[] {
  const name = basename(fieldOf(words[0]));
  const packer = Object.hasOwn(PACKERS, name) ? PACKERS[name] : undefined;
  if (packer === undefined) return [];
  const valued = packer.options.split(" ");
  const values = new Map<string, string>();
  const operands: string[] = [];
  const fields = words.slice(1).flatMap((word) => word.fields);
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] ?? "";
    const joined = valued.find((one) => !one.startsWith("--") && field.startsWith(one) && field !== one);
    if (valued.includes(field)) values.set(field, fields[++at] ?? "");
    else if (joined !== undefined) values.set(joined, field.slice(joined.length));
    else if (!field.startsWith("-")) operands.push(field);
  }
  const known = (path: string): boolean => path !== "" && !path.includes(UNKNOWN);
  return packer
    .pairs(operands, (option) => values.get(option) ?? null)
    .filter(([from, to]) => known(from) && known(to))
    .map(([from, to]) => ({ line, from, to }));
}
