import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

/**
 * What one run gave and took.
 * @typedef {{ pid: number | undefined, code: number | null, stdout: string, stderr: string, seconds: number, megabytes: number, descriptors: number }} Run
 */

const [CLI, AT_EXIT] = ["../../dist/cli.js", "./at-exit.mjs"].map((path) => new URL(path, import.meta.url));

/**
 * Runs msb-deps once, with the folder for temporary files that is given.
 * @param {readonly string[]} args
 * @param {string} temporary
 * @returns {Promise<Run>}
 */
export async function runOnce(args, temporary) {
  const start = performance.now();
  const child = spawn(process.execPath, ["--import", String(AT_EXIT), CLI?.pathname ?? "", ...args], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const [, stdout, stderr, report] = /** @type {import("node:stream").Readable[]} */ (
    /** @type {unknown} */ (child.stdio)
  );
  const [out, error, took, [code]] = await Promise.all([
    ...[stdout, stderr, report].map((stream) => text(/** @type {import("node:stream").Readable} */ (stream))),
    once(child, "close"),
  ]);
  const { maxRSS, descriptors } = JSON.parse(took || '{"maxRSS":0,"descriptors":0}');
  const seconds = (performance.now() - start) / 1000;
  return { pid: child.pid, code, stdout: out, stderr: error, seconds, megabytes: maxRSS / 1024, descriptors };
}
