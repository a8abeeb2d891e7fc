import { PATH_FOLDERS } from "./shebang.ts";

/** The name of an extension module, as the source of a regular expression that JavaScript and Perl read the same way. */
export const PYTHON_MODULE = "\\.(?:cpython-3([0-9]+)-[A-Za-z0-9_-]+|abi3)\\.so(?![\\s\\S])";
const MODULE_FILE = new RegExp(PYTHON_MODULE);

/**
 * The program that loads a CPython extension module, by the tag in the file's name: `python3.13` for
 * `x.cpython-313-x86_64-linux-gnu.so` (PEP 3149), `python3` for `x.abi3.so` (PEP 384), of any version; null for other
 * files. Debian's modules are not linked with libpython, so no NEEDED tells of it.
 */
export function pythonOfModule(path: string): string | null {
  const tag = MODULE_FILE.exec(path);
  if (tag === null) return null;
  return tag[1] === undefined ? "python3" : `python3.${tag[1]}`;
}

/** Where that program, and the default one that may be the same, can be. */
export function pythonPaths(path: string): string[] {
  const name = pythonOfModule(path);
  if (name === null) return [];
  return [...new Set(["python3", name])].flatMap((one) => PATH_FOLDERS.map((folder) => `${folder}/${one}`));
}
