import type { Messages } from "./messages.ts";
import { plainProgress } from "./progress-plain.ts";
import { ttyProgress } from "./progress-tty.ts";
import type { Progress, ProgressMode } from "./progress-types.ts";

/**
 * The display for a mode: `auto` is `tty` on a terminal and `plain` elsewhere. An explicit mode wins over
 * BUILDKIT_PROGRESS (buildx's variable), which wins over `auto`.
 */
export function openProgress(
  mode: ProgressMode,
  env: Readonly<Record<string, string | undefined>>,
  messages: Messages,
): Progress {
  const chosen = modeOf(mode, env);
  if (chosen === "quiet") return quietProgress(messages);
  return isLive(chosen, env, messages) ? ttyProgress(messages) : plainProgress(messages);
}

/** The mode that holds. */
export function modeOf(mode: ProgressMode, env: Readonly<Record<string, string | undefined>>): ProgressMode {
  return mode === "auto" ? (fromEnvironment(env.BUILDKIT_PROGRESS) ?? "auto") : mode;
}

/** Whether lines are drawn anew in place. */
export function isLive(
  chosen: ProgressMode,
  env: Readonly<Record<string, string | undefined>>,
  messages: Messages,
): boolean {
  return chosen === "tty" || (chosen === "auto" && messages.isTerminal && env.TERM !== "dumb");
}

/** Only what must not be overlooked. */
function quietProgress(messages: Messages): Progress {
  return {
    event(event) {
      if (event.type === "warning" && event.mustSee === true) messages.warning(event.message);
    },
    end() {},
  };
}

function fromEnvironment(value: string | undefined): ProgressMode | null {
  return value === "plain" || value === "tty" || value === "quiet" || value === "auto" ? value : null;
}
