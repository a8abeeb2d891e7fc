import { expect } from "vitest";
import { type Resolution, resolveProgram } from "../../src/loader/resolve.ts";
import type { LoaderSettings } from "../../src/loader/settings.ts";
import { askLoader } from "./real-loader.ts";
import { realCache, realView } from "./real-view.ts";

/** Soname → path of what is not the loader and not libc. */
export type Paths = Record<string, string | null>;

export function pathsOf(resolution: Resolution): Paths {
  const paths: Paths = {};
  for (const { soname, path } of resolution.libraries) {
    if (!/^(libc\.so|ld-linux)/.test(soname)) paths[soname] = paths[soname] ?? path;
  }
  return paths;
}

/** Our resolver and the real loader must find the same; gives what they found. */
export function agree(
  program: string,
  settings: LoaderSettings = {},
  env: Record<string, string> = {},
  cwd = "/",
): Paths {
  const ours = resolveProgram(realView(), program, { cache: realCache(), programOrigin: "given", ...settings });
  const real = askLoader(program, env, cwd);
  const paths = pathsOf(ours);
  const theirs: Paths = {};
  for (const [soname, path] of real.libraries) if (!soname.startsWith("libc.so")) theirs[soname] = path;
  expect(paths, real.text).toEqual(theirs);
  return paths;
}
