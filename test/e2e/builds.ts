import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { type BuildSettings, PLAIN_BUILD } from "../../src/engine/buildkit/settings.ts";
import type { BuildRequest, Engine, Image } from "../../src/engine/engine.ts";

/** What came of a build: its image (released at the end of the test) or its error, and all that it said. */
export interface Build {
  readonly image: Image | null;
  readonly error: MsbDepsError | null;
  readonly output: string;
  readonly warnings: string;
}

/** Builds a text without the cache, so that its steps do run. */
export async function build(
  engine: Engine,
  dockerfile: string,
  settings: Partial<BuildSettings> = {},
  change: Partial<BuildRequest> = {},
): Promise<Build> {
  let output = "";
  let warnings = "";
  const request: BuildRequest = {
    dockerfile: Buffer.from(dockerfile),
    dockerfilePath: "Dockerfile",
    contextDir: null,
    target: null,
    buildArgs: {},
    platform: null,
    noCache: true,
    pull: false,
    settings: { ...PLAIN_BUILD, ...settings },
    onEvent: (event) => {
      if (event.type === "log") output += Buffer.from(event.data).toString("utf8");
      if (event.type === "warning") warnings += `${event.message}\n`;
    },
    signal: new AbortController().signal,
    ...change,
  };
  try {
    const image = await engine.build(request);
    onTestFinished(() => image.release());
    return { image, error: null, output, warnings };
  } catch (error) {
    if (!(error instanceof MsbDepsError)) throw error;
    return { image: null, error, output, warnings };
  }
}

/** The error of a build that has to fail. */
export function failure({ error, output }: Build): MsbDepsError {
  if (error === null) throw new Error(`expected the build to fail; it said:\n${output}`);
  return error;
}

/** Whether all of these programs are there. Where tests have to run (CI), one that is not there is an error. */
export function have(...programs: readonly string[]): boolean {
  const missing = programs.filter((program) => programPath(program) === null);
  if (missing.length > 0 && process.env.CI) throw new Error(`not installed: ${missing.join(", ")}`);
  return missing.length === 0;
}

/** Where a program is; those of the system may lie outside of the PATH. */
export function programPath(name: string): string | null {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin", "/usr/lib/git-core"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? null;
}

/** A port of the loopback that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts a program, which is ended by `stop`, and waits until it says `ready` or `isReady` holds. */
export async function startProgram(
  program: string,
  args: readonly string[],
  isReady: () => Promise<boolean>,
): Promise<{ stop: () => Promise<void>; said: () => string }> {
  const child: ChildProcess = spawn(programPath(program) ?? program, args, { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (data: Buffer) => (said += data.toString()));
  const ended = once(child, "close");
  for (let tries = 0; !(await isReady()); tries++) {
    if (child.exitCode !== null || tries > 300) throw new Error(`${program} is not ready:\n${said}`);
    await new Promise((done) => setTimeout(done, 100));
  }
  const stop = async (): Promise<void> => {
    child.kill("SIGTERM");
    await ended;
  };
  return { stop, said: () => said };
}
