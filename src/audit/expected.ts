import { librariesOfDevelopment } from "../debian/development.ts";
import type { BuildPlan, Stage } from "../dockerfile/plan.ts";
import { parseReference } from "../dockerfile/reference.ts";
import { stageChain } from "../dockerfile/select.ts";
import type { AuditFacts } from "./facts.ts";
import { installList } from "./listed.ts";

/** Libraries that the artifacts likely need, as a builder installs what links with them. */
export interface Expected {
  /** The -dev package, as the Dockerfile names it. */
  readonly development: string;
  /** The builder stage, by its name or number. */
  readonly stage: string;
  /** Packages of the runtime's release; with several, the artifacts may need only some. */
  readonly libraries: readonly string[];
}

/** What the -dev packages of the builders make expect, as far as the base does not have it. */
export function expectedLibraries(plan: BuildPlan, { release, tables, world }: AuditFacts): Expected[] {
  if (release === null) return [];
  const found = new Map<string, Expected>();
  for (const { stage, name } of developmentWords(plan)) {
    const libraries = librariesOfDevelopment(tables, release.key, name);
    const inBase = libraries.some((library) => world.base.named(library).length > 0);
    const key = libraries.join();
    if (libraries.length === 0 || inBase || found.has(key)) continue;
    found.set(key, { development: name, stage: stage.name ?? String(stage.index), libraries });
  }
  return [...found.values()];
}

/** The -dev packages that the builders and the stages that they begin with install, if anything is copied out of them. */
export function developmentWords({ builders, stages, copies }: BuildPlan): { stage: Stage; name: string }[] {
  if (copies.length === 0) return [];
  return builders.flatMap((stage) =>
    installList(stageChain(stages, stage)).words.flatMap(({ name }) =>
      name.endsWith("-dev") || name.includes("-dev-") ? { stage, name } : [],
    ),
  );
}

/**
 * Whether a base has no libraries but those that are known: the images of the distributions. Of the other official images,
 * only the `slim` ones have no development packages and their libraries; what else they have is not known.
 */
export function isSmallBase({ base }: AuditFacts): boolean {
  if (base.known !== null) return true;
  return parseReference(base.reference).tag?.split("-").includes("slim") === true;
}
