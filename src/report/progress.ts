import type { BuildEvent } from "../engine/engine.ts";
import { plainProgress } from "./progress-plain.ts";
import { ttyProgress } from "./progress-tty.ts";
import { terminalSafe } from "./terminal.ts";

export type ProgressMode = "auto" | "plain" | "tty" | "quiet";

/** Where progress is written to: standard error, or a stand-in for it. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Shows a build while it goes on. */
export interface Progress {
  event(event: BuildEvent): void;
  /** Ends the display; what is still shown is taken away or completed. */
  end(): void;
}

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
