import { stat } from "node:fs/promises";
import { MsbDepsError } from "../../errors.ts";
import type { SecretSource } from "../build/settings.ts";
import type { Surroundings } from "../surroundings.ts";

/** BuildKit refuses a larger one (session/secrets, MaxSecretSize). */
const MAX_BYTES = 500 * 1024;

/** Gives a secret's value to the engine when a step asks for it; null for an id that was not given. */
export type SecretStore = (id: string) => Promise<Uint8Array | null>;

/**
 * The secrets of a build. Values are read when they are asked for and kept nowhere; that each is there is looked at now.
 * @throws MsbDepsError `usage` for a file that is not there or too large, and a variable that is not set
 */
export async function secretStore(secrets: readonly SecretSource[], at: Surroundings): Promise<SecretStore> {
  for (const secret of secrets) await requireSecret(secret, at);
  const byId = new Map(secrets.map((secret) => [secret.id, secret.from]));
  return async (id) => {
    const from = byId.get(id);
    if (from === undefined) return null;
    if (from.kind === "env") return Buffer.from(at.env[from.name] ?? "");
    return at.readFile(from.path);
  };
}

async function requireSecret({ id, from }: SecretSource, at: Surroundings): Promise<void> {
  if (from.kind === "env") {
    if (at.env[from.name] === undefined) throw unusable(id, `the environment has no variable ${from.name}`);
    return;
  }
  const info = await stat(from.path).catch((cause: unknown) => {
    throw unusable(id, `there is no file ${from.path} that can be read`, cause);
  });
  if (!info.isFile()) throw unusable(id, `${from.path} is no file`);
  if (info.size > MAX_BYTES) throw unusable(id, `${from.path} is larger than 500 KiB, the most that BuildKit takes`);
}

function unusable(id: string, why: string, cause?: unknown): MsbDepsError {
  return new MsbDepsError("usage", `the secret ${id} cannot be given: ${why}.`, {
    hint: "Name its place: --secret id=NAME,src=FILE or --secret id=NAME,env=VARIABLE.",
    cause,
  });
}
