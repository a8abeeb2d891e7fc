/** What `trace` takes beside the options of every run. */
export interface TraceOptions {
  /** The command, or empty: ENTRYPOINT and CMD of the stage. */
  readonly command: readonly string[];
  /** Ask the command to end after so long; null waits for its end. */
  readonly seconds: number | null;
  /** A shell command run beside the traced one, in a container of the builder that shares its network. */
  readonly probe: string | null;
  /** A shell command that succeeds once the traced one is ready for the probe. */
  readonly ready: string | null;
  /** The signal that asks the command to end. */
  readonly signal: number;
  readonly network: boolean;
  /** `NAME=VALUE`. */
  readonly env: readonly string[];
  /** Mounted read-only: on the engine's host, in the container. */
  readonly volumes: readonly (readonly [string, string])[];
  readonly user: string | null;
  readonly stdin: boolean;
  readonly tty: boolean;
  /** Add what is needed to the line, until nothing changes. */
  readonly addObserved: boolean;
  readonly saveTrace: string | null;
  readonly fromTrace: readonly string[];
}

/** A run that nobody limits is ended after an hour: a command that waits for something never ends. */
export const MAX_RUN_SECONDS = 3600;
