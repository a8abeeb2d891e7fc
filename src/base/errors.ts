/** What kind of trouble stopped the run. Codes are permanent; wording may change. */
export type ErrorCode =
  | "usage"
  | "interrupted"
  | "timeout"
  | "no-engine"
  | "engine"
  | "engine-lost"
  | "dockerfile-missing"
  | "dockerfile-empty"
  | "dockerfile-syntax"
  | "stage-missing"
  | "build-failed"
  | "image-missing"
  | "artifact-missing"
  | "no-artifacts"
  | "no-dpkg"
  | "look-failed"
  | "apt-failed"
  | "run-failed"
  | "snapshot-invalid"
  | "oci-invalid"
  | "rootfs-missing"
  | "base-unknown"
  | "mappings";

/**
 * A failure that we understand. It is shown as one paragraph: what failed, what was tried, what to do next. Every
 * other error is a fault of ours and keeps its stack.
 */
export class MsbDepsError extends Error {
  readonly code: ErrorCode;
  /** What was tried before giving up, one sentence fragment each. */
  readonly tried: readonly string[];
  /** What the user can do next, a full sentence. */
  readonly hint: string | null;

  constructor(
    code: ErrorCode,
    message: string,
    details: { tried?: readonly string[]; hint?: string; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "MsbDepsError";
    this.code = code;
    this.tried = details.tried ?? [];
    this.hint = details.hint ?? null;
  }

  /** The exit code of the process: 130 interrupted (128 + SIGINT), else 2. */
  get exitCode(): number {
    return this.code === "interrupted" ? 130 : 2;
  }
}

/** Why a run was stopped: the reason that its signal was aborted with. */
export function stopReason({ reason }: AbortSignal): MsbDepsError {
  return reason instanceof MsbDepsError ? reason : new MsbDepsError("interrupted", "interrupted.", { cause: reason });
}

/** @throws MsbDepsError `interrupted` or `timeout` if the run was stopped */
export function throwIfStopped(signal: AbortSignal): void {
  if (signal.aborted) throw stopReason(signal);
}
