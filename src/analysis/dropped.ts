import { compareNames } from "../base/names.ts";
import { basename } from "../base/paths.ts";
import type { PackageSet } from "../debian/packages.ts";
import { parseKey } from "../debian/words.ts";
import type { CommandInstruction, Stage } from "../dockerfile/plan.ts";
import type { AnalysisInput } from "./input.ts";
import type { Dropped, Reason } from "./model.ts";
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
  const caller = (name: string): string | null => {
    const isMeant = isCommandOf(name, knowledge, scene);
    return programs.find(({ program }) => isMeant(program))?.keyword ?? callIn(scripts, isMeant);
  };
  return [...listed]
    .filter((name) => !ours.has(name))
    .sort(compareNames)
    .map((name): Dropped => {
      if (has(answer.base, name)) return { package: name, reason: "base", calledBy: null };
      if (isImplied(name, answer)) return { package: name, reason: "implied", calledBy: null };
      return { package: name, reason: "no-evidence", calledBy: caller(name) };
    });
}

/**
 * The packages of the present list of which the stage, or a shell script in it, calls a command, by key: the loader sees no
 * need of them, and without them the image does not do what it is for. Taken from what a line without them would drop.
 */
export function calledPackages(
  dropped: readonly Dropped[],
  known: PackageSet,
  architecture: string,
): ReadonlyMap<string, readonly Reason[]> {
  return new Map(
    dropped.flatMap(({ package: name, calledBy }) => {
      if (calledBy === null) return [];
      const reason: Reason = { artifact: calledBy, kind: "command", chain: [{ soname: name, path: null }] };
      return [[known.named(name)[0]?.key ?? `${name}:${architecture}`, [reason]] as const];
    }),
  );
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

/** Whether a program is one of a package, by its known commands, the release's table of commands, or the builder's dpkg. */
export function isCommandOf(
  name: string,
  knowledge: AnalysisInput["knowledge"],
  scene: Scene,
): (program: string) => boolean {
  const commands = [name, ...knowledge.commands(name)];
  return (program) => {
    const command = basename(program);
    if (commands.includes(command) || knowledge.packagesWith(command).includes(name)) return true;
    const paths = program.includes("/") ? [program] : ["/usr/bin", "/usr/sbin"].map((folder) => `${folder}/${program}`);
    return scene.builders.some(({ image }) =>
      paths.some((path) => parseKey(image.ownerOf(path).package ?? "").name === name),
    );
  };
}
