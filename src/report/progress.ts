import { plainProgress } from "./progress-plain.ts";
import { ttyProgress } from "./progress-tty.ts";
import type { Progress, ProgressMode, ProgressStream } from "./progress-types.ts";
import { terminalSafe } from "./terminal.ts";

/**
 * The display for a mode: `auto` is `tty` on a terminal and `plain` elsewhere. An explicit mode wins over
 * BUILDKIT_PROGRESS (buildx's variable), which wins over `auto`.
 */
export function openProgress(
  mode: ProgressMode,
  env: Readonly<Record<string, string | undefined>>,
  stream: ProgressStream,
): Progress {
  const chosen = mode === "auto" ? (fromEnvironment(env.BUILDKIT_PROGRESS) ?? "auto") : mode;
  if (chosen === "quiet") return quietProgress(stream);
  if (chosen === "tty" || (chosen === "auto" && stream.isTTY === true && env.TERM !== "dumb"))
    return ttyProgress(stream);
  return plainProgress(stream);
}

/** Only what must not be overlooked. */
function quietProgress(stream: ProgressStream): Progress {
  return {
    event(event) {
      if (event.type === "warning" && event.mustSee === true) stream.write(`warning: ${terminalSafe(event.message)}\n`);
    },
    end() {},
  };
}

function fromEnvironment(value: string | undefined): ProgressMode | null {
  return value === "plain" || value === "tty" || value === "quiet" || value === "auto" ? value : null;
}
