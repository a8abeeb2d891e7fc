import type { BuildEvent } from "../engine/engine.ts";

/** Shows a build while it goes on. */
export interface Progress {
  event(event: BuildEvent): void;
  /** Ends the display; what is still shown is taken away or completed. */
  end(): void;
}

export type ProgressMode = "auto" | "plain" | "tty" | "quiet";
