// Runs the commands against an engine that fails, through a proxy of ours: each phase of a run with each fault. A run has
// to end with its result or one clear error, in time, without a stack trace, and with nothing left. Writes its section of
// docs/reliability.md; exits with 1 if a run does not end so.
//
//   npm run faults -- [--quick] [--way NAME] [--phase NAME] [--at-once N] [--page FILE]
//
// --quick: what the test suite tries. It writes no page, nor does a run of some ways or phases.
import { mkdir } from "node:fs/promises";
import { cpus, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { COLUMNS, isPossible, PHASES, QUICK, WAYS } from "./faults/cases.mjs";
import { complaints } from "./faults/judge.mjs";
import { LABEL, runOnce } from "./faults/run.mjs";
import { section } from "./faults/table.mjs";
import { docker } from "./judges/docker.mjs";
import { replaceSection } from "./lib/page-section.mjs";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    way: { type: "string" },
    phase: { type: "string" },
    "at-once": { type: "string", default: "2" },
    cli: { type: "string", default: "dist/cli.js" },
    page: { type: "string", default: "docs/reliability.md" },
  },
});
const host = process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock";
if (!host.startsWith("unix://")) throw new Error(`the proxy needs an engine on a Unix socket, not ${host}`);
const setting = { cli: values.cli, engine: host.slice("unix://".length) };
const load = loadavg()[0] ?? 0;

/** @typedef {import("./faults/table.mjs").Row} Row */
/** @typedef {readonly [string, string, string]} Case */

/** @type {readonly Case[]} */
const whole = Object.entries(WAYS).flatMap(([way, { phases }]) =>
  phases.flatMap((phase) =>
    Object.keys(COLUMNS).flatMap((column) =>
      isPossible(phase, column) ? [/** @type {Case} */ ([way, phase, column])] : [],
    ),
  ),
);
const cases = (values.quick ? QUICK : whole).filter(
  ([way, phase]) => (values.way ?? way) === way && (values.phase ?? phase) === phase,
);

/** How each way ends without a fault. @type {Map<string, import("./faults/run.mjs").Outcome>} */
const bases = new Map();
for (const way of new Set(cases.map(([name]) => name))) {
  const base = await runOnce(setting, way, null);
  if (base.stdout === "" || base.left.length > 0)
    throw new Error(`${way} without a fault ended with ${base.code}, and left ${base.left.length}:\n${base.stderr}`);
  bases.set(way, base);
}

/** @type {Row[]} */
const rows = [];
const waiting = [...cases.entries()];
await Promise.all(Array.from({ length: Number(values["at-once"]) }, work));
rows.sort((a, b) => a.index - b.index);
const late = await leftLate();
for (const name of late) console.log(`LATE     ${name} turned up after its run`);
const bad = rows.filter(({ wrong }) => wrong.length > 0).length + late.length;
console.log(`${rows.length - bad} as they should be, ${bad} not`);
if (!values.quick && values.way === undefined && values.phase === undefined) {
  await mkdir("docs", { recursive: true });
  const engine = (await docker(["version", "--format", "{{.Server.Version}}"])).trim();
  const machine = `${cpus().length} cores, load ${load.toFixed(1)} at the start`;
  await replaceSection(values.page, "faults", section(rows, `Docker Engine ${engine}, ${machine}`));
}
process.exitCode = bad === 0 ? 0 : 1;

async function work() {
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [index, [way, phase, column]] = next;
    const base = bases.get(way);
    if (base === undefined) continue;
    const outcome = await runOnce(setting, way, { phase, column, nth: nthOf(way, phase, base.calls) });
    // The tests run beside others, on a machine that may be slow.
    const wrong = complaints(outcome, base, column, values.quick ? 3 : 1);
    rows.push({ index, way, phase, column, outcome, wrong });
    const { code, seconds, left, message } = outcome;
    const words = `${way} | ${phase} | ${column} | exit ${code} | ${seconds.toFixed(1)} s | ${left.length} left | ${message}`;
    console.log(`${wrong.length === 0 ? "ok" : "WRONG"}  ${words}${wrong.map((what) => `\n       ${what}`).join("")}`);
  }
}

/** Which call of a phase fails. @param {string} way @param {string} phase @param {readonly string[]} calls without a fault */
function nthOf(way, phase, calls) {
  const count = calls.filter((name) => PHASES[phase]?.call.test(name)).length;
  if (count === 0) throw new Error(`${way} does not come through: ${phase}`);
  return WAYS[way]?.last === true ? count : 1;
}

/** What the engine was still making when its run had ended; removed and named. */
async function leftLate() {
  await new Promise((done) => setTimeout(done, 2000));
  const filter = ["--filter", `label=${LABEL}`];
  const list = async (/** @type {string[]} */ args) => (await docker([...args, ...filter])).split("\n").filter(Boolean);
  const containers = await list(["ps", "--all", "--format", "{{.Names}}"]);
  const tags = await list(["images", "--format", "{{.Repository}}:{{.Tag}}"]);
  for (const name of containers) await docker(["rm", "-f", "-v", name]);
  for (const tag of tags) await docker(["rmi", "-f", tag]);
  return [...containers, ...tags];
}
