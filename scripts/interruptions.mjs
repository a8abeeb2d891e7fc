// Interrupts runs at random times: each has to end with 130 within 3 s, with one line and no stack trace, and with nothing
// left. Writes its section of docs/reliability.md; exits with 1 if a run does not end so.
//
//   npm run interruptions -- [--runs N] [--at-once N] [--page FILE]
//
// --page none writes no page.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { docker } from "./judges/docker.mjs";
import { replaceSection } from "./lib/page-section.mjs";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "500" },
    "at-once": { type: "string", default: "1" },
    cli: { type: "string", default: "dist/cli.js" },
    page: { type: "string", default: "docs/reliability.md" },
  },
});
const RUNS = Number(values.runs);
const BASE = "debian:trixie-slim";
const MAX_SECONDS = 3;
const LABEL = "msb-deps-interrupted";
const mark = randomUUID();
const load = loadavg()[0] ?? 0;

const folder = await mkdtemp(join(tmpdir(), "msb-deps-interruptions-"));
const temporary = join(folder, "tmp");
const project = join(folder, "project");
/** What is interrupted, and how long it takes undisturbed. */
const commands = [
  { args: [project], milliseconds: 0 },
  { args: ["verify", project, "--run", "true"], milliseconds: 0 },
];
try {
  await main();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function main() {
  await mkdir(temporary);
  await mkdir(project);
  await writeFile(join(project, "data"), "x".repeat(300_000));
  const label = `LABEL ${LABEL}=${mark}`;
  // The argument is new in each run, so that each has something to build, to send and to export.
  const builder = `FROM ${BASE} AS builder\n${label}\nARG RUN\nCOPY . /data\nRUN mkdir -p /out/bin && cp /bin/ls /out/bin/app && echo $RUN > /out/run\n`;
  const runtime = `FROM ${BASE} AS base\n${label}\nFROM base\nCOPY --from=builder /out/ /usr/\n`;
  await writeFile(join(project, "Dockerfile"), builder + runtime);
  for (const command of commands) {
    const start = Date.now();
    const { code, stderr } = await interrupted(command.args, null);
    if (code !== 0) throw new Error(`undisturbed it ended with ${code}:\n${stderr}`);
    command.milliseconds = Date.now() - start;
  }
  const tally = { ended: 0, early: 0, done: 0, slowest: 0 };
  const bad = [];
  let next = 0;
  const work = async () => {
    while (next < RUNS) {
      const { args, milliseconds } = commands[next++ % commands.length] ?? { args: [], milliseconds: 0 };
      const after = Math.random() * milliseconds;
      const run = await interrupted(args, after);
      const what = complaint(run, tally);
      if (what !== null) bad.push({ what, args, after, run });
    }
  };
  await Promise.all(Array.from({ length: Number(values["at-once"]) }, work));
  // What the engine was in the midst of must not turn up later either.
  await new Promise((done) => setTimeout(done, 3000));
  const left = [...(await leftOnEngine()), ...(await readdir(temporary))];
  for (const { what, args, after, run } of bad)
    console.log(`WRONG  ${args[0]} after ${after.toFixed(0)} ms: ${what}\n${run.stderr.slice(-1500)}`);
  for (const name of left) console.log(`LEFT   ${name}`);
  const text = section(tally, bad.length, left.length);
  console.log(text);
  if (values.page !== "none") await replaceSection(values.page, "interruptions", await withPlace(text));
  process.exitCode = bad.length + left.length === 0 ? 0 : 1;
}

/**
 * @typedef {{ code: number | null, signal: NodeJS.Signals | null, stdout: string, stderr: string, seconds: number }} Run
 */

/**
 * Runs the command, and interrupts it after some milliseconds.
 *
 * @param {readonly string[]} args
 * @param {number | null} after
 * @returns {Promise<Run>} the seconds count from the signal
 */
function interrupted(args, after) {
  const words = [values.cli, ...args, "--progress", "plain", "--build-arg", `RUN=${randomUUID()}`];
  const env = { ...process.env, TMPDIR: temporary };
  const child = spawn(process.execPath, words, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr, since] = ["", "", Date.now()];
  child.stdout.on("data", (data) => {
    stdout += data;
  });
  child.stderr.on("data", (data) => {
    stderr += data;
  });
  if (after !== null)
    setTimeout(() => {
      since = Date.now();
      child.kill("SIGINT");
    }, after);
  return new Promise((done) =>
    child.on("close", (code, signal) => done({ code, signal, stdout, stderr, seconds: (Date.now() - since) / 1000 })),
  );
}

/**
 * What is wrong with a run, or null.
 *
 * @param {Run} run
 * @param {{ ended: number, early: number, done: number, slowest: number }} tally
 */
function complaint({ code, signal, stdout, stderr, seconds }, tally) {
  // Node itself was still starting; a shell shows 130 for it as well.
  if (signal === "SIGINT" && stdout + stderr === "") {
    tally.early += 1;
    return null;
  }
  // At its very end Node takes no signals any more: the result is there then, and nothing is left to remove.
  if ((code === 0 || signal === "SIGINT") && stdout !== "") {
    tally.done += 1;
    return null;
  }
  tally.slowest = Math.max(tally.slowest, seconds);
  if (code !== 130) return `it ended with ${code ?? signal}`;
  if (!stderr.endsWith("error: interrupted by SIGINT.\n")) return "its last words are others";
  if (/^\s+at .*:\d+:\d+\)?$/m.test(stderr)) return "a stack trace";
  if (stderr.includes("warning: not removed")) return "it could not remove everything";
  if (seconds > MAX_SECONDS) return `it took ${seconds.toFixed(1)} s`;
  tally.ended += 1;
  return null;
}

async function leftOnEngine() {
  const filter = ["--filter", `label=${LABEL}=${mark}`];
  const list = async (/** @type {string[]} */ args) => (await docker([...args, ...filter])).split("\n").filter(Boolean);
  const containers = await list(["ps", "--all", "--format", "{{.Names}}"]);
  const images = await list(["images", "--format", "{{.Repository}}:{{.Tag}}"]);
  for (const name of containers) await docker(["rm", "-f", "-v", name]);
  for (const name of images.filter((tag) => tag !== "<none>:<none>")) await docker(["rmi", "-f", name]);
  return [...containers, ...images];
}

/**
 * @param {{ ended: number, early: number, done: number, slowest: number }} tally
 * @param {number} bad
 * @param {number} left
 */
function section({ ended, early, done, slowest }, bad, left) {
  return `${RUNS} runs (\`analyze\` and \`verify --run\`, each with something to build) got SIGINT at a random time of their course:
${ended} ended with exit code 130 and one line, the slowest ${slowest.toFixed(1)} s after the signal; ${early} were ended by the signal
while Node.js was starting (a shell shows 130 as well); ${done} were done before it came. ${bad} ended in another way. Left on
the engine and among the temporary files: ${left}.`;
}

/** @param {string} text */
async function withPlace(text) {
  const engine = (await docker(["version", "--format", "{{.Server.Version}}"])).trim();
  const where = `Docker Engine ${engine}, Node.js ${process.version}, ${cpus().length} cores, load ${load.toFixed(1)} at the start`;
  return `## Interruptions\n\nMade by \`npm run interruptions\`. ${where}.\n\n${text}`;
}
