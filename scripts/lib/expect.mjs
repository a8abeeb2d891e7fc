import { spawnSync } from "node:child_process";

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {string} [cwd]
 * @returns {string} its standard output
 */
export function run(command, args, cwd) {
  const { error, status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: exit code ${status}\n${stdout}${stderr}`);
  return stdout;
}

/**
 * Prints that a check passed, or throws.
 * @param {string} what
 * @param {unknown} got
 * @param {unknown} wanted
 */
export function expect(what, got, wanted) {
  if (got !== wanted) throw new Error(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  console.log(`ok: ${what}`);
}
