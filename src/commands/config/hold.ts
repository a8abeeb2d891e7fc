import { basename, dirname, relative, resolve, sep } from "node:path";
import type { AuditPolicy } from "../../audit/policy.ts";
import { findDockerfile } from "../dockerfile-input.ts";
import type { Target, TargetSettings } from "../files/target.ts";
import type { Io, RunOptions, ShowOptions } from "../options.ts";
import { findConfig } from "./find-config.ts";
import type { ConfigFile } from "./read-config.ts";
import { type Layer, type Merged, merge, type Settings, type Threshold } from "./settings.ts";

/** What holds for one Dockerfile: the options of the run, with what config file and description of the build set. */
export interface Held {
  readonly options: RunOptions;
  readonly policy: AuditPolicy;
  readonly failureThreshold: Threshold | null;
  readonly file: ConfigFile | null;
  readonly merged: Merged;
}

/** Reads the config file that counts for a Dockerfile (null: for the working directory), each file once. */
export type Configs = (dockerfile: string | null) => Promise<ConfigFile | null>;

/** The config files of a run. */
export function openConfigs({ config }: Pick<RunOptions, "config">, { signal }: Pick<Io, "signal">): Configs {
  const read = new Map<string, Promise<ConfigFile>>();
  return async (dockerfile) => {
    if (config === false) return null;
    const path = config ?? findConfig(dockerfile === null ? "." : dirname(dockerfile));
    if (path === null) return null;
    const known = read.get(path) ?? import("./read-config.ts").then((m) => m.readConfig(path, config === path, signal));
    read.set(path, known);
    return known;
  };
}

/** The config file of each Dockerfile of a run. */
export async function configsOf(
  { targets }: { readonly targets: readonly Pick<Target, "path">[] },
  configs: Configs,
): Promise<(ConfigFile | null)[]> {
  const files: (ConfigFile | null)[] = [];
  for (const { path } of targets) files.push(await configs(path));
  return files;
}

/**
 * Settles what holds for the Dockerfile of some options. Options win over the config file, and that wins over what a compose
 * or bake file says of the build.
 */
export async function hold(
  given: RunOptions,
  { configs, described = {} }: { readonly configs: Configs; readonly described?: TargetSettings },
): Promise<Held> {
  const path = await dockerfilePath(given);
  const file = await configs(path);
  const layers = [describedLayer(described), ...(file === null ? [] : layersFor(file, given, path))];
  const merged = merge(layers);
  const { settings } = merged;
  const from = file === null ? "" : basename(file.path);
  const keep = Object.entries(settings.keep ?? {}).map(([word, reason]) => ({ word, reason, from }));
  const policy: AuditPolicy = {
    ignore: new Set(settings.ignore),
    severity: settings.severity ?? {},
    kept: new Set(keep.map(({ word }) => word.split(":")[0] ?? word)),
  };
  const options = { ...filled(given, settings), keep };
  return { options, policy, failureThreshold: settings["failure-threshold"] ?? null, file, merged };
}

/** What is shown, with the formats of the config file if no options name any and all Dockerfiles have the same file. */
export function showAs(
  show: ShowOptions,
  command: keyof ConfigFile["formats"],
  files: readonly (ConfigFile | null)[],
): ShowOptions {
  const [first = null, ...others] = files;
  const outputs = first?.formats[command] ?? [];
  if (show.isDefault !== true || outputs.length === 0 || others.some((other) => other !== first)) return show;
  return { ...show, outputs };
}

async function dockerfilePath({ dockerfile }: RunOptions): Promise<string | null> {
  if (dockerfile === null || dockerfile === "-") return null;
  // One that is not there is an error where it is read.
  return findDockerfile(dockerfile).catch(() => dockerfile);
}

function describedLayer({ buildArgs, ...others }: TargetSettings): Layer {
  const settings = buildArgs === undefined ? others : { ...others, "build-args": buildArgs };
  return { settings, originOf: () => ({ kind: "described", name: "compose or bake file", line: null }) };
}

/** What a file sets for a Dockerfile. For an image without one, the settings of a build do not count. */
function layersFor(
  { directory, top, sections }: ConfigFile,
  { dockerfile, image, rootfs, oci }: RunOptions,
  path: string | null,
): Layer[] {
  const only = (names: readonly string[], keep: boolean) => (layer: Layer) => ({
    ...layer,
    settings: Object.fromEntries(Object.entries(layer.settings).filter(([name]) => names.includes(name) === keep)),
  });
  if (dockerfile === null) return [top].map(only(["keep", "ignore", "severity", "failure-threshold"], true));
  const name = path === null ? null : relative(directory, resolve(path)).split(sep).join("/");
  const matching = sections.filter(({ matches }) => name !== null && matches(name));
  const isBuilt = image === null && rootfs === null && oci === null;
  return [top, ...matching].map(only(isBuilt ? [] : ["context"], false));
}

function filled(options: RunOptions, settings: Settings): RunOptions {
  const { contexts } = options.settings;
  return {
    ...options,
    target: options.target ?? settings.target ?? null,
    runtime: options.runtime ?? settings.runtime ?? null,
    artifacts: options.artifacts.length > 0 ? options.artifacts : (settings.artifacts ?? []),
    context: options.context ?? settings.context ?? null,
    platform: options.platform ?? settings.platform ?? null,
    buildArgs: { ...settings["build-args"], ...options.buildArgs },
    settings: { ...options.settings, contexts: { ...settings.contexts, ...contexts } },
  };
}
