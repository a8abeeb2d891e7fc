// Writes the section on mutation testing of docs/reliability.md from the report of `npm run mutation`:
//
//   npm run mutation:page -- [--page FILE]
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { replaceSection } from "../lib/page-section.mjs";

const { values } = parseArgs({ options: { page: { type: "string", default: "docs/reliability.md" } } });
const json = async (path) => JSON.parse(await readFile(path, "utf8"));
const [settings, report] = [await json("stryker.config.json"), await json(".stryker/report.json")];
if (String(report.config.mutate) !== String(settings.mutate))
  throw new Error(".stryker/report.json is about some files only: run `npm run mutation`");

const files = Object.entries(report.files).map(([path, { mutants }]) => ({ path, ...countOf(mutants) }));
const rows = ["src/debian", "src/loader"].map((folder) =>
  row(`\`${folder}\``, sumOf(files.filter(({ path }) => path.startsWith(`${folder}/`)))),
);
const all = sumOf(files);
const { break: least } = settings.thresholds;
const weak = files.filter((file) => file.changes > 0 && score(file) < least).sort((a, b) => score(a) - score(b));
const below = weak.map((file) => `\`${file.path}\` (${percent(score(file))})`).join(", ");

await replaceSection(
  values.page,
  "mutation",
  `## Mutation testing

Written by \`npm run mutation:page\` after \`npm run mutation\` on ${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${cpus().length} cores
(${cpus()[0]?.model}). Stryker changes the code in one place at a time and runs the unit tests of the folder that
reach the place. A change is noticed if a test fails or does not end. Not changed are constants of modules, and tests that
start programs of the machine are left out, so their share is not counted.

| code | changes | noticed | not noticed | reached by no test | score |
| --- | ---: | ---: | ---: | ---: | ---: |
${rows.join("\n")}
${row("all", all)}

Of the changes that a test reaches, ${percent((100 * all.noticed) / (all.changes - all.unreached))} are noticed. Files below ${least} %:
${below === "" ? "none" : below}.
`,
);

/** Stryker's own count: mutants that could not be run, or are left out, are none. */
function countOf(mutants) {
  const number = (...states) => mutants.filter(({ status }) => states.includes(status)).length;
  const [noticed, unnoticed, unreached] = [number("Killed", "Timeout"), number("Survived"), number("NoCoverage")];
  return { noticed, unnoticed, unreached, changes: noticed + unnoticed + unreached };
}

function sumOf(counts) {
  const sum = (name) => counts.reduce((total, count) => total + count[name], 0);
  return { noticed: sum("noticed"), unnoticed: sum("unnoticed"), unreached: sum("unreached"), changes: sum("changes") };
}

function score({ noticed, changes }) {
  return (100 * noticed) / changes;
}

function percent(value) {
  return `${value.toFixed(1)} %`;
}

function row(name, count) {
  const cells = [count.changes, count.noticed, count.unnoticed, count.unreached].map((value) =>
    value.toLocaleString("en"),
  );
  return `| ${[name, ...cells, percent(score(count))].join(" | ")} |`;
}
