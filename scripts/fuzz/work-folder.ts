import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for files that other programs are given; it goes with the thread, or with the folder that holds it. */
export function workFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "msb-deps-fuzz-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
