import { compareNames } from "../base/names.ts";
import { basename } from "../base/paths.ts";
import type { PackageSet } from "../debian/packages.ts";
import { parseKey } from "../debian/words.ts";
import type { CommandInstruction, Stage } from "../dockerfile/plan.ts";
import type { AnalysisInput } from "./input.ts";
import type { Dropped } from "./model.ts";
import type { PackageAnswer } from "./packages.ts";
import { callIn, type RuntimeScripts } from "./runtime-scripts.ts";
import type { Scene } from "./scene.ts";

/** The packages that the runtime stage installs now and our line does not, each with why. */
export function droppedPackages(
  { knowledge, plan }: Pick<AnalysisInput, "knowledge" | "plan">,
  scene: Scene,
  answer: PackageAnswer,
  scripts: RuntimeScripts,
): Dropped[] {
  if (plan?.runtime == null) return [];
  const listed = presentPackages(plan.runtime);
  const ours = new Set(answer.install);
  const programs = commandPrograms(plan.runtime);
  const caller = (name: string): string | null =>
    callerOf([name, ...knowledge.commands(name)], name, programs, scripts, scene);
  return [...listed]
    .filter((name) => !ours.has(name))
    .sort(compareNames)
    .map((name): Dropped => {
      if (has(answer.base, name)) return { package: name, reason: "base", calledBy: null };
      if (isImplied(name, answer)) return { package: name, reason: "implied", calledBy: null };
      return { package: name, reason: "no-evidence", calledBy: caller(name) };
    });
}

/** The names that a stage's apt-get install commands list. */
function presentPackages(stage: Stage): Set<string> {
  const names = new Set<string>();
  for (const instruction of stage.instructions) {
    if (instruction.kind !== "run") continue;
    for (const word of instruction.aptInstalls.flatMap(({ packages }) => packages)) {
      if (word.remove) names.delete(word.name);
      else names.add(word.name);
    }
  }
  return names;
}

function has(set: PackageSet, name: string): boolean {
  return set.named(name).length > 0 || set.providing(name).length > 0;
}

function isImplied(name: string, answer: PackageAnswer): boolean {
  return [...answer.reduction.closure.must].some((key) => parseKey(key).name === name);
}

/** The programs that the last CMD, ENTRYPOINT and HEALTHCHECK of a stage call. */
export function commandPrograms(
  stage: Stage,
): { readonly keyword: CommandInstruction["keyword"]; readonly program: string }[] {
  const last = new Map<CommandInstruction["keyword"], CommandInstruction>();
  for (const instruction of stage.instructions)
    if (instruction.kind === "command") last.set(instruction.keyword, instruction);
  return [...last.values()].flatMap(({ keyword, programs }) => programs.map((program) => ({ keyword, program })));
}

/** Who calls a program of a package, by its commands or by what the builder's dpkg owns: an instruction, a script. */
function callerOf(
  commands: readonly string[],
  name: string,
  programs: ReturnType<typeof commandPrograms>,
  scripts: RuntimeScripts,
  scene: Scene,
): string | null {
  const isMeant = (program: string): boolean => {
    if (commands.includes(basename(program))) return true;
    const paths = program.includes("/") ? [program] : ["/usr/bin", "/usr/sbin"].map((folder) => `${folder}/${program}`);
    return scene.builders.some(({ image }) =>
      paths.some((path) => parseKey(image.ownerOf(path).package ?? "").name === name),
    );
  };
  return programs.find(({ program }) => isMeant(program))?.keyword ?? callIn(scripts, isMeant);
}
