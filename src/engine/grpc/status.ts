/** The codes that are used here. https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const GrpcCode = { ok: 0, cancelled: 1, unknown: 2, notFound: 5, unimplemented: 12, unavailable: 14 } as const;

/** A call that did not end with OK. `details` is `grpc-status-details-bin`, decoded from base64. */
export class GrpcError extends Error {
  readonly code: number;
  readonly details: Buffer | null;

  constructor(code: number, message: string, details: Buffer | null = null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "GrpcError";
    this.code = code;
    this.details = details;
  }
}

/** `grpc-message` is percent-encoded; what cannot be decoded is shown as it came. */
export function decodeMessage(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function encodeMessage(text: string): string {
  return encodeURIComponent(text).replaceAll("%20", " ");
}
