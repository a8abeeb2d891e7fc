import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parseEnv } from "node:util";
import * as v from "valibot";
import { parse } from "yaml";
import { MsbDepsError, reasonOf } from "../../base/errors.ts";
import { checked, list, mapOf, Refusal, type Schema, text } from "../../base/schema.ts";
import type { Io } from "../options.ts";
import { readGiven } from "../read-given.ts";
import { type Description, describedTarget } from "./described.ts";
import { askDocker } from "./docker.ts";
import { interpolate, RequiredVariable } from "./interpolate.ts";
import type { Target } from "./target.ts";

/** What is read of a service; the rest of a compose file says nothing about builds. */
interface Service {
  readonly build?: string | Build | undefined;
  readonly platform?: string | undefined;
}

interface Build {
  readonly context?: string | undefined;
  readonly dockerfile?: string | undefined;
  readonly dockerfile_inline?: string | undefined;
  readonly target?: string | undefined;
  readonly args?: Pairs | undefined;
  readonly additional_contexts?: Pairs | undefined;
}

/** `NAME: value`, or `NAME=value` a line. */
type Pairs = Readonly<Record<string, string | number | boolean | null>> | readonly string[];

const MAX_BYTES = 8 * 2 ** 20;

/**
 * The builds of a compose file, a service each. `docker compose config` reads it if that is there, with all that it knows of
 * includes and profiles; else it is read here.
 * @throws MsbDepsError `usage` if it cannot be read, or describes no build
 */
export async function composeTargets(file: string, io: Pick<Io, "env" | "signal" | "messages">): Promise<Target[]> {
  const services = (await throughDocker(file, io)) ?? (await ownReading(file, io));
  const builds = Object.entries(services).flatMap(([name, service]) => described(name, service, file) ?? []);
  if (builds.length > 0) return builds.flatMap((one) => describedTarget(one, io) ?? []);
  throw new MsbDepsError("usage", `${file} describes no build: none of its services has build.`, {
    hint: "Pass the Dockerfiles themselves.",
  });
}

async function throughDocker(file: string, io: Pick<Io, "env" | "signal">) {
  const known = await askDocker(["compose", "version"], file, io);
  if (known.kind === "failed") return null;
  const args = ["compose", "--file", resolve(file), "--profile", "*", "config", "--format", "json"];
  const answer = await askDocker(args, file, io);
  if (answer.kind === "printed") return servicesOf(file, () => JSON.parse(answer.text));
  throw new MsbDepsError("usage", `docker compose config rejects ${file}:`, {
    output: answer.lines,
    hint: "Correct the file, or pass the Dockerfiles themselves.",
  });
}

async function ownReading(file: string, { env, signal }: Pick<Io, "env" | "signal">) {
  const variables = { ...environmentFile(join(dirname(file), ".env")), ...env };
  const content = await readGiven(file, MAX_BYTES, signal).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw unreadable(file, reasonOf(cause), cause);
  });
  return servicesOf(file, () => filled(parse(content.toString("utf8"), { merge: true }), variables));
}

/** The variables of the file that compose reads by itself. */
function environmentFile(path: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(path, "utf8"));
  } catch {
    return {};
  }
}

/** Every text of a value with its variables replaced. */
function filled(value: unknown, variables: Readonly<Record<string, string | undefined>>): unknown {
  if (typeof value === "string") return interpolate(value, variables);
  if (Array.isArray(value)) return value.map((one) => filled(one, variables));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, filled(one, variables)]));
}

const scalar = v.union([text, v.number(), v.boolean(), v.null()], "is not a text");
const pairs: Schema<Pairs> = v.union(
  [list(text), mapOf<string | number | boolean | null>(scalar)],
  "is not a map or list",
);
const build: Schema<Build> = v.object({
  context: v.optional(text),
  dockerfile: v.optional(text),
  dockerfile_inline: v.optional(text),
  target: v.optional(text),
  args: v.optional(pairs),
  additional_contexts: v.optional(pairs),
});
const service: Schema<Service> = v.object(
  { build: v.optional(v.union([text, build], "is not a build")), platform: v.optional(text) },
  "is not an object",
);
const composeFile = v.object({ services: v.optional(mapOf(service), {}) }, "is not a compose file");

function servicesOf(file: string, read: () => unknown): Readonly<Record<string, Service>> {
  try {
    return checked(composeFile, read()).services;
  } catch (cause) {
    if (cause instanceof Refusal || cause instanceof RequiredVariable || cause instanceof SyntaxError)
      throw unreadable(file, cause.message, cause);
    if (cause instanceof Error && cause.name.startsWith("YAML")) throw unreadable(file, cause.message, cause);
    throw cause;
  }
}

function unreadable(file: string, why: string, cause: unknown): MsbDepsError {
  return new MsbDepsError(
    "usage",
    `${file} could not be read as a compose file: ${why.split("\n")[0]?.replace(/[.:]$/, "")}.`,
    {
      hint: "Correct it, or pass the Dockerfiles themselves.",
      cause,
    },
  );
}

function described(name: string, { build, platform }: Service, file: string): Description | null {
  if (build === undefined) return null;
  const spec: Build = typeof build === "string" ? { context: build } : build;
  return {
    name: `service ${name}`,
    file,
    home: dirname(resolve(file)),
    context: spec.context,
    dockerfile: spec.dockerfile,
    inline: spec.dockerfile_inline,
    target: spec.target,
    args: pairsOf(spec.args),
    contexts: pairsOf(spec.additional_contexts),
    platform,
  };
}

function pairsOf(given: Pairs = {}): Description["args"] {
  if (!isLines(given)) return given;
  return Object.fromEntries(
    given.map((line) => {
      const equals = line.indexOf("=");
      return equals < 0 ? [line, null] : [line.slice(0, equals), line.slice(equals + 1)];
    }),
  );
}

function isLines(given: Pairs): given is readonly string[] {
  return Array.isArray(given);
}
