import { basename, below, pathInWorkdir } from "../base/paths.ts";
import type { PackageSet } from "../debian/packages.ts";
import { parseKey } from "../debian/words.ts";
import type { CopyInstruction, Stage } from "../dockerfile/plan.ts";
import { mayBringPrograms } from "../dockerfile/run-facts.ts";
import type { FileSystemView } from "../snapshot/view.ts";
import { type Call, scriptsNamed } from "./calls.ts";
import type { AnalysisInput } from "./input.ts";
import type { RuntimeScripts } from "./runtime-scripts.ts";
import type { Scene } from "./scene.ts";
import { workdirOf } from "./started-scripts.ts";

/** What is asked of, to find where a command comes from. */
export interface CommandWorld {
  readonly input: Pick<AnalysisInput, "base" | "knowledge" | "plan">;
  readonly scene: Scene;
  /** The runtime stage's files: base and artifacts. */
  readonly view: FileSystemView;
  /** The directories of PATH in the runtime stage. */
  readonly folders: readonly string[];
  readonly scripts: RuntimeScripts;
  /** The names that the runtime stage lists now. */
  readonly listed: ReadonlySet<string>;
  readonly base: PackageSet;
  readonly known: PackageSet;
}

/** The paths of a program: itself, made absolute by WORKDIR; else one in each directory of PATH. None if it is not known. */
export function candidatesOf({ program, calledBy }: Call, { input: { plan }, scene, folders }: CommandWorld): string[] {
  if (!program.includes("/")) return folders.map((folder) => `${folder}/${program}`);
  if (program.startsWith("/")) return [program];
  // Where a script stands when it calls something is not known.
  if (calledBy.includes(":")) return [];
  const folder = workdirOf(plan?.runtime?.instructions ?? [], scene.base?.snapshot.image.workingDir ?? "");
  return folder === null ? [] : [pathInWorkdir(folder, program)];
}

/** Whether a RUN, or a COPY of what is not looked at, may put a program at one of some paths. */
export function mayBeBrought(candidates: readonly string[], stage: Stage, { input, scripts }: CommandWorld): boolean {
  const runs = stage.instructions.filter((one) => one.kind === "run");
  const unread = runs.some(({ aptInstalls }) => aptInstalls.some(({ unknownWords }) => unknownWords.length > 0));
  if (unread || runs.some(mayBringPrograms)) return true;
  if ((input.plan?.notLookedAt.length ?? 0) > 0) return true;
  const copies = stage.instructions.filter((one) => one.kind === "copy");
  return copies.some((copy) => candidates.some((path) => mayCopyTo(copy, path, scripts)));
}

function mayCopyTo(
  { from, destination, sources, inline }: CopyInstruction,
  path: string,
  { read }: RuntimeScripts,
): boolean {
  if (from !== null && "stage" in from) return false;
  if (destination === null) return true;
  const rest = below(destination, path);
  if (rest === null) return false;
  if (rest === "") return true;
  const isScript = (source: string | null): boolean => source !== null && scriptsNamed(source, read).length > 0;
  return inline.length === 0 && !sources.every((source) => isScript(source));
}

/** The names that a stage's apt-get install commands list; none without a stage. */
export function presentPackages(stage: Stage | null): ReadonlySet<string> {
  const names = new Set<string>();
  for (const instruction of stage?.instructions ?? []) {
    if (instruction.kind !== "run") continue;
    for (const word of instruction.aptInstalls.flatMap(({ packages }) => packages)) {
      if (word.remove) names.delete(word.name);
      else names.add(word.name);
    }
  }
  return names;
}

/** The directories of which the archive's packages have their commands (Filesystem Hierarchy Standard 3.0, 3.4, 3.16, 4.4, 4.10). */
const COMMAND_FOLDERS: ReadonlySet<string> = new Set(["/bin", "/sbin", "/usr/bin", "/usr/sbin"]);

/** The name under which a package may have a program: none for one at a place of its own. */
export function commandName(program: string): string | null {
  const name = basename(program);
  return program === name || COMMAND_FOLDERS.has(program.slice(0, -name.length - 1)) ? name : null;
}

/** Whether a package has a program, by its known commands, the release's table of commands, or the builder's dpkg. */
export function hasCommand(program: string, { input: { knowledge }, scene }: CommandWorld): (name: string) => boolean {
  const command = commandName(program);
  const paths = program.includes("/") ? [program] : ["/usr/bin", "/usr/sbin"].map((folder) => `${folder}/${program}`);
  const owners = scene.builders.flatMap(({ image }) =>
    paths.map((path) => parseKey(image.ownerOf(path).package ?? "").name),
  );
  const holders = new Set([...(command === null ? [] : [command, ...knowledge.packagesWith(command)]), ...owners]);
  return (name) => holders.has(name) || (command !== null && knowledge.commands(name).includes(command));
}
