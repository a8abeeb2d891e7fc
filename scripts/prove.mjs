// Proves with apt and the loader that the lines of msb-deps are sufficient and irreducible, on programs that people use.
//
//   npm run prove -- [--only NAME,NAME] [--release trixie|bookworm] [--again] [--fresh] [--jobs N]
//                    [--line "PACKAGE PACKAGE"]
//
// --fresh installs every removal from the base; --line judges another line than ours, which judges the judge.
// What is proved is kept, so that a run can be broken off; a proof counts as long as line, base and builder are the same.
// When all programs are proved, docs/proof.md is written.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { imageId } from "./judges/docker.mjs";
import { baseImage, builderImage } from "./judges/images.mjs";
import { programsOf, RELEASES } from "./judges/programs.mjs";
import { isIrreducible, isSufficient, writeProofTable } from "./judges/proof-table.mjs";
import { lineOf, prove } from "./judges/prove-program.mjs";

/** @typedef {import("./judges/prove-program.mjs").Proof} Proof */
/**
 * `online`: the same for the line of `--online`, where that of the tables alone has more than it must.
 * @typedef {Proof & { key: string, date: string, seconds: number, online?: Proof }} Kept
 */

const KEPT = new URL("../node_modules/.cache/msb-deps-prove/", import.meta.url).pathname;

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    release: { type: "string", multiple: true, default: [] },
    again: { type: "boolean", default: false },
    fresh: { type: "boolean", default: false },
    jobs: { type: "string", default: "2" },
    line: { type: "string" },
  },
});
const names = values.only.flatMap((text) => text.split(","));
const releases = RELEASES.filter((release) => values.release.length === 0 || values.release.includes(release));
const all = RELEASES.flatMap((release) => programsOf(release).map((program) => ({ program, release })));
const chosen = all.filter(
  ({ program, release }) => releases.includes(release) && (names.length === 0 || names.includes(program.name)),
);
if (chosen.length === 0) throw new Error("no program of that name and release");
await mkdir(KEPT, { recursive: true });

let failed = 0;
const queue = chosen.values();
await Promise.all(Array.from({ length: Number(values.jobs) }, () => worker()));
const kept = await Promise.all(all.map(({ program, release }) => read(program.name, release)));
const proofs = kept.filter((one) => one !== null);
if (proofs.length === all.length && names.length === 0) await writeProofTable(proofs);
console.log(`${chosen.length - failed} proved, ${failed} not`);
process.exitCode = failed === 0 ? 0 : 1;

async function worker() {
  for (const { program, release } of queue) {
    const label = `${release} ${program.name}`;
    try {
      const proof = await proved(program, release);
      const good = isSufficient(proof) && isIrreducible(proof.online ?? proof) && isSufficient(proof.online ?? proof);
      if (!good) failed += 1;
      console.log(`${good ? "proved" : "NOT PROVED"} ${label}: ${proof.line.length} packages, ${proof.seconds} s`);
      if (!good) console.log(complaints(proof));
    } catch (error) {
      failed += 1;
      console.log(`FAILED ${label}: ${error instanceof Error ? error.message : error}`);
    }
  }
}

/** @param {import("./judges/programs.mjs").Program} program @param {import("./judges/programs.mjs").Release} release */
async function proved(program, release) {
  const start = Date.now();
  const answer =
    values.line === undefined
      ? await lineOf(program, release)
      : { line: values.line.split(" ").filter((word) => word !== ""), trouble: [] };
  const builder = await builderImage(release, program.group);
  const parts = [builder, await imageId(baseImage(release)), answer, values.fresh];
  const key = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  const before = await read(program.name, release);
  if (before?.key === key && !values.again) return before;
  const options = { fresh: values.fresh };
  const proof = await prove(program, release, answer, options);
  const asks = !isIrreducible(proof) && values.line === undefined;
  const online = asks
    ? await prove(program, release, await lineOf(program, release, ["--online"]), options)
    : undefined;
  const seconds = Math.round((Date.now() - start) / 1000);
  /** @type {Kept} */
  const keeping = {
    ...proof,
    ...(online === undefined ? {} : { online }),
    key,
    date: new Date().toISOString().slice(0, 10),
    seconds,
  };
  if (values.line === undefined) await writeFile(fileOf(program.name, release), JSON.stringify(keeping, null, 1));
  return keeping;
}

/** @param {string} name @param {string} release */
function fileOf(name, release) {
  return join(KEPT, `${release}-${name}.json`);
}

/** @param {string} name @param {string} release @returns {Promise<Kept | null>} */
async function read(name, release) {
  try {
    return JSON.parse(await readFile(fileOf(name, release), "utf8"));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return null;
    throw error;
  }
}

/** @param {Kept} proof */
function complaints({ trouble, unresolved, removals }) {
  const lines = [
    ...[...trouble, ...unresolved].map(({ path, trouble }) => `${path}: ${trouble}`),
    ...removals.filter(({ broken }) => broken === 0).map((one) => `removable: ${one.package}: ${one.example}`),
  ];
  return lines
    .slice(0, 20)
    .map((line) => `    ${line}`)
    .join("\n");
}
