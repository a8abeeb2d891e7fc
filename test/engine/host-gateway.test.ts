import { describe, expect, it } from "vitest";
import { bridgeAddress } from "../../src/engine/buildkit/host-gateway.ts";

describe("the address of the engine's host on the bridge", () => {
  it.each([
    ["the gateway, once the engine reports one", [{ Subnet: "172.17.0.0/16", Gateway: "172.17.0.9" }], "172.17.0.9"],
    // What Engine 20.10.24 answers when it has just created docker0, and the address that docker0 then has.
    ["the first of the subnet, of a new bridge", [{ Subnet: "172.17.0.0/16" }], "172.17.0.1"],
    ["the first of the range, of a new bridge", [{ Subnet: "172.17.0.0/16", IPRange: "172.17.5.0/24" }], "172.17.5.0"],
    ["a range at the start of the subnet", [{ Subnet: "10.8.0.0/16", IPRange: "10.8.0.0/24" }], "10.8.0.1"],
    ["a subnet inside a byte", [{ Subnet: "192.168.5.64/26" }], "192.168.5.65"],
    ["an IPv6 subnet before it", [{ Subnet: "fd00::/64" }, { Subnet: "172.18.0.0/16" }], "172.18.0.1"],
    ["no network", [], null],
    ["IPv6 alone", [{ Subnet: "fd00::/64" }], null],
  ])("%s", (_, pools, address) => {
    expect(bridgeAddress(pools)).toBe(address);
  });
});
