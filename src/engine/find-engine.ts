import { MsbDepsError } from "../base/errors.ts";
import type { Candidate, Endpoint } from "./address.ts";
import { endpointCandidates } from "./endpoint.ts";
import type { NamedEndpoint } from "./named-endpoint.ts";
import { type Ping, ping } from "./probe.ts";
import { errorCode, type Surroundings } from "./surroundings.ts";

/** An engine that answered. */
export interface Found {
  readonly endpoint: Endpoint;
  readonly ping: Ping;
}

interface Failure {
  readonly candidate: Candidate;
  readonly code: string | null;
  readonly reason: string;
}

/** The first candidate that answers a ping; where none does, says of each why. */
export async function findEngine(at: Surroundings, signal: AbortSignal, named?: NamedEndpoint): Promise<Found> {
  const failures: Failure[] = [];
  for (const candidate of await endpointCandidates(at, named)) {
    if ("problem" in candidate) {
      failures.push({ candidate, code: "UNUSABLE", reason: candidate.problem });
      continue;
    }
    try {
      return { endpoint: candidate, ping: await ping(candidate, at, signal) };
    } catch (error) {
      if (signal.aborted) throw new MsbDepsError("interrupted", "interrupted while looking for a container engine.");
      failures.push({ candidate, code: errorCode(error), reason: reasonOf(error) });
    }
  }
  throw new MsbDepsError("no-engine", "no container engine answers.", {
    tried: failures.map(({ candidate, reason }) => `${candidate.url} (${candidate.source}): ${reason}`),
    hint: likeliestFix(failures, at.platform),
  });
}

function reasonOf(error: unknown): string {
  switch (errorCode(error)) {
    case "ENOENT":
      return "there is no such socket";
    case "EACCES":
      return "permission denied";
    case "ECONNREFUSED":
      return "nobody listens there";
    case "ENOTFOUND":
      return "the host name is not known";
    default:
      return tlsReason(errorCode(error) ?? "") ?? (error instanceof Error ? error.message : String(error));
  }
}

/** OpenSSL's words for a certificate that one side does not take, as a user can use them. */
function tlsReason(code: string): string | null {
  if (/_ALERT_(BAD_CERTIFICATE|CERTIFICATE_REQUIRED|CERTIFICATE_UNKNOWN|UNKNOWN_CA|HANDSHAKE_FAILURE)$/.test(code))
    return "it does not take our certificate (cert.pem and key.pem)";
  if (/^(DEPTH_ZERO_)?SELF_SIGNED_CERT|^UNABLE_TO_(VERIFY|GET_ISSUER)|^CERT_SIGNATURE_FAILURE$/.test(code))
    return "its certificate is not one of the authority that we know (ca.pem)";
  return code === "CERT_HAS_EXPIRED" ? "its certificate has expired" : null;
}

/** An engine that is there and refuses us is nearer to a fix than one that is not there. */
function likeliestFix(failures: readonly Failure[], platform: NodeJS.Platform): string {
  const refused = failures.find(({ code }) => code === "EACCES");
  if (refused) {
    return `An engine is there at ${refused.candidate.url}, and you may not use it: add your user to the docker group (sudo usermod -aG docker "$USER", then log in again), or run this with sudo.`;
  }
  const named = failures[0]?.candidate.source;
  if (named === "--host") return "Correct --host, or leave it out to let msb-deps look where docker would.";
  if (named === "DOCKER_HOST") return "Correct DOCKER_HOST, or unset it to let msb-deps look at the usual places.";
  if (named?.startsWith("docker context"))
    return "Start that context's engine, or choose another: --docker-context NAME, or docker context use default.";
  const dead = failures.find(({ code }) => code === "ECONNREFUSED");
  if (dead)
    return `Start the engine of ${dead.candidate.url}${platform === "linux" ? " (sudo systemctl start docker)" : ""}.`;
  return "Install Docker (https://docs.docker.com/engine/install/) or start it, or set DOCKER_HOST to an engine.";
}
