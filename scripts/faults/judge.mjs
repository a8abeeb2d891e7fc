import { COLUMNS } from "./cases.mjs";

/** @typedef {import("./run.mjs").Outcome} Outcome */

/**
 * What is wrong with how a run ended; nothing where it is as it should be: with the result as without a fault, or with
 * exit code 2 and one error; in time; and with nothing left, or, where the engine is out of reach, with its name.
 *
 * @param {Outcome} outcome
 * @param {Outcome} base without a fault
 * @param {string} columnName
 * @param {number} slack how many times as long as a fault may take
 * @returns {string[]}
 */
export function complaints(outcome, base, columnName, slack) {
  const column = COLUMNS[columnName];
  if (column === undefined) throw new Error(`no such fault: ${columnName}`);
  const { code, stdout, stderr, seconds, left, struck } = outcome;
  const found = [];
  if (!struck) found.push("the fault did not happen");
  if (code === null) found.push("it did not end");
  if (/^\s+at .*:\d+:\d+\)?$/m.test(stderr) || stderr.includes("internal error")) found.push("a stack trace");
  const went = code === base.code && stdout === base.stdout;
  const failed = code === 2 && stdout === "" && (stderr.match(/^error: /gm) ?? []).length === 1;
  if (column.interrupt === true ? code !== 130 || stdout !== "" : !went && !failed)
    found.push(`it ended with ${code}${stdout === base.stdout ? "" : ", and another result"}`);
  if (seconds > column.seconds * slack) found.push(`it took ${seconds.toFixed(1)} s`);
  for (const name of left) {
    if (column.unreachable !== true) found.push(`left: ${name}`);
    else if (!stderr.includes(name)) found.push(`left and not named: ${name}`);
  }
  return found;
}
