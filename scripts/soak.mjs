// Runs the same command again and again on one engine, and several at once: every run gives the same bytes, nothing is left
// on the engine or among the temporary files, and no run takes more than another. Writes its section of
// docs/reliability.md; exits with 1 if a run differs or something is left.
//
//   npm run soak -- [--runs N] [--at-once N] [--rounds N] [--page FILE]
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { docker } from "./judges/docker.mjs";
import { replaceSection } from "./lib/page-section.mjs";
import { runOnce } from "./soak/run-once.mjs";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "500" },
    "at-once": { type: "string", default: "16" },
    rounds: { type: "string", default: "4" },
    page: { type: "string", default: "docs/reliability.md" },
  },
});
const [RUNS, AT_ONCE, ROUNDS] = [values.runs, values["at-once"], values.rounds].map(Number);
const COMMAND = "msb-deps examples/hello -f json --build-arg BASE_IMAGE=debian:trixie-slim";
const ARGS = [...COMMAND.split(" ").slice(1), "-q"];

const folder = await mkdtemp(join(tmpdir(), "msb-deps-soak-"));
const temporary = join(folder, "tmp");
await mkdir(temporary);
try {
  await main();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function main() {
  const load = loadavg()[0] ?? 0;
  // Fills the engine's cache, and says what every other run has to say.
  const first = await runOnce(ARGS, temporary);
  if (first.code !== 0) throw new Error(`the first run ended with ${first.code}:\n${first.stderr}`);
  const inARow = await series(RUNS ?? 0, 1);
  const atOnce = await series((AT_ONCE ?? 0) * (ROUNDS ?? 0), AT_ONCE ?? 1);
  const left = await leftBy([first, ...inARow, ...atOnce]);
  const bad = [...inARow, ...atOnce].filter(({ code, stdout }) => code !== 0 || stdout !== first.stdout);
  const rows = [row("in a row", inARow, first.stdout), row(`${AT_ONCE} at once`, atOnce, first.stdout)];
  const section = await report(rows, left, load);
  await replaceSection(values.page, "soak", section);
  console.log(section);
  for (const { code, stderr } of bad.slice(0, 3)) console.error(`a run differs (exit ${code}): ${stderr}`);
  if (bad.length > 0 || Object.values(left).some((count) => count > 0)) process.exitCode = 1;
}

/**
 * @param {number} count
 * @param {number} atOnce
 */
async function series(count, atOnce) {
  const runs = [];
  while (runs.length < count) {
    const size = Math.min(atOnce, count - runs.length);
    runs.push(...(await Promise.all(Array.from({ length: size }, () => runOnce(ARGS, temporary)))));
    if (runs.length % 50 < size) console.error(`${runs.length} of ${count}`);
  }
  return runs;
}

/**
 * What the runs left on the engine, where others may work too, and among the temporary files.
 * @param {readonly import("./soak/run-once.mjs").Run[]} runs
 */
async function leftBy(runs) {
  const started = new Set(runs.map(({ pid }) => pid));
  const ours = async (/** @type {string[]} */ ...args) => {
    const names = (await docker(args)).split("\n");
    // The name has its owner: boot ID, PID namespace, PID …
    return names.filter((name) => started.has(Number(/[-:][0-9a-f]+\.\d+\.(\d+)\./.exec(name)?.[1]))).length;
  };
  return {
    containers: await ours("ps", "--all", "--format", "{{.Names}}", "--filter", "label=msb-deps"),
    tags: await ours("images", "--format", "{{.Repository}}:{{.Tag}}", "msb-deps/look"),
    "temporary files": (await readdir(temporary)).length,
  };
}

/**
 * @param {string} name
 * @param {readonly import("./soak/run-once.mjs").Run[]} runs
 * @param {string} expected
 */
function row(name, runs, expected) {
  const same = runs.filter(({ code, stdout }) => code === 0 && stdout === expected).length;
  const tenth = Math.max(1, Math.floor(runs.length / 10));
  const range = (/** @type {(run: import("./soak/run-once.mjs").Run) => number} */ of, digits = 0) => {
    const middle = (/** @type {typeof runs} */ part) => part.map(of).toSorted((a, b) => a - b)[part.length >> 1] ?? 0;
    const all = [middle(runs.slice(0, tenth)), middle(runs.slice(-tenth)), Math.max(...runs.map(of))];
    return all.map((value) => value.toFixed(digits)).join(" / ");
  };
  return `| ${name} | ${runs.length} | ${same} | ${range(({ megabytes }) => megabytes)} | ${range(({ descriptors }) => descriptors)} | ${range(({ seconds }) => seconds, 1)} |`;
}

/**
 * @param {readonly string[]} rows
 * @param {Awaited<ReturnType<typeof leftBy>>} left
 * @param {number} load
 */
async function report(rows, left, load) {
  const version = (await docker(["version", "--format", "{{.Server.Version}}"])).trim();
  const counts = Object.entries(left).map(([name, count]) => `${count} ${name}`);
  return `## Many runs

Written by \`npm run soak\` on ${new Date().toISOString().slice(0, 10)}: \`${COMMAND}\` on Docker Engine ${version}, ${cpus().length} cores,
${Math.round(totalmem() / 2 ** 30)} GiB, load ${load.toFixed(1)} at the start. Three numbers are the median of the first tenth of the runs, that of the last tenth, and
the maximum. Memory is the peak resident size of a process; descriptors are those that are open when it ends.

| runs | number | same bytes | memory, MiB | descriptors | seconds |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.join("\n")}

Left behind: ${counts.join(", ")}.`;
}
