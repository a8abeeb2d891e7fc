import { readFileSync } from "node:fs";
import { MsbDepsError } from "../base/errors.ts";
import { openTables, type ReadTable, type Tables } from "../debian/tables.ts";

/** Reads a table of the package's `mappings/` folder. */
export const readTable: ReadTable = (name) => {
  const file = new URL(`../../mappings/${name}`, import.meta.url);
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw new MsbDepsError("mappings", `cannot read the table mappings/${name}.`, {
      hint: "Reinstall msb-deps.",
      cause,
    });
  }
};

/** The tables that come with this package; nothing is read before it is asked for. */
export function shippedTables(): Tables {
  return openTables(readTable);
}
