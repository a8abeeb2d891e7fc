import { MsbDepsError } from "../base/errors.ts";
import { errorCode } from "./surroundings.ts";

/** Why an engine that answered before is out of reach, as the end of a sentence. */
export interface Loss {
  readonly why: string;
  /** It is silent, not gone: more time might help. */
  readonly silent: boolean;
}

/** The connection ended where more was to come. */
export const CLOSED: Loss = { why: "the connection was closed", silent: false };

/** Nothing came for so long. */
export function silentFor(milliseconds: number): Loss {
  return { why: `no answer for ${Math.round(milliseconds / 100) / 10} s`, silent: true };
}

/** What came is not what the engine's API answers. */
export function malformed(what: string): Loss {
  return { why: `the answer is not ${what}`, silent: false };
}

/** An engine that is lost in the middle of a run. */
export class EngineLost extends MsbDepsError {
  readonly loss: Loss;

  /** @param doing the phase, as in "creating a container" */
  constructor(doing: string, loss: Loss, cause?: unknown) {
    const look = "Check that the engine still runs (`docker info`) and what its log says, then run msb-deps again";
    super("engine-lost", `the container engine was lost while ${doing}: ${loss.why}.`, {
      hint: loss.silent ? `${look}; --engine-timeout gives a slow engine more time.` : `${look}.`,
      cause,
    });
    this.loss = loss;
  }
}

/** What a failed request or stream says about the connection. */
export function lossOf(error: unknown): Loss {
  const code = errorCode(error) ?? "";
  if (code.startsWith("HPE_")) return malformed("valid HTTP");
  if (code.startsWith("ERR_HTTP2_")) return malformed("valid HTTP/2");
  switch (code) {
    case "ECONNREFUSED":
      return { why: "connection refused", silent: false };
    case "ENOENT":
      return { why: "the socket is gone", silent: false };
    case "ETIMEDOUT":
      return { why: "the connection timed out", silent: true };
    case "ECONNRESET":
    case "EPIPE":
    case "ERR_STREAM_PREMATURE_CLOSE":
    case "ERR_STREAM_DESTROYED":
      return CLOSED;
    default:
      return { why: error instanceof Error && error.message !== "" ? error.message : CLOSED.why, silent: false };
  }
}

/** The phase of a run that a request of the engine's API belongs to, as it follows "while". */
export function phaseOf(method: string, path: string): string {
  const request = `${method} ${path.replace(/\?.*/s, "").replace(/^https?:\/\/[^/]*/, "")}`;
  return PHASES.find(([pattern]) => pattern.test(request))?.[1] ?? `it was asked for ${request}`;
}

const PHASES: readonly (readonly [RegExp, string])[] = [
  [/^POST \/session$/, "opening the build session"],
  [/^POST \/grpc$/, "connecting to BuildKit"],
  [/^POST (\/build|\/moby\.buildkit\.v1\.Control\/Solve)$/, "building"],
  [/^GET \/images\/.*\/json$/, "inspecting an image"],
  [/^(DELETE \/images\/|POST .*\/libpod\/images\/.*\/untag$)/, "removing an image tag"],
  [/^POST \/containers\/create$/, "creating a container"],
  [/^POST \/containers\/[^/]+\/attach$/, "attaching to a container"],
  [/^POST \/containers\/[^/]+\/start$/, "starting a container"],
  [/^POST \/containers\/[^/]+\/wait$/, "waiting for a container"],
  [/^GET \/containers\/[^/]+\/json$/, "checking a container"],
  [/^GET \/containers\/[^/]+\/archive$/, "reading files of an image"],
  [/^DELETE \/containers\//, "removing a container"],
  [/^GET \/networks\//, "inspecting a network"],
];
