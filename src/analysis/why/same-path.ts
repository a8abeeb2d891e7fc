import { posix } from "node:path";

/**
 * A path in one spelling: without `.`, `..` and doubled slashes, and as a merged /usr has it, where /lib/x and /usr/lib/x
 * are one file (every release that is supported has its /usr merged).
 */
export function onePath(path: string): string {
  return posix.normalize(path).replace(/^\/(?=(?:s?bin|lib(?:32|64|o32|x32)?)\/)/, "/usr/");
}
