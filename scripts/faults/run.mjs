import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker, run } from "../judges/docker.mjs";
import { COLUMNS, IDLE_S, PHASES, RUN_S, WAYS } from "./cases.mjs";
import { faultProxy } from "./proxy.mjs";

const BASE = "debian:trixie-slim";
/** On everything that is made. */
export const LABEL = "msb-deps-fault";
/** A run that has not ended by then is killed. */
const MAX_MS = 150_000;

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
 * @property {string} engine the path of the socket of the engine in DOCKER_HOST
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
  const bench = await openBench(way);
  const proxy = await faultProxy({
    engine: setting.engine,
    listen: join(bench.folder, "engine.sock"),
    fault: { kind: column?.kind ?? "none", call: /^$/, ...phase, nth: at?.nth ?? 1 },
    podman: way.podman,
  });
  try {
    // Of a slow engine nothing is known but that it is slow.
    const limited = column !== null && column !== undefined && column.kind !== "slow";
    const limits = limited ? ["--engine-timeout", `${IDLE_S}s`, "--timeout", `${RUN_S}s`] : [];
    const args = [setting.cli, ...way.args(bench.project, bench.image), "--progress", "plain", ...limits];
    const ended = await command(args, bench, proxy, column?.interrupt === true);
    const left = await bench.left();
    return { ...ended, struck: proxy.wasStruck(), left, calls: proxy.calls };
  } finally {
    proxy.close();
    await bench.close();
  }
}

/**
 * A project, an image and a folder for temporary files, all with a mark of their own.
 *
 * @param {import("./cases.mjs").Way} way
 */
async function openBench({ perl, image: wanted }) {
  const mark = randomUUID();
  const folder = await mkdtemp(join(tmpdir(), "msb-deps-faults-"));
  const project = join(folder, "project");
  const temporary = join(folder, "tmp");
  await mkdir(project);
  await mkdir(temporary);
  const label = `LABEL ${LABEL}=${mark}`;
  const builder = [
    `FROM ${BASE} AS builder`,
    "COPY data /data",
    `RUN mkdir -p /out/bin && cp /bin/ls /out/bin/app${perl ? "" : " && rm -f /usr/bin/perl*"}`,
    label,
  ];
  const runtime = [`FROM ${BASE}`, label, "COPY --from=builder /out/ /usr/"];
  await writeFile(join(project, "Dockerfile"), `${[...builder, ...runtime].join("\n")}\n`);
  await writeFile(join(project, "data"), "x".repeat(100_000));
  const image = wanted ? `msb-deps-faults:${mark}` : null;
  const dockerfile = `FROM ${BASE}\nRUN mkdir -p /out/bin && cp /bin/ls /out/bin/app\n${label}\n`;
  if (image !== null) await docker(["build", "--quiet", "--tag", image, "-"], { stdin: dockerfile });
  const filter = ["--filter", `label=${LABEL}=${mark}`];
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
      for (const tag of [...(await tags()), ...(image === null ? [] : [image])])
        await run("docker", ["rmi", "-f", tag]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * @param {readonly string[]} args
 * @param {{ folder: string, temporary: string }} bench
 * @param {{ wasStruck: () => boolean }} proxy
 * @param {boolean} interrupt
 */
function command(args, bench, proxy, interrupt) {
  const env = { ...process.env, DOCKER_HOST: `unix://${join(bench.folder, "engine.sock")}`, TMPDIR: bench.temporary };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
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
  const killing = setTimeout(() => child.kill("SIGKILL"), MAX_MS);
  return new Promise((/** @type {(ended: Omit<Outcome, "struck" | "left" | "calls">) => void} */ done) => {
    child.on("close", (code) => {
      clearInterval(watching);
      clearTimeout(killing);
      const message = /^error: (.*)$/m.exec(stderr)?.[1] ?? "";
      done({ code, seconds: (Date.now() - since) / 1000, message, stdout, stderr });
    });
  });
}
