import type { FindingCode, Severity } from "../../audit/finding.ts";

/** Lowest severity that makes the exit code 1. */
export type Threshold = Severity | "none";

/** What can be set for a Dockerfile, under the names of the config file. */
export interface Settings {
  readonly target?: string;
  readonly runtime?: string;
  readonly artifacts?: readonly string[];
  readonly context?: string;
  readonly platform?: string;
  readonly "build-args"?: Readonly<Record<string, string>>;
  readonly contexts?: Readonly<Record<string, string>>;
  /** Packages that stay in the line, each with the reason. */
  readonly keep?: Readonly<Record<string, string>>;
  readonly ignore?: readonly FindingCode[];
  readonly severity?: Readonly<Partial<Record<FindingCode, Severity>>>;
  readonly "failure-threshold"?: Threshold;
}

/** Where a value comes from. */
export interface Origin {
  readonly kind: "option" | "variable" | "file" | "described" | "default";
  /** The option, the variable, the file, or what describes the build. */
  readonly name: string;
  /** The line of the file; null for the others. */
  readonly line: number | null;
}

/** Settings of one source. */
export interface Layer {
  readonly settings: Settings;
  /** Where a value comes from: `["build-args", "VERSION"]`. */
  readonly originOf: (path: readonly string[]) => Origin;
}

/** A value that holds, and its source; values of maps and of `ignore` have a row each. */
export interface Row {
  readonly name: string;
  readonly value: string | readonly string[];
  readonly origin: Origin;
}

/** The settings of several layers, and where each value comes from. */
export interface Merged {
  readonly settings: Settings;
  readonly rows: readonly Row[];
}

/** Merges layers, the weakest first: a later value replaces an earlier one, maps are merged by key, `ignore` is joined. */
export function merge(layers: readonly Layer[]): Merged {
  const rows = new Map<string, Row>();
  const values = new Map<string, unknown>();
  for (const { settings, originOf } of layers) {
    for (const [name, value] of Object.entries(settings)) {
      if (name === "ignore") {
        const codes: readonly string[] = settings.ignore ?? [];
        values.set(name, [...new Set([...list(values.get(name)), ...codes])]);
        for (const code of codes) rows.set(`ignore ${code}`, { name, value: code, origin: originOf([name]) });
      } else if (isMap(value)) {
        values.set(name, { ...(values.get(name) as object | undefined), ...value });
        for (const [key, one] of Object.entries(value))
          rows.set(`${name} ${key}`, { name: `${name}.${key}`, value: one, origin: originOf([name, key]) });
      } else {
        values.set(name, value);
        rows.set(name, { name, value, origin: originOf([name]) });
      }
    }
  }
  return { settings: Object.fromEntries(values), rows: [...rows.values()] };
}

function isMap(value: unknown): value is Readonly<Record<string, string>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
