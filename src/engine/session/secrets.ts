import { stat } from "node:fs/promises";
import { MsbDepsError } from "../../base/errors.ts";
import type { SecretSource } from "../buildkit/settings.ts";
import type { Surroundings } from "../surroundings.ts";

/** BuildKit refuses a larger one (session/secrets, MaxSecretSize). */
const MAX_BYTES = 500 * 1024;

/** The secrets of one build. */
export interface SecretStore {
  /** A secret's value, for a step that asks for it; null for an id that was not given. */
  get(id: string): Promise<Uint8Array | null>;
  /** The values that were asked for so far: what must not show up in the build's output. */
  given(): readonly Uint8Array[];
}

/**
 * The secrets of a build. Values are read when they are asked for, and written nowhere; that each is there is looked at now.
 * @throws MsbDepsError `usage` for a file that is not there or too large, and a variable that is not set
 */
export async function secretStore(secrets: readonly SecretSource[], at: Surroundings): Promise<SecretStore> {
  for (const secret of secrets) await requireSecret(secret, at);
  const byId = new Map(secrets.map((secret) => [secret.id, secret.from]));
  const given = new Map<string, Uint8Array>();
  return {
    async get(id) {
      const from = byId.get(id);
      if (from === undefined) return null;
      const value = from.kind === "env" ? Buffer.from(at.env[from.name] ?? "") : await at.readFile(from.path);
      given.set(id, value);
      return value;
    },
    given: () => [...given.values()],
  };
}

async function requireSecret({ id, from }: SecretSource, at: Surroundings): Promise<void> {
  if (from.kind === "env") {
    if (at.env[from.name] === undefined) throw unusable(id, `environment variable ${from.name} is not set`);
    return;
  }
  const info = await stat(from.path).catch((cause: unknown) => {
    throw unusable(id, `cannot read ${from.path}`, cause);
  });
  if (!info.isFile()) throw unusable(id, `${from.path} is not a file`);
  if (info.size > MAX_BYTES) throw unusable(id, `${from.path} is larger than 500 KiB, BuildKit's limit`);
}

function unusable(id: string, why: string, cause?: unknown): MsbDepsError {
  return new MsbDepsError("usage", `cannot pass the secret ${id}: ${why}.`, {
    hint: "Give its source: --secret id=NAME,src=FILE or --secret id=NAME,env=VARIABLE.",
    cause,
  });
}
