// Measures run times against what people use for the same, in turns, and writes docs/performance.md with a chart.
//
//   npm run bench -- [--pairs N] [--only hello,postfix,large,huge] [--json FILE]
//
// The corpora are built first, if they are not there: the large one takes minutes and 3 GB. Times say something on an idle
// machine alone; ratios of runs in turn say more.
import { readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { CORPORA } from "./bench/corpora.mjs";
import { measured } from "./bench/measured.mjs";
import { chart, page } from "./bench/page.mjs";
import { docker } from "./judges/docker.mjs";

const { values } = parseArgs({
  options: { pairs: { type: "string", default: "5" }, only: { type: "string" }, json: { type: "string" } },
});
const root = new URL("..", import.meta.url).pathname;
const names = values.only?.split(",") ?? Object.keys(CORPORA);
const load = loadavg()[0] ?? 0;

const results = [];
for (const name of names) {
  const corpus = CORPORA[name];
  if (corpus === undefined) throw new Error(`no corpus ${name}: there are ${Object.keys(CORPORA).join(", ")}`);
  await corpus.prepare();
  const pairs = Math.min(Number(values.pairs), corpus.maxPairs ?? Number.POSITIVE_INFINITY);
  results.push({ name, what: corpus.what, pairs, ways: await measured(corpus.ways, pairs) });
}

const { version } = JSON.parse(await readFile(`${root}package.json`, "utf8"));
const facts = {
  version,
  date: new Date().toISOString().slice(0, 10),
  engine: (await docker(["version", "--format", "{{.Server.Version}}"])).trim(),
  machine: `${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
  load: load.toFixed(1),
};
if (values.json !== undefined) await writeFile(values.json, JSON.stringify({ facts, results }, null, 2));
await writeFile(`${root}docs/performance.svg`, chart(results));
await writeFile(`${root}docs/performance.md`, page(facts, results, await notes(`${root}docs/performance.md`)));

/** The part of the page that people write. */
async function notes(path) {
  const text = await readFile(path, "utf8").catch(() => "");
  const at = text.indexOf("\n## Notes\n");
  return at < 0 ? "" : text.slice(at);
}
