import type Docker from "dockerode";
import { MsbDepsError } from "../../base/errors.ts";
import type { GrpcClient } from "../grpc/client.ts";
import { ListWorkersResponse } from "../wire/messages.ts";
import { HOST_GATEWAY } from "./setting-attributes.ts";

/** Under this label newer engines tell it (moby builder/builder-next/worker/label). */
const LABEL = "org.mobyproject.buildkit.worker.moby.host-gateway-ip";

type Attributes = Readonly<Record<string, string>>;

/**
 * Puts the address of the engine's host in the place of `host-gateway`; BuildKit takes addresses alone. Engines before
 * 23.0 do not tell it; what they would use is the gateway of their default bridge.
 * @throws MsbDepsError `engine` where neither is known
 */
export async function withHostGateway(docker: Docker, client: GrpcClient, attributes: Attributes): Promise<Attributes> {
  const hosts = attributes["add-hosts"]?.split(",") ?? [];
  if (!hosts.some((host) => host.endsWith(`=${HOST_GATEWAY}`))) return attributes;
  const address = (await toldByWorker(client)) ?? (await gatewayOfBridge(docker));
  if (address === null) {
    throw new MsbDepsError("engine", "the engine does not tell the address that host-gateway stands for.", {
      tried: [`the label ${LABEL} of its BuildKit worker`, "the gateway of its network bridge"],
      hint: "Give --add-host the address itself.",
    });
  }
  const known = hosts.map((host) => host.replace(new RegExp(`=${HOST_GATEWAY}$`), `=${address}`));
  return { ...attributes, "add-hosts": known.join(",") };
}

async function toldByWorker(client: GrpcClient): Promise<string | null> {
  const answer = await client.unary("/moby.buildkit.v1.Control/ListWorkers", new Uint8Array());
  const { record } = ListWorkersResponse.decode(answer);
  return record.map(({ labels }) => labels[LABEL]).find((address) => address) ?? null;
}

async function gatewayOfBridge(docker: Docker): Promise<string | null> {
  const network = await docker
    .getNetwork("bridge")
    .inspect()
    .catch(() => null);
  const networks = network?.IPAM?.Config ?? [];
  return networks.map(({ Gateway }) => Gateway).find((address) => address) ?? null;
}
