import { compareNames } from "../base/names.ts";
import type { PackageSet } from "../debian/packages.ts";
import { parseKey } from "../debian/words.ts";
import type { CommandNeed } from "./commands.ts";
import type { Dropped } from "./model.ts";
import type { PackageAnswer } from "./packages.ts";

/** The packages that the runtime stage installs and our line leaves out, with the reasons. */
export function droppedPackages(
  listed: ReadonlySet<string>,
  answer: PackageAnswer,
  commands: readonly CommandNeed[],
): Dropped[] {
  const ours = new Set(answer.install);
  const caller = (name: string): string | null =>
    commands.find(({ packages }) => packages.some((key) => parseKey(key).name === name))?.call.calledBy ?? null;
  return [...listed]
    .filter((name) => !ours.has(name))
    .sort(compareNames)
    .map((name): Dropped => {
      if (has(answer.base, name)) return { package: name, reason: "base", calledBy: null };
      if (isImplied(name, answer)) return { package: name, reason: "implied", calledBy: null };
      return { package: name, reason: "no-evidence", calledBy: caller(name) };
    });
}

function has(set: PackageSet, name: string): boolean {
  return set.named(name).length > 0 || set.providing(name).length > 0;
}

function isImplied(name: string, answer: PackageAnswer): boolean {
  return [...answer.reduction.closure.must].some((key) => parseKey(key).name === name);
}
