import { isIP } from "node:net";
import { InvalidArgumentError } from "commander";
import type { AddedHost, SecretSource, SshForward } from "../engine/buildkit/settings.ts";

/** How `docker build` reads the values of its options; each takes one value and what came before it. */

/**
 * `id=ID[,type=file|env][,src=PATH|env=NAME]`. Without a place the value is the environment's variable of that name, else
 * the file of that name. https://docs.docker.com/reference/cli/docker/buildx/build/#secret
 */
export function secret(
  value: string,
  before: readonly SecretSource[] | undefined,
  env: Readonly<Record<string, string | undefined>>,
): SecretSource[] {
  const fields = new Map<string, string>();
  for (const part of value.split(",")) {
    const [key, text] = cutAt(part, "=");
    const known = { id: "id", type: "type", src: "src", source: "src", env: "env" }[key.trim().toLowerCase()];
    if (known === undefined || text === null)
      throw new InvalidArgumentError("use id=NAME,src=FILE or id=NAME,env=VARIABLE.");
    fields.set(known, text);
  }
  const id = fields.get("id");
  const type = fields.get("type");
  if (!id) throw new InvalidArgumentError("an id is required, as in id=NAME,src=FILE.");
  if (type !== undefined && type !== "file" && type !== "env")
    throw new InvalidArgumentError("type must be file or env.");
  return [...(before ?? []), { id, from: secretPlace(id, fields, env) }];
}

function secretPlace(
  id: string,
  fields: ReadonlyMap<string, string>,
  env: Readonly<Record<string, string | undefined>>,
): SecretSource["from"] {
  const [type, src, name] = [fields.get("type"), fields.get("src"), fields.get("env")];
  const fromEnv = (variable: string): SecretSource["from"] => {
    if (env[variable] === undefined)
      throw new InvalidArgumentError(`environment variable ${variable} for the secret ${id} is not set.`);
    return { kind: "env", name: variable };
  };
  if (name !== undefined && src !== undefined) throw new InvalidArgumentError("give src or env, not both.");
  if (name !== undefined) return fromEnv(name);
  // As in Docker, type=env makes a variable of src.
  if (type === "env") return fromEnv(src ?? id);
  if (src !== undefined) return { kind: "file", path: src };
  return type !== "file" && env[id] !== undefined ? fromEnv(id) : { kind: "file", path: id };
}

/** `default`, `ID` or `ID=SOCKET`. https://docs.docker.com/reference/cli/docker/buildx/build/#ssh */
export function ssh(value: string, before: readonly SshForward[] | undefined): SshForward[] {
  const [id, path] = cutAt(value, "=");
  if (id === "" || path === "") throw new InvalidArgumentError("use default, or ID=SOCKET.");
  if (path?.includes(",")) throw new InvalidArgumentError("give one agent socket per id.");
  return [...(before ?? []), { id, socket: path }];
}

/** `NAME=PATH|URL|docker-image://…`. https://docs.docker.com/reference/cli/docker/buildx/build/#build-context */
export function buildContext(
  value: string,
  before: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const [name, place] = cutAt(value, "=");
  if (name === "" || !place)
    throw new InvalidArgumentError("use NAME=DIRECTORY, NAME=URL or NAME=docker-image://IMAGE.");
  if (place.startsWith("oci-layout://"))
    throw new InvalidArgumentError(
      "oci-layout:// is not supported; load the image into the engine and use docker-image://.",
    );
  return { ...before, [contextName(name)]: place };
}

/** The frontend looks names up in their short form (docker/buildx, ParseContextNames): docker.io/library/a:latest is a. */
function contextName(name: string): string {
  return name
    .replace(/^(index\.)?docker\.io\//, "")
    .replace(/^library\//, "")
    .replace(/:latest$/, "");
}

/** `HOST=IP` or `HOST:IP`, and `host-gateway` for the IP. */
export function addHost(value: string, before: readonly AddedHost[] | undefined): AddedHost[] {
  const [name, given] = cutAt(value, value.includes("=") ? "=" : ":");
  const address = given?.replace(/^\[(.*)\]$/, "$1") ?? "";
  if (name === "" || /[\s,]/.test(name) || (address !== "host-gateway" && isIP(address) === 0))
    throw new InvalidArgumentError("use HOST=IP, or HOST=host-gateway.");
  return [...(before ?? []), { name, address }];
}

/** `KEY` or `KEY=VALUE`. */
export function label(value: string, before: Readonly<Record<string, string>> | undefined): Record<string, string> {
  const [key, text] = cutAt(value, "=");
  if (key === "") throw new InvalidArgumentError("a key is required, as in KEY=VALUE.");
  return { ...before, [key]: text ?? "" };
}

/** `REF` or `type=registry,ref=REF`; other caches need services of Docker's own client. */
export function cacheFrom(value: string, before: readonly string[] | undefined): string[] {
  const fields = Object.fromEntries(value.split(",").map((part) => cutAt(part, "=")));
  const [ref, isPlain] = value.includes("=") ? [fields.ref, false] : [value, true];
  if (!ref || (!isPlain && fields.type !== "registry"))
    throw new InvalidArgumentError("use an image reference, or type=registry,ref=REF; no other type is supported.");
  return [...(before ?? []), ref];
}

export function noCacheFilter(value: string, before: readonly string[] | undefined): string[] {
  return [
    ...(before ?? []),
    ...value
      .split(",")
      .map((stage) => stage.trim())
      .filter((stage) => stage !== ""),
  ];
}

/** A size as docker reads it: `64m`, `1g`, `1048576`; units are powers of 1024 (docker/go-units, RAMInBytes). */
export function size(value: string): number {
  const match = /^(\d+(?:\.\d+)?) ?([bkmgtp]?)(i?b)?$/i.exec(value.trim());
  const power = "bkmgtp".indexOf(match?.[2]?.toLowerCase() || "b");
  const bytes = Math.floor(Number(match?.[1]) * 1024 ** power);
  if (match === null || bytes <= 0 || !Number.isSafeInteger(bytes))
    throw new InvalidArgumentError("give a size, as in 64m or 1g.");
  return bytes;
}

const ULIMITS = "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
  " ",
);

/** `TYPE=SOFT[:HARD]` (docker/go-units, ParseUlimit). */
export function ulimit(value: string, before: readonly string[] | undefined): string[] {
  const match = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(value);
  const [, type = "", soft = "", hard = soft] = match ?? [];
  if (match === null) throw new InvalidArgumentError("use TYPE=SOFT or TYPE=SOFT:HARD, as in nofile=1024:2048.");
  if (!ULIMITS.includes(type)) throw new InvalidArgumentError(`type must be one of ${ULIMITS.join(", ")}.`);
  const [low, high] = [Number(soft), Number(hard)];
  if (low < -1 || high < -1) throw new InvalidArgumentError("a limit must be a number, or -1 for no limit.");
  if (high !== -1 && (low > high || low === -1))
    throw new InvalidArgumentError("the soft limit is above the hard one.");
  return [...(before ?? []), `${type}=${soft}:${hard}`];
}

/** The parts before and after the first separator; null if there is none. */
function cutAt(text: string, separator: string): [string, string | null] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + separator.length)];
}
