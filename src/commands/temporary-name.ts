import { dirname, join } from "node:path";
import { newOwner, ownerText } from "../engine/owner.ts";
import { sweepFiles } from "../engine/sweep-files.ts";

/** A name beside a file, for what is renamed over it. Removes what killed runs left under such names. */
export async function temporaryName(path: string): Promise<string> {
  const folder = dirname(path);
  const owner = await newOwner();
  await sweepFiles(folder, /^\.msb-deps-([0-9a-f.]+)\.tmp$/, owner);
  return join(folder, `.msb-deps-${ownerText(owner)}.tmp`);
}
