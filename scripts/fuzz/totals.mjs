import { mkdir, readFile, writeFile } from "node:fs/promises";
import { cpus } from "node:os";
import { dirname } from "node:path";

/**
 * What was tried until now, by target: a long time of it is made of several runs.
 * @typedef {Record<string, { inputs: number, judged: number, seconds: number, failures: number }>} Totals
 */

/** @param {string} path @returns {Promise<Totals>} */
export async function readTotals(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return {};
  }
}

/**
 * @param {string} path
 * @param {Totals} totals
 */
export async function writeTotals(path, totals) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, JSON.stringify(totals, null, 1));
}

/**
 * @param {Totals} totals
 * @param {string} name
 * @param {import("./watch.mjs").Slice} slice
 */
export function add(totals, name, { inputs, judged, seconds, found }) {
  const before = totals[name] ?? { inputs: 0, judged: 0, seconds: 0, failures: 0 };
  totals[name] = {
    inputs: before.inputs + inputs,
    judged: before.judged + judged,
    seconds: before.seconds + seconds,
    failures: before.failures + found.length,
  };
}

/** The section of docs/reliability.md. @param {Totals} totals */
export function section(totals) {
  const all = Object.entries(totals);
  const sum = (/** @type {(one: Totals[string]) => number} */ of) => all.reduce((total, [, one]) => total + of(one), 0);
  const number = (/** @type {number} */ value) => Math.round(value).toLocaleString("en");
  const row = (/** @type {string} */ name, /** @type {number[]} */ ...values) =>
    `| ${[name, ...values.map(number)].join(" | ")} |`;
  const columns = [
    (/** @type {Totals[string]} */ one) => one.inputs,
    (/** @type {Totals[string]} */ one) => one.judged,
    (/** @type {Totals[string]} */ one) => one.seconds,
    (/** @type {Totals[string]} */ one) => one.failures,
  ];
  return `## Fuzzing

Written by \`npm run fuzz\` on ${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), one thread. The
inputs are changed copies of files of that machine and of the test fixtures. A failure is an exception that is not an error
of ours, more than 20 s or half a GiB for one input, or a reading other than that of the program that judges (\`readelf\`,
\`dpkg-query\`, \`ldconfig -p\`, \`dash -n\`). Judged are some of the inputs that the judge accepts.

| reader | inputs | judged | seconds | failures |
| --- | ---: | ---: | ---: | ---: |
${all.map(([name, one]) => row(name, ...columns.map((of) => of(one)))).join("\n")}
${row("all", ...columns.map(sum))}`;
}
