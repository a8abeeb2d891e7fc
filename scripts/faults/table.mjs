import { COLUMNS, IDLE_S, RUN_S } from "./cases.mjs";

/**
 * @typedef {object} Row
 * @property {number} index
 * @property {string} way
 * @property {string} phase
 * @property {string} column
 * @property {import("./run.mjs").Outcome} outcome
 * @property {readonly string[]} wrong
 */

/**
 * The section of docs/reliability.md.
 *
 * @param {readonly Row[]} rows
 * @param {string} where what it was run on
 */
export function section(rows, where) {
  const ways = [...new Set(rows.map(({ way }) => way))];
  const interrupted = rows.filter(({ column }) => COLUMNS[column]?.interrupt === true);
  const slowest = Math.max(0, ...interrupted.map(({ outcome }) => outcome.seconds));
  const wrong = rows.filter((row) => row.wrong.length > 0).length;
  return `## Failing engines

Made by \`npm run faults\`. ${where}, \`--engine-timeout ${IDLE_S}s --timeout ${RUN_S}s\`. A proxy between msb-deps and the engine
makes one request fail. ${rows.length} runs, ${wrong === 0 ? "all" : `all but ${wrong}`} of them with the result as without a fault, or with
one error and no stack trace; nothing was left behind, or it was named if the engine could not be reached any more. After
Ctrl-C the slowest took ${slowest.toFixed(1)} s.

| fault | what happens |
| --- | --- |
${Object.entries(COLUMNS)
  .map(([name, { means }]) => `| ${name} | ${means} |`)
  .join("\n")}

*Seconds* is the time from the fault to the end, for several faults the longest. *Left* counts the containers and tags that
could not be removed; the run names them.

${ways.map((way) => `### ${way}\n\n${table(rows.filter((row) => row.way === way))}`).join("\n\n")}
`;
}

/** Faults of a phase that end in the same way share a line. @param {readonly Row[]} rows */
function table(rows) {
  /** @type {Map<string, Row[]>} */
  const groups = new Map();
  for (const row of rows) {
    const key = JSON.stringify([row.phase, row.outcome.code, row.outcome.left.length, messageOf(row)]);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const lines = [...groups.values()].map((group) => {
    const [{ phase, outcome }] = /** @type {[Row]} */ (group);
    const seconds = Math.max(...group.map((row) => row.outcome.seconds)).toFixed(1);
    const left = outcome.left.length === 0 ? "" : String(outcome.left.length);
    const columns = group.map(({ column }) => column).join("; ");
    return `| ${phase} | ${columns} | ${outcome.code} | ${seconds} | ${left} | ${messageOf(/** @type {Row} */ (group[0]))} |`;
  });
  return `| phase | fault | exit | seconds | left | error |\n| --- | --- | --- | --- | --- | --- |\n${lines.join("\n")}`;
}

/** The first sentence of the error, without what is new in each run. @param {Row} row */
function messageOf({ outcome: { message } }) {
  const [sentence = ""] = /^.*?[.:](?= [A-Z]|$)/.exec(message) ?? [message];
  return sentence
    .replace(/\/\S*\/project\//g, "")
    .replace(/(msb-deps\/look:|msb-deps-)[0-9a-f.]+/g, "$1…")
    .replaceAll("|", "\\|");
}
