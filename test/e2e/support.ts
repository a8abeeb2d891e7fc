import { execFile, spawn } from "node:child_process";
import { resolve } from "node:path";
import type { Analysis } from "../../src/analysis/model.ts";

export { folderOf } from "../files.ts";

/** The releases that everything is tried on. */
export const RELEASES = ["trixie", "bookworm"] as const;
export type Release = (typeof RELEASES)[number];

export const baseImage = (release: Release): string => `debian:${release}-slim`;

/**
 * A stage with a compiler and the development packages of all fixtures. Every fixture begins with these very lines, so
 * that the engine makes the layer once a release and takes it from its cache ever after.
 */
export function toolsStage(release: Release): string {
  return `FROM ${baseImage(release)} AS tools
RUN apt-get update && apt-get install -y --no-install-recommends ${TOOLS.join(" ")} && rm -rf /var/lib/apt/lists/*
`;
}

const TOOLS = [
  "g++",
  "gcc",
  "libblas-dev",
  "libc6-dev",
  "liblapack-dev",
  "libpq-dev",
  "libsqlite3-dev",
  "libssl-dev",
  "make",
  "patchelf",
  "perl",
  "python3",
  "zlib1g-dev",
];

export interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export const CLI = resolve("dist/cli.js");

/** Runs the built command as a user would. */
export function msbDeps(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; stdin?: string; cwd?: string } = {},
): Promise<Run> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: options.env ?? process.env,
    cwd: options.cwd,
    stdio: "pipe",
  });
  child.stdin.end(options.stdin ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => (stdout += data.toString("utf8")));
  child.stderr.on("data", (data: Buffer) => (stderr += data.toString("utf8")));
  return new Promise((done, failed) => {
    child.on("error", failed);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}

/**
 * Runs a script of `scripts/`. It is killed after ten minutes, long before the suite's own limit: a script that never ends
 * is then a failed test and not a suite without a result.
 */
export function runScript(script: string, ...args: string[]): Promise<Run> {
  return new Promise((done) => {
    const options = { timeout: 600_000, killSignal: "SIGKILL" } as const;
    const child = execFile(process.execPath, [script, ...args], options, (_, stdout, stderr) =>
      done({ code: child.exitCode, stdout, stderr }),
    );
  });
}

/** The analysis of a Dockerfile, by `-f json`; fails with the command's own words where there is none. */
export async function analysisOf(
  args: readonly string[],
  options: { cwd?: string; stdin?: string } = {},
): Promise<Analysis & { readonly exitCode: number | null }> {
  const run = await msbDeps([...args, "-f", "json", "--progress", "plain"], options);
  if (run.stdout === "") throw new Error(`no result (exit ${run.code}):\n${run.stderr}`);
  return { ...(JSON.parse(run.stdout) as Analysis), exitCode: run.code };
}

/** What docker's own command line says: a witness that is not ours. */
export function docker(...args: string[]): Promise<Run> {
  return new Promise((done) => {
    execFile("docker", args, { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      done({ code, stdout, stderr });
    });
  });
}
