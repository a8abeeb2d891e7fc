import type { AptInstall, AptPackageWord, RunInstruction, Stage } from "../dockerfile/plan.ts";

/** What the runtime stage and the stages below it install, as their RUN instructions say. */
export interface InstallList {
  /** What is there at the end, each package once, where it is named first. */
  readonly words: readonly AptPackageWord[];
  readonly installs: readonly ListedInstall[];
  /** What could not be read, and may install more: words, and RUN instructions as a whole. */
  readonly unread: readonly string[];
}

/** An install command of the list. */
export interface ListedInstall {
  readonly install: AptInstall;
  readonly run: RunInstruction;
  /** The stage that runs it. */
  readonly stage: Stage;
}

/** Reads the list of stages that begin with each other, the lowest first; removals (`name-`, `apt-get purge`) are followed. */
export function installList(stages: readonly Stage[]): InstallList {
  const words = new Map<string, AptPackageWord>();
  const installs: ListedInstall[] = [];
  const unread: string[] = [];
  const runs = stages.flatMap((stage) => stage.instructions.map((run) => ({ stage, run })));
  for (const { stage, run } of runs) {
    if (run.kind !== "run") continue;
    if (!run.understood) unread.push(`RUN in line ${run.line}`);
    // What `apt-mark auto` and an autoremove leave of them depends on what was built meanwhile.
    if (run.aptLeftovers.sweeps) unread.push(`apt-mark in line ${run.line}`);
    for (const install of run.aptInstalls) {
      installs.push({ install, run, stage });
      unread.push(...install.unknownWords.map(({ text }) => text));
    }
    follow(run, words);
  }
  return { words: [...words.values()].sort((a, b) => a.start - b.start), installs, unread: [...new Set(unread)] };
}

/** Applies what a RUN installs and removes. */
function follow({ aptInstalls, aptLeftovers }: RunInstruction, words: Map<string, AptPackageWord>): void {
  for (const word of aptInstalls.flatMap(({ packages }) => packages)) {
    const key = `${word.name}:${word.architecture ?? ""}`;
    if (word.remove) words.delete(key);
    else if (!words.has(key) && !aptLeftovers.sweeps) words.set(key, word);
  }
  for (const name of aptLeftovers.removed) words.delete(`${name}:`);
}
