/** What kind of trouble stopped the run. Codes are permanent; wording may change. */
export type ErrorCode =
  | "usage"
  | "interrupted"
  | "no-engine"
  | "engine"
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
  | "mappings"
  | "write-failed"
  | "output-closed";

/**
 * The reason of a failed system call in words: `no space left on device (ENOSPC)`; of any other error its message.
 * Node's own text names the call and a path, which may be that of a temporary file.
 */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [, code, words] = /^([A-Z][A-Z0-9]+): ([^,]+)/.exec(error.message) ?? [];
  return code === undefined || !("syscall" in error) ? error.message : `${words} (${code})`;
}

/**
 * A failure that we understand. It is shown as one paragraph: what failed, what was tried, what to do next. Every
 * other error is a fault of ours and keeps its stack.
 */
export class MsbDepsError extends Error {
  readonly code: ErrorCode;
  /** The last lines that a failed program printed; the message says so. */
  readonly output: readonly string[];
  /** What was tried before giving up, one sentence fragment each. */
  readonly tried: readonly string[];
  /** What the user can do next, a full sentence. */
  readonly hint: string | null;

  constructor(
    code: ErrorCode,
    message: string,
    details: { output?: readonly string[]; tried?: readonly string[]; hint?: string; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = "MsbDepsError";
    this.code = code;
    this.output = details.output ?? [];
    this.tried = details.tried ?? [];
    this.hint = details.hint ?? null;
  }

  /**
   * The exit code of the process: 130 interrupted (128 + SIGINT), 141 where the reader of the result has gone, as a shell
   * shows for a program that SIGPIPE ended (128 + SIGPIPE), else 2.
   */
  get exitCode(): number {
    if (this.code === "interrupted") return 130;
    return this.code === "output-closed" ? 141 : 2;
  }
}
