import type { AptInstall, AptPackageWord, RunInstruction, Stage } from "../dockerfile/plan.ts";

/** What the runtime stage installs, as its RUN instructions say. */
export interface InstallList {
  /** What is there at the end, each package once, where it is named first. */
  readonly words: readonly AptPackageWord[];
  readonly installs: readonly { readonly install: AptInstall; readonly run: RunInstruction }[];
  /** What could not be read, and may install more: words, and RUN instructions as a whole. */
  readonly unread: readonly string[];
}

/** Reads the list of a stage, removals (`name-`, `apt-get purge`) followed. */
export function installList(stage: Stage | null): InstallList {
  const words = new Map<string, AptPackageWord>();
  const installs: { install: AptInstall; run: RunInstruction }[] = [];
  const unread: string[] = [];
  for (const run of stage?.instructions ?? []) {
    if (run.kind !== "run") continue;
    if (!run.understood) unread.push(`RUN in line ${run.line}`);
    // What `apt-mark auto` and an autoremove leave of them depends on what was built meanwhile.
    if (run.aptLeftovers.sweeps) unread.push(`apt-mark in line ${run.line}`);
    for (const install of run.aptInstalls) {
      installs.push({ install, run });
      unread.push(...install.unknownWords.map(({ text }) => text));
      for (const word of install.packages) {
        const key = `${word.name}:${word.architecture ?? ""}`;
        if (word.remove) words.delete(key);
        else if (!words.has(key) && !run.aptLeftovers.sweeps) words.set(key, word);
      }
    }
    for (const name of run.aptLeftovers.removed) words.delete(`${name}:`);
  }
  return { words: [...words.values()].sort((a, b) => a.start - b.start), installs, unread: [...new Set(unread)] };
}
