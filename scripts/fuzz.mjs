// Feeds changed files to the readers of what comes from images and engines. Prints what fails with its seed, and saves the
// input; exits with 1 if something failed.
//
//   npm run fuzz -- [--minutes N] [--seed N] [--only TARGET]... [--hang SECONDS]
//                     [--targets FILE] [--page FILE]
//
// The same seed makes the same inputs from the same corpus. Inputs that failed are in .build/fuzz/found; the counts of all
// runs are added up in .build/fuzz/totals.json, of which --page writes the section of the page.
import { rmSync } from "node:fs";
import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { add, readTotals, section, writeTotals } from "./fuzz/totals.mjs";
import { watch } from "./fuzz/watch.mjs";
import { replaceSection } from "./lib/page-section.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
    only: { type: "string", multiple: true },
    // Most inputs take a millisecond; a busy machine may take a hundred times as long.
    hang: { type: "string", default: "20" },
    targets: { type: "string", default: "scripts/fuzz/targets/index.ts" },
    out: { type: "string", default: ".build/fuzz" },
    page: { type: "string" },
  },
});
const seed = Number(values.seed);
const out = resolve(values.out);
const totalsFile = join(out, "totals.json");

// A thread that is ended leaves its files.
process.env.TMPDIR = await mkdtemp(join(tmpdir(), "msb-deps-fuzz-"));
process.on("exit", () => rmSync(process.env.TMPDIR ?? "", { recursive: true, force: true }));
const fuzz = await bundle();
const names = Object.keys(fuzz.targets);
const unknown = (values.only ?? []).filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`error: no target ${unknown.join(", ")}. Targets: ${names.join(", ")}.`);
  process.exit(2);
}
const chosen = values.only ?? names;
const totals = await readTotals(totalsFile);
let failures = 0;
console.log(`seed ${seed}`);
for (const name of chosen) {
  const milliseconds = (Number(values.minutes) * 60_000) / chosen.length;
  const slice = await watch(fuzz, name, { seed, milliseconds, hangMs: Number(values.hang) * 1000 });
  const { inputs, judged, seconds, found } = slice;
  console.log(`${name}: ${inputs} inputs, ${judged} judged, ${seconds.toFixed(0)} s, ${found.length} failures`);
  for (const one of found) await show(name, one);
  failures += found.length;
  add(totals, name, slice);
}
await writeTotals(totalsFile, totals);
if (values.page !== undefined) await replaceSection(values.page, "fuzz", section(totals));
process.exitCode = failures === 0 ? 0 : 1;

/** Bundles what runs in the thread; Node.js 20 reads no TypeScript. */
async function bundle() {
  await build({
    bundle: true,
    splitting: true,
    platform: "node",
    target: "node20.19",
    format: "esm",
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    // Errors are recognized by the names of their classes.
    keepNames: true,
    outdir: out,
    entryPoints: { worker: "scripts/fuzz/worker.ts", inputs: "scripts/fuzz/inputs.ts", targets: values.targets },
  });
  const [worker = "", inputs = "", module = ""] = ["worker", "inputs", "targets"].map((name) =>
    join(out, `${name}.js`),
  );
  const { targets } = await import(module);
  const { inputsOf } = await import(inputs);
  return { worker, module, targets, inputsOf };
}

/**
 * @param {string} name
 * @param {import("./fuzz/watch.mjs").Found} found
 */
async function show(name, { kind, message, index, input }) {
  let bytes = input;
  if (bytes === null) {
    bytes = /** @type {Uint8Array} */ (await (await fuzz.inputsOf(fuzz.targets[name], seed))(index));
  }
  const folder = join(out, "found");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}-${seed}-${index}`);
  await writeFile(file, bytes);
  console.log(
    `FAILED  ${name}, seed ${seed}, input ${index} (${kind}): ${message}\n        saved as ${relative(".", file)}, ${bytes.length} bytes`,
  );
}
