import type { BuildSettings } from "./settings.ts";

/** The address that stands for `host-gateway` until the engine's own is known. */
export const HOST_GATEWAY = "host-gateway";

/** The frontend's attributes for what `docker build` takes (docker/buildx build/opt.go, moby/buildkit client/solve.go). */
export function settingAttributes(settings: BuildSettings): Record<string, string> {
  const { addHosts, labels, cacheFrom, noCacheFilter, shmSize, ulimits, network } = settings;
  const labelAttributes = Object.entries(labels).map(([key, value]) => [`label:${key}`, value]);
  return {
    ...Object.fromEntries(labelAttributes),
    ...(network !== "default" && { "force-network-mode": network }),
    ...(addHosts.length > 0 && { "add-hosts": addHosts.map(({ name, address }) => `${name}=${address}`).join(",") }),
    ...(noCacheFilter.length > 0 && { "no-cache": noCacheFilter.join(",") }),
    ...(shmSize !== null && { "shm-size": String(shmSize) }),
    ...(ulimits.length > 0 && { ulimit: ulimits.join(",") }),
    ...(cacheFrom.length > 0 && cacheAttributes(cacheFrom)),
    ...(Object.keys(settings.contexts).length > 0 && {
      "frontend.caps": "moby.buildkit.frontend.contexts+forward",
    }),
    // The frontend that a syntax line would choose counts as chosen.
    ...(settings.builtinFrontend && { cmdline: "dockerfile.v0" }),
  };
}

/** Two spellings: `cache-from` for frontends that know registries alone, `cache-imports` for all others. */
function cacheAttributes(references: readonly string[]): Record<string, string> {
  const imports = references.map((ref) => ({ Type: "registry", Attrs: { ref } }));
  return { "cache-from": references.join(","), "cache-imports": JSON.stringify(imports) };
}

/** What the engine has to allow: the host's network alone (moby/buildkit util/entitlements). */
export function entitlements({ network }: BuildSettings): readonly string[] {
  return network === "host" ? ["network.host"] : [];
}
