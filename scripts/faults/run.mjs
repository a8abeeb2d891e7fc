import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker, run } from "../judges/docker.mjs";
import { COLUMNS, PHASES, WAYS } from "./cases.mjs";
import { faultProxy } from "./proxy.mjs";

const BASE = "debian:trixie-slim";
/** A run that has not ended by then is killed. */
const MOST_MS = 40_000;

/**
 * What came of a run.
 * @typedef {object} Outcome
 * @property {boolean} struck the fault happened
 * @property {number | null} code null where it was killed, as it did not end
 * @property {number} seconds since the fault, or since Ctrl-C
 * @property {string} message the first line of the error
 * @property {string} stdout
 * @property {string} stderr
 * @property {readonly string[]} left containers and tags on the engine, temporary files
 * @property {readonly string[]} calls
 */

/**
 * @typedef {object} Setting
 * @property {string} cli the file of the command
 * @property {string} engine the path of the engine's socket
 * @property {readonly string[]} limits options that shorten its patience
 */

/**
 * Runs a way once, with a fault in a phase or without any.
 *
 * @param {Setting} setting
 * @param {string} wayName
 * @param {{ phase: string, column: string, nth: number } | null} at
 * @returns {Promise<Outcome>}
 */
export async function runOnce(setting, wayName, at) {
  const way = WAYS[wayName];
  const column = at === null ? null : COLUMNS[at.column];
  const phase = at === null ? null : PHASES[at.phase];
  if (way === undefined || (at !== null && (!column || !phase))) throw new Error(`no such case: ${wayName}`);
  const bench = await openBench(way.perl);
  const proxy = await faultProxy({
    engine: setting.engine,
    listen: join(bench.folder, "engine.sock"),
    fault: { kind: column?.kind ?? "none", call: /^$/, ...phase, nth: at?.nth ?? 1 },
    podman: way.podman,
  });
  try {
    const ended = await command(
      setting,
      way.args(bench.project, bench.image),
      bench,
      proxy,
      column?.interrupt === true,
    );
    const left = await bench.left();
    return { ...ended, struck: proxy.wasStruck(), left, calls: proxy.calls };
  } finally {
    proxy.close();
    await bench.close();
  }
}

/** A project, an image and a folder for temporary files, all with a mark of their own. @param {boolean} perl */
async function openBench(perl) {
  const mark = randomUUID();
  const folder = await mkdtemp(join(tmpdir(), "msb-deps-faults-"));
  const project = join(folder, "project");
  const temporary = join(folder, "tmp");
  await mkdir(project);
  await mkdir(temporary);
  const builder = [
    `FROM ${BASE} AS builder`,
    "COPY data /data",
    `RUN mkdir -p /out/bin && cp /bin/ls /out/bin/app${perl ? "" : " && rm -f /usr/bin/perl*"}`,
    `LABEL msb-deps-test=${mark}`,
  ];
  const runtime = [`FROM ${BASE}`, `LABEL msb-deps-test=${mark}`, "COPY --from=builder /out/ /usr/"];
  await writeFile(join(project, "Dockerfile"), `${[...builder, ...runtime].join("\n")}\n`);
  await writeFile(join(project, "data"), "x".repeat(100_000));
  const image = `msb-deps-faults:${mark}`;
  const dockerfile = `FROM ${BASE}\nRUN mkdir -p /out/bin && cp /bin/ls /out/bin/app\nLABEL msb-deps-test=${mark}\n`;
  await docker(["build", "--quiet", "--tag", image, "-"], { stdin: dockerfile });
  const filter = ["--filter", `label=msb-deps-test=${mark}`];
  const lines = async (/** @type {string[]} */ args) => (await docker(args)).split("\n").filter((line) => line !== "");
  const containers = () => lines(["ps", "--all", "--format", "{{.Names}}", ...filter]);
  const tags = async () =>
    (await lines(["images", "--format", "{{.Repository}}:{{.Tag}}", ...filter])).filter((tag) => tag !== image);
  return {
    folder,
    project,
    temporary,
    image,
    left: async () => [...(await containers()), ...(await tags()), ...(await readdir(temporary))],
    close: async () => {
      for (const name of await containers()) await run("docker", ["rm", "-f", "-v", name]);
      for (const tag of [...(await tags()), image]) await run("docker", ["rmi", "-f", tag]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * @param {Setting} setting
 * @param {readonly string[]} args
 * @param {{ folder: string, temporary: string }} bench
 * @param {{ wasStruck: () => boolean }} proxy
 * @param {boolean} interrupt
 */
function command({ cli, limits }, args, bench, proxy, interrupt) {
  const env = { ...process.env, DOCKER_HOST: `unix://${join(bench.folder, "engine.sock")}`, TMPDIR: bench.temporary };
  const words = [cli, ...args, "--progress", "plain", ...limits];
  const child = spawn(process.execPath, words, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  let since = Date.now();
  let struck = false;
  const watching = setInterval(() => {
    if (struck || !proxy.wasStruck()) return;
    struck = true;
    since = Date.now();
    if (interrupt)
      setTimeout(() => {
        since = Date.now();
        child.kill("SIGINT");
      }, 500);
  }, 20);
  const killing = setTimeout(() => child.kill("SIGKILL"), MOST_MS);
  return new Promise((/** @type {(ended: Omit<Outcome, "struck" | "left" | "calls">) => void} */ done) => {
    child.on("close", (code) => {
      clearInterval(watching);
      clearTimeout(killing);
      const message = /^(msb-deps: .*|node:.*|[\w.]*Error: .*|Warning: Detected unsettled.*)$/m.exec(stderr)?.[0] ?? "";
      done({ code, seconds: (Date.now() - since) / 1000, message, stdout, stderr });
    });
  });
}
