import { jsonText } from "./json.ts";
import { printable } from "./names.ts";
import { textOf } from "./output.ts";
import { tool } from "./tool.ts";

/** What `msb-deps config` prints: the settings that hold for a Dockerfile. */
export interface ConfigReport {
  /** Null: no Dockerfile was named. */
  readonly dockerfile: string | null;
  readonly file: string | null;
  readonly settings: readonly ConfigSetting[];
}

interface ConfigSetting {
  readonly name: string;
  readonly value: string | readonly string[] | null;
  readonly source: "option" | "variable" | "file" | "described" | "default";
  /** The option, the variable or the file; null for a default. */
  readonly from: string | null;
  readonly line: number | null;
}

/** `failure-threshold  error  .msb-deps.yaml:3`, a setting a line. */
export function configText({ file, settings }: ConfigReport): string {
  const cells = settings.map(({ name, value, from, line }) => [
    printable(name),
    value === null ? "-" : [value].flat().map(printable).join(", "),
    from === null ? "default" : `${printable(from)}${line === null ? "" : `:${line}`}`,
  ]);
  const widths = [0, 1].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const lines = cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  "));
  return textOf([`config file: ${file === null ? "none" : printable(file)}`, ...lines]);
}

/** The same for programs. */
export function configJson({ dockerfile, file, settings }: ConfigReport): string {
  return jsonText({ schemaVersion: 1, tool: tool(), dockerfile, configFile: file, settings });
}
