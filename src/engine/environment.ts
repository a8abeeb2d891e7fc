import type { RunRequest } from "./engine.ts";

/**
 * Variables that change what a program does before its own code runs: the loader's and libc's (ld.so(8); UNSECURE_ENVVARS
 * of glibc), and those with which perl, bash and Python load more code (perlrun(1), bash(1), python(1)).
 */
const STEERING =
  /^(?:LD_|GLIBC_TUNABLES$|GCONV_PATH$|GETCONF_DIR$|HOSTALIASES$|LOCALDOMAIN$|LOCPATH$|MALLOC_|NIS_PATH$|NLSPATH$|RESOLV_HOST_CONF$|RES_OPTIONS$|TMPDIR$|PERL|BASH|SHELLOPTS$|ENV$|PYTHON)/;

/**
 * The variables of the image that a program of ours must not get: all of them, or, where it needs the network and so
 * perhaps the image's proxies, those that steer it. A command that the user asked to run gets the image's environment; a
 * tracer gets none of it, and gives the command its own.
 */
export function removedVariables({ image, env, may = "read", online = false }: RunRequest): string[] {
  if (may === "execute") return [];
  const names = image.config.env.map((pair) => pair.split("=", 1)[0] ?? "");
  const isRemoved = (name: string): boolean => may === "trace" || !online || STEERING.test(name);
  return [...new Set(names)].filter((name) => name !== "" && !(name in env) && isRemoved(name));
}
