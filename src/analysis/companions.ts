import type { Companion } from "../debian/companions.ts";
import { parseKey } from "../debian/words.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Reason } from "./model.ts";
import type { PackageAnswer } from "./packages.ts";
import type { Scene } from "./scene.ts";

/** What users of these libraries often need and no loader sees; only what neither the base nor the line has. */
export function absentCompanions(knowledge: Knowledge, answer: PackageAnswer): Companion[] {
  const sonames = answer.packages.flatMap((item) => item.sonames);
  const present = presentNames(answer);
  return knowledge
    .companions({ sonames, packages: answer.packages.map(({ name }) => name) })
    .filter((companion) => !present.has(companion.package));
}

/** The names of all packages that the runtime stage has or gets. */
export function presentNames(answer: PackageAnswer): ReadonlySet<string> {
  return new Set([...answer.reduction.closure.must, ...answer.base.all.keys()].map((key) => parseKey(key).name));
}

/**
 * The companions that `--with-recommended` puts into the line, each with the reasons of what called for it: only the
 * recommended ones, and only where the release is known to have the package.
 */
export function takeRecommended(
  companions: readonly Companion[],
  answer: PackageAnswer,
  scene: Scene,
): ReadonlyMap<string, readonly Reason[]> {
  const taken = new Map<string, readonly Reason[]>();
  for (const { package: name, strength, certainty, trigger, reason: because } of companions) {
    if (strength !== "recommended" || certainty !== "proved") continue;
    const called = answer.packages.filter((item) => item.name === trigger || item.sonames.includes(trigger));
    const reasons = called.flatMap((item) =>
      item.reasons.map(({ artifact, chain }): Reason => ({ artifact, kind: "recommended", chain, because })),
    );
    const known = scene.builders.flatMap(({ image }) => image.installed.set.named(name)[0]?.key ?? []);
    taken.set(known[0] ?? `${name}:${scene.architecture}`, reasons);
  }
  return taken;
}
