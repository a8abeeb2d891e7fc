import { spawnSync } from "node:child_process";
import { parseListing } from "../../src/loader/listing.ts";

const LOADER = "/lib64/ld-linux-x86-64.so.2";

export interface RealAnswer {
  /** Each library's name and the path that the loader found, or null. */
  readonly libraries: ReadonlyMap<string, string | null>;
  readonly versions: readonly string[];
  readonly exit: number | null;
  readonly text: string;
}

/**
 * Asks this machine's loader as ldd does; `env` is all of its environment. (`ld.so --list` of glibc 2.36 is no judge:
 * it ends at the first library that is missing and lists nothing.)
 */
export function askLoader(file: string, env: Record<string, string> = {}, cwd = "/"): RealAnswer {
  const run = spawnSync(LOADER, [file], {
    env: { ...env, LC_ALL: "C", LD_TRACE_LOADED_OBJECTS: "1" },
    cwd,
    encoding: "utf8",
  });
  if (run.error !== undefined) throw run.error;
  const libraries = new Map<string, string | null>();
  const versions: string[] = [];
  for (const line of parseListing(run.stdout + run.stderr)) {
    if (line.kind === "library") libraries.set(line.soname, line.path);
    if (line.kind === "missing") libraries.set(line.soname, libraries.get(line.soname) ?? null);
    if (line.kind === "object" && !line.path.includes("ld-linux")) libraries.set(line.path, line.path);
    if (line.kind === "version" && !line.weak) versions.push(`${line.provider} ${line.version} ${line.requiredBy}`);
  }
  return { libraries, versions: versions.sort(), exit: run.status, text: run.stdout + run.stderr };
}
