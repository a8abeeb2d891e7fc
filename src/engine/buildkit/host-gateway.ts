import { isIPv4 } from "node:net";
import type Docker from "dockerode";
import { MsbDepsError } from "../../base/errors.ts";
import type { GrpcClient } from "../grpc/client.ts";
import { statusCode } from "../transport.ts";
import { ListWorkersResponse } from "../wire/messages.ts";
import { HOST_GATEWAY } from "./setting-attributes.ts";

/** Under this label newer engines tell it (moby builder/builder-next/worker/label). */
const LABEL = "org.mobyproject.buildkit.worker.moby.host-gateway-ip";

type Attributes = Readonly<Record<string, string>>;

/**
 * Puts the address of the engine's host in the place of `host-gateway`; BuildKit takes addresses alone. Engines before
 * 23.0 do not report it; they would use their own address on the default bridge.
 * @throws MsbDepsError `engine` if neither is known
 */
export async function withHostGateway(docker: Docker, client: GrpcClient, attributes: Attributes): Promise<Attributes> {
  const hosts = attributes["add-hosts"]?.split(",") ?? [];
  if (!hosts.some((host) => host.endsWith(`=${HOST_GATEWAY}`))) return attributes;
  const address = (await toldByWorker(client)) ?? (await gatewayOfBridge(docker));
  if (address === null) {
    throw new MsbDepsError("engine", "the engine does not report the address of host-gateway.", {
      tried: [`the label ${LABEL} of its BuildKit worker`, "the gateway and the subnet of its network bridge"],
      hint: "Pass the address itself to --add-host.",
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
    .catch((error: unknown) => {
      if (statusCode(error) === null) throw error;
      return null;
    });
  return bridgeAddress(network?.IPAM?.Config ?? []);
}

/** One entry of `IPAM.Config` in the answer to `GET /networks/bridge`. */
interface AddressPool {
  readonly Subnet?: string | undefined;
  readonly IPRange?: string | undefined;
  readonly Gateway?: string | undefined;
}

/**
 * The address of the engine's host on its default bridge. An engine that has just created the bridge (`docker0`) reports
 * no gateway until it is restarted. It gave the bridge the first address that is free: of `IPRange` (`--fixed-cidr`),
 * else of `Subnet`, whose own address is reserved. moby/libnetwork ipam/allocator.go (getAddress, getAddressRange)
 */
export function bridgeAddress(pools: readonly AddressPool[]): string | null {
  const known = pools.map(({ Gateway }) => Gateway).find((address) => address);
  if (known !== undefined) return known;
  const pool = pools.find(({ Subnet }) => isIPv4(startOf(Subnet)));
  if (pool === undefined) return null;
  const [subnet, range] = [startOf(pool.Subnet), startOf(pool.IPRange)];
  return isIPv4(range) && range !== subnet ? range : next(subnet);
}

/** The address in `address/bits`. */
const startOf = (pool = ""): string => pool.split("/")[0] ?? "";

/** The IPv4 address after a network's own, whose last byte has room. */
const next = (address: string): string => address.replace(/\d+$/, (last) => String(Number(last) + 1));
