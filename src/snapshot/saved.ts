import { MsbDepsError } from "../base/errors.ts";
import { checked, Refusal } from "../base/schema.ts";
import { snapshotSchema } from "./saved-schema.ts";
import type { Snapshot } from "./snapshot.ts";

/** A snapshot as a file: JSON, one entry a line, the same bytes for the same snapshot. */
export function writeSnapshot(snapshot: Snapshot): string {
  const lines = Object.entries(checked(snapshotSchema, snapshot)).map(([name, value]) => {
    return `${JSON.stringify(name)}: ${Array.isArray(value) ? writeList(value, "  ") : writeValue(value)}`;
  });
  return `{\n${lines.join(",\n")}\n}\n`;
}

function writeValue(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => {
    return `  ${JSON.stringify(name)}: ${Array.isArray(field) ? writeList(field, "    ") : JSON.stringify(field)}`;
  });
  return `{\n${fields.join(",\n")}\n}`;
}

function writeList(values: readonly unknown[], indent: string): string {
  if (values.length === 0) return "[]";
  return `[\n${values.map((value) => indent + JSON.stringify(value)).join(",\n")}\n${indent.slice(2)}]`;
}

/**
 * Reads what {@link writeSnapshot} wrote. A file from elsewhere is judged field by field: what is wrong is named with
 * its place, and fields that this version does not know are left out.
 *
 * @param name what to call the file in messages
 */
export function readSnapshot(json: string, name: string): Snapshot {
  try {
    return checked(snapshotSchema, JSON.parse(json));
  } catch (cause) {
    if (!(cause instanceof Refusal) && !(cause instanceof SyntaxError)) throw cause;
    const what = cause instanceof Refusal ? cause.message : `not valid JSON (${cause.message})`;
    throw new MsbDepsError("snapshot-invalid", `${name} is not a saved run of msb-deps: ${what}.`, {
      hint: "Save the run again with --save-snapshot, using this version of msb-deps.",
      cause,
    });
  }
}
