import type { AuditCase } from "../case.ts";
import { found, type Rule } from "../case.ts";
import { isDevelopmentName } from "../idle.ts";
import type { Verdict } from "../verdicts.ts";

/** Headers, compilers and build tools in the runtime stage, where nothing needs or starts them. */
export const devPackage: Rule = (audit) =>
  audit.verdicts.flatMap((verdict) => {
    const { word, identity, needed } = verdict;
    const section = audit.facts.world.known.all.get(identity.key)?.section ?? null;
    const bySection = section !== null && /^(?:[\w-]+\/)?(?:libdevel|devel)$/.test(section);
    if ((!bySection && !isDevelopmentName(identity.name)) || needed !== null || isStarted(word.name, audit)) return [];
    const head = { confidence: bySection ? "proved" : "declared", package: word.name } as const;
    const detail = { code: "dev-package", name: word.name, instead: librariesBehind(verdict, audit) } as const;
    return [found(audit, word, "warning", head, detail)];
  });

function isStarted(name: string, { analysis }: AuditCase): boolean {
  return analysis?.dropped.some((item) => item.package === name && item.calledBy !== null) ?? false;
}

/** The library packages of the same source that a -dev package depends on: its own libraries, without the headers. */
function librariesBehind({ identity }: Verdict, { facts }: AuditCase): string[] {
  const { known } = facts.world;
  const own = known.all.get(identity.key);
  const names = (own?.depends ?? []).flatMap(({ alternatives }) => (alternatives.length === 1 ? alternatives : []));
  const libraries = names.flatMap(({ name }) => known.named(name)[0] ?? []);
  return libraries
    .filter((one) => one.source.name === own?.source.name && !isDevelopmentName(one.name))
    .map(({ name }) => name)
    .sort();
}
