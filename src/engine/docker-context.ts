import { createHash } from "node:crypto";
import { join } from "node:path";
import type { Tls } from "./address.ts";
import { asRecord, asText, configFolder } from "./docker-config.ts";
import { readIfThere, type Surroundings } from "./surroundings.ts";

/** A docker context's engine. */
export interface ContextEndpoint {
  readonly host: string;
  readonly tls: Tls | null;
}

/**
 * The engine of a named docker context, or null where no such context exists. A context is the folder named by the
 * SHA-256 of its name, its certificates lie apart (docker/cli cli/context/store).
 */
export async function readContext(name: string, at: Surroundings): Promise<ContextEndpoint | null> {
  const folder = createHash("sha256").update(name).digest("hex");
  const store = join(configFolder(at), "contexts");
  const meta = await readIfThere(at, join(store, "meta", folder, "meta.json"));
  if (meta === null) return null;
  const endpoint = asRecord(asRecord(asRecord(JSON.parse(meta.toString("utf8"))).Endpoints).docker);
  const host = asText(endpoint.Host);
  if (host === null) return null;
  const tls = await readTls(join(store, "tls", folder, "docker"), at);
  if (tls === null && endpoint.SkipTLSVerify !== true) return { host, tls: null };
  return { host, tls: { ca: null, cert: null, key: null, ...tls, verify: endpoint.SkipTLSVerify !== true } };
}

/** The certificates in a folder (ca.pem, cert.pem, key.pem), or null where there is none of them. */
export async function readTls(folder: string, at: Surroundings): Promise<Tls | null> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((file) => readIfThere(at, join(folder, file))),
  );
  if (!ca && !cert && !key) return null;
  return { ca: ca ?? null, cert: cert ?? null, key: key ?? null, verify: true };
}
