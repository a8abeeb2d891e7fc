import type { ConfigReport } from "../report/config.ts";
import { type Held, hold, openConfigs } from "./config/hold.ts";
import { merge, type Origin, type Row, type Settings, type Threshold } from "./config/settings.ts";
import type { Io, RunOptions, ShowOptions } from "./options.ts";
import { writeAs } from "./write-result.ts";

/** What the command line and the variables set. */
export interface GivenOptions {
  readonly run: RunOptions;
  readonly failureThreshold: Threshold | null;
  /** The option or variable that each setting came from, by the name of the setting. */
  readonly origins: ReadonlyMap<string, Origin>;
  /** Options that no config file has. */
  readonly others: readonly Row[];
}

/** `msb-deps config`: the settings that hold for a Dockerfile, and where each comes from. */
export async function configCommand(given: GivenOptions, show: ShowOptions, io: Io): Promise<number> {
  const held = await hold(given.run, { configs: openConfigs(given.run, io) });
  await writeAs("config", reportOf(given, held), show, io);
  return 0;
}

/** What holds if nothing is set. */
const DEFAULTS: readonly (readonly [keyof Settings | "formats.analyze" | "formats.audit", string | null])[] = [
  ["target", null],
  ["runtime", null],
  ["artifacts", null],
  ["context", null],
  ["platform", null],
  ["failure-threshold", "warning"],
  ["formats.analyze", "text"],
  ["formats.audit", "text"],
];

function reportOf(given: GivenOptions, { file, merged }: Held): ConfigReport {
  const { run, failureThreshold } = given;
  const asked: Settings = {
    ...(run.target === null ? {} : { target: run.target }),
    ...(run.runtime === null ? {} : { runtime: run.runtime }),
    ...(run.artifacts.length === 0 ? {} : { artifacts: run.artifacts }),
    ...(run.context === null ? {} : { context: run.context }),
    ...(run.platform === null ? {} : { platform: run.platform }),
    ...(failureThreshold === null ? {} : { "failure-threshold": failureThreshold }),
    "build-args": run.buildArgs,
    contexts: run.settings.contexts,
  };
  const none: Origin = { kind: "default", name: "", line: null };
  const own = { settings: asked, originOf: ([name = ""]: readonly string[]) => given.origins.get(name) ?? none };
  const over = new Map(merge([own]).rows.map((row) => [keyOf(row), row]));
  const under = merged.rows.filter((row) => !over.has(keyOf(row)));
  const rows = [...under, ...over.values(), ...formatRows(file), ...given.others];
  const defaults = DEFAULTS.filter(([name]) => rows.every((row) => row.name !== name));
  const settings = [
    ...rows.map(({ name, value, origin: { kind, name: from, line } }) => ({ name, value, source: kind, from, line })),
    ...defaults.map(([name, value]) => ({ name, value, source: "default", from: null, line: null }) as const),
  ];
  const order = (name: string): number => ORDER.indexOf(name.split(".")[0] ?? name) + 1 || ORDER.length + 1;
  return {
    dockerfile: run.dockerfile,
    file: file?.path ?? null,
    settings: settings.sort((a, b) => order(a.name) - order(b.name)),
  };
}

const ORDER =
  "target runtime artifacts context platform build-args contexts keep ignore severity failure-threshold formats".split(
    " ",
  );

function keyOf({ name, value }: Row): string {
  return name === "ignore" ? `${name} ${value}` : name;
}

function formatRows(file: Held["file"]): Row[] {
  return Object.entries(file?.formats ?? {}).map(([command, outputs]) => ({
    name: `formats.${command}`,
    value: outputs.map((one) => (one.file === null ? one.format : `${one.format} to ${one.file}`)),
    origin: file?.originOf(["formats", command]) ?? { kind: "default", name: "", line: null },
  }));
}
