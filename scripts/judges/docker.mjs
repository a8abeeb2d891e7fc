// The docker command, as a witness that is not ours.
import { spawn } from "node:child_process";

/** @typedef {{ code: number, stdout: string, stderr: string }} Run */

/**
 * Runs a program to its end.
 *
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ stdin?: string, env?: NodeJS.ProcessEnv, cwd?: string }} [options]
 * @returns {Promise<Run>}
 */
export function run(program, args, options = {}) {
  return new Promise((done, failed) => {
    const child = spawn(program, args, { env: options.env ?? process.env, cwd: options.cwd, stdio: "pipe" });
    /** @type {Buffer[]} */
    const stdout = [];
    /** @type {Buffer[]} */
    const stderr = [];
    child.stdout.on("data", (data) => stdout.push(data));
    child.stderr.on("data", (data) => stderr.push(data));
    child.on("error", failed);
    child.on("close", (code) => {
      done({ code: code ?? 1, stdout: Buffer.concat(stdout).toString(), stderr: Buffer.concat(stderr).toString() });
    });
    // A program that ends before it has read everything is judged by its exit code, not by our broken pipe.
    child.stdin.on("error", () => {});
    child.stdin.end(options.stdin ?? "");
  });
}

/**
 * Runs docker; throws its own words where it fails.
 *
 * @param {readonly string[]} args
 * @param {{ stdin?: string }} [options]
 * @returns {Promise<string>} standard output
 */
export async function docker(args, options = {}) {
  const { code, stdout, stderr } = await run("docker", args, options);
  if (code === 0) return stdout;
  throw new Error(
    `docker ${args.slice(0, 4).join(" ")} … ended with ${code}: ${(stderr || stdout).trim().slice(-1500)}`,
  );
}

/**
 * Runs a shell script in a throw-away container.
 *
 * @param {string} image
 * @param {string} script
 * @param {{ stdin?: string }} [options]
 */
export function inContainer(image, script, options = {}) {
  return docker(
    ["run", "--rm", "-i", "--label", "msb-deps.judge=1", "--entrypoint", "/bin/sh", image, "-ec", script],
    options,
  );
}

/** @param {string} image */
export async function hasImage(image) {
  return (await run("docker", ["image", "inspect", image])).code === 0;
}

/** @param {string} image */
export async function imageId(image) {
  return (await docker(["image", "inspect", "--format", "{{.Id}}", image])).trim();
}
