import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { MsbDepsError } from "../../base/errors.ts";

/** The names of config files. */
export const CONFIG_NAMES = [".msb-deps.yaml", ".msb-deps.yml", ".msb-deps.json"] as const;

/**
 * The nearest config file from a directory upwards, not beyond the root of its git repository.
 * @throws MsbDepsError `usage` if a directory has several
 */
export function findConfig(start: string): string | null {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const [found, other] = CONFIG_NAMES.map((name) => join(folder, name)).filter((path) => existsSync(path));
    if (other !== undefined) {
      throw new MsbDepsError("usage", `${found} and ${other} are both config files.`, { hint: "Keep one of them." });
    }
    if (found !== undefined) return found;
    if (existsSync(join(folder, ".git")) || folder === dirname(folder)) return null;
  }
}
