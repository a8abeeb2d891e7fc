// Asks the dynamic loader of an image, by loader.pl.
import { readFile } from "node:fs/promises";
import { docker } from "./docker.mjs";

/** @typedef {{ path: string, trouble: string }} Trouble */

/** @type {Promise<string> | null} */
let loaderScript = null;

/**
 * Asks the loader of an image about files.
 *
 * @param {string} image
 * @param {readonly string[]} paths
 * @param {string} [first] a shell command that comes before
 * @returns {Promise<{ troubles: Trouble[], asked: number }>}
 */
export async function judge(image, paths, first = ":") {
  loaderScript ??= readFile(new URL("loader.pl", import.meta.url), "utf8");
  const args = [
    "run",
    "--rm",
    "-i",
    "--label",
    "msb-deps.judge=1",
    "--network",
    "none",
    "-e",
    `JUDGE=${await loaderScript}`,
  ];
  const script = `${first}; exec perl -e "$JUDGE" 2>&1`;
  const text = await docker([...args, "--entrypoint", "/bin/sh", image, "-ec", script], { stdin: paths.join("\0") });
  const lines = text.split("\n").filter((line) => line !== "");
  const asked = lines.findLast((line) => /^\d+$/.test(line));
  if (asked === undefined) throw new Error(`the judge did not come to its end: ${text.slice(-500)}`);
  const troubles = lines.flatMap((line) => {
    const [path, trouble] = line.split("\t");
    return path === undefined || trouble === undefined ? [] : [{ path, trouble }];
  });
  return { troubles, asked: Number(asked) };
}
