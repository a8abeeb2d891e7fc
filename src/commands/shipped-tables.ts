import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { MsbDepsError } from "../base/errors.ts";
import { openTables, type ReadTable, type Tables } from "../debian/tables.ts";

/** Reads a table of the package's `mappings/` folder; large ones are compressed there. */
export const readTable: ReadTable = (name) => {
  try {
    const plain = readFile(name);
    if (plain !== null) return plain.toString("utf8");
    const compressed = readFile(`${name}.br`);
    return compressed === null ? null : brotliDecompressSync(compressed).toString("latin1");
  } catch (cause) {
    throw new MsbDepsError("mappings", `cannot read the table mappings/${name}.`, {
      hint: "Reinstall msb-deps.",
      cause,
    });
  }
};

/** The bytes of a file of `mappings/`; null if there is none. */
function readFile(name: string): Buffer | null {
  try {
    return readFileSync(new URL(`../../mappings/${name}`, import.meta.url));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Files of the package never change: a run over many Dockerfiles reads and indexes each table once. */
const SHIPPED = openTables(readTable);

/** The tables that come with this package; nothing is read before it is asked for. */
export function shippedTables(): Tables {
  return SHIPPED;
}
