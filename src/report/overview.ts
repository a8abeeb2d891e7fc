import type { Messages } from "./messages.ts";
import { printable } from "./names.ts";
import { isLive, modeOf } from "./progress.ts";
import type { ProgressMode } from "./progress-types.ts";
import { cut } from "./terminal.ts";

/** The progress of a run over many files: a line for each that ended, and on a terminal the running ones below. */
export interface Overview {
  /** Says that a file is begun. The answer says how it ended: of how many, in what words, with what messages. */
  start(name: string): (total: number, words: string, messages: readonly string[]) => void;
  end(): void;
}

/** Opens the display for a mode, as `openProgress` does. */
export function openOverview(
  mode: ProgressMode,
  env: Readonly<Record<string, string | undefined>>,
  messages: Messages,
): Overview {
  const chosen = modeOf(mode, env);
  const live = isLive(chosen, env, messages);
  const running = new Set<string>();
  const said = new Set<string>();
  let ended = 0;
  const draw = (lines: readonly string[]): void => {
    const row = ` … ${[...running].map(printable).join(", ")}`;
    const below = running.size === 0 ? [] : [cut(row, Math.max(20, messages.columns) - 1)];
    if (live) messages.redraw(lines, below);
    else messages.lines(lines);
  };
  return {
    start(name) {
      running.add(name);
      if (live) draw([]);
      const began = Date.now();
      return (total, words, notes) => {
        running.delete(name);
        ended += 1;
        const head = `[${ended}/${total}] ${printable(name)}: ${words} (${((Date.now() - began) / 1000).toFixed(1)}s)`;
        // The same message about a second file says nothing new.
        const fresh = notes.filter((line) => !said.has(line));
        for (const line of fresh) said.add(line);
        const told = fresh.map((line) => `  ${line}`);
        draw(chosen === "quiet" ? told : [head, ...told]);
      };
    },
    end() {
      if (live) messages.redraw([], []);
    },
  };
}
