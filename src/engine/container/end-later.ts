import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Address } from "../address.ts";
import { requestOptions } from "../probe.ts";
import type { Surroundings } from "../surroundings.ts";

/** Has the engine kill a running container after so many seconds; what it returns says that it has ended. */
export type EndLater = (container: string, seconds: number) => () => void;

/**
 * A limit that holds when we are killed, whatever the image runs: a stop request sends the container's stop signal, which
 * nothing heeds (see `hardened`), waits so long, and then kills. The engine goes on with it when the request is cut off
 * (20.10, since 25.0) or kills at once then (23.0, 24.0). moby daemon/stop.go (containerStop)
 */
export function endLater(address: Address, env: Surroundings["env"]): EndLater {
  const send = address.kind === "tcp" && address.tls !== null ? httpsRequest : httpRequest;
  return (container, seconds) => {
    const path = `/containers/${container}/stop?t=${seconds}`;
    const request = send({ agent: false, ...requestOptions(address, env), method: "POST", path });
    // Its failure changes nothing for a run that goes on.
    request.on("error", () => {});
    request.on("response", (response) => response.on("error", () => {}).resume());
    request.end();
    return () => request.destroy();
  };
}
