import type { BuildEvent } from "../engine/engine.ts";

/** Shows a build while it goes on. */
export interface Progress {
  event(event: BuildEvent): void;
  /** Ends the display; what is still shown is taken away or completed. */
  end(): void;
}

/** Where progress is written to: standard error, or a stand-in for it. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

export type ProgressMode = "auto" | "plain" | "tty" | "quiet";
