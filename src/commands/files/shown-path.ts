import { isAbsolute, relative, resolve } from "node:path";

/** A path as short as it can be: relative to the working directory if it is below that. */
export function shownPath(path: string): string {
  const short = relative(".", path);
  return short.startsWith("..") || isAbsolute(short) ? resolve(path) : short;
}
