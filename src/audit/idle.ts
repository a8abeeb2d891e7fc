import type { AuditCase } from "./case.ts";
import type { Verdict } from "./verdicts.ts";

const TOOLS: ReadonlySet<string> = new Set(
  "autoconf automake autotools-dev binutils bison build-essential cargo clang cmake cpp cython3 dpkg-dev flex g++ gcc gfortran golang golang-go libtool libtool-bin m4 make meson ninja-build pkg-config pkgconf rustc swig".split(
    " ",
  ),
);

/** Whether a name is that of a development package by Debian's conventions (Policy §8.4), or of a compiler. */
export function isDevelopmentName(name: string): boolean {
  return (
    /-(?:dev|dbg|dbgsym|headers)$/.test(name) ||
    TOOLS.has(name) ||
    /^(?:gcc|g\+\+|clang|cpp|golang|gfortran)-[0-9.]+$/.test(name)
  );
}

/**
 * Whether nothing speaks for a listed package. Without an analysis nobody can say that; what is repetition, or belongs
 * to a compiler, has findings of its own.
 */
export function isIdle(verdict: Verdict, { analysis, emptyIsRight }: AuditCase): boolean {
  // Nothing among the artifacts could speak for a package.
  if (analysis === null || (analysis.artifacts.length === 0 && emptyIsRight !== true)) return false;
  if (verdict.usage !== null || verdict.inBase || verdict.impliedBy.length > 0) return false;
  return !isDevelopmentName(verdict.identity.name);
}
