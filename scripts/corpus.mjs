// Runs the rules that need no build over a folder of Dockerfiles, and counts.
//
//   npm run corpus -- DIRECTORY [--code CODE]... [--json FILE]
//
// Every regular file below DIRECTORY that is named like a Dockerfile counts (Dockerfile, Containerfile, *.Dockerfile,
// Dockerfile.*). Printed are the findings by code and severity, what was not judged and why, the files that could not be
// read, and the time. --code prints the findings of a code, a line each; --json keeps all of them.
import { readdir, writeFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { parseArgs } from "node:util";
import { Messages, program, Results } from "../.build/judges/ours.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { code: { type: "string", multiple: true, default: [] }, json: { type: "string" } },
});
const [folder] = positionals;
if (folder === undefined || positionals.length > 1) {
  console.error("usage: npm run corpus -- DIRECTORY [--code CODE]... [--json FILE]");
  process.exit(2);
}

const NAME = /^(?:docker|container)file(?:[._-].*)?$|[._-](?:docker|container)file$/i;
const NO_DOCKERFILE = /\.(?:dockerignore|md|sh|ya?ml|json)$/i;

const entries = await readdir(folder, { recursive: true, withFileTypes: true });
const files = entries
  .filter((entry) => entry.isFile() && NAME.test(entry.name) && !NO_DOCKERFILE.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .sort();

const reports = [];
const started = process.hrtime.bigint();
for (const file of files) reports.push(await audit(file));
const seconds = Number(process.hrtime.bigint() - started) / 1e9;

for (const { file, findings } of reports) {
  for (const { code, line, severity, message } of findings) {
    if (values.code.includes(code)) console.log(`${relative(folder, file)}:${line} ${code} ${severity} ${message}`);
  }
}
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(reports, null, 1));
print();

/** `msb-deps audit --no-build -f json` of a file, in this process. */
async function audit(file) {
  const out = collector();
  const err = collector();
  const io = {
    env: {},
    stdin: new PassThrough().end(),
    messages: new Messages(err),
    results: new Results(out),
    signal: new AbortController().signal,
  };
  const before = process.hrtime.bigint();
  let report = { findings: [], judged: [] };
  let error = null;
  try {
    await program({ io, finished: () => {}, stopAfter: () => {}, showTimings: () => {} }).parseAsync([
      "node",
      "msb-deps",
      "audit",
      "--no-build",
      "-f",
      "json",
      file,
    ]);
    await io.results.done;
    report = JSON.parse(out.text());
  } catch (cause) {
    error = { code: cause.code ?? "crash", message: cause.message };
  }
  const milliseconds = Number(process.hrtime.bigint() - before) / 1e6;
  return { file, milliseconds, error, findings: report.findings, judged: report.judged ?? [] };
}

function collector() {
  const chunks = [];
  const stream = new Writable({
    write(chunk, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  return Object.assign(stream, { text: () => Buffer.concat(chunks).toString("utf8") });
}

function print() {
  const findings = reports.flatMap((report) => report.findings);
  const slowest = reports.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, 3);
  console.log(`${files.length} files, ${findings.length} findings, ${seconds.toFixed(1)} s`);
  table(
    "findings",
    findings.map(({ code, severity }) => `${code} ${severity}`),
  );
  const open = reports.flatMap(({ judged }) => judged.filter(({ status }) => status !== "judged"));
  table(
    "not judged (rules)",
    open.map(({ rule, status, reason }) => `${rule} ${status}: ${reason}`),
  );
  table(
    "not read (files)",
    reports.flatMap(({ error }) =>
      error === null ? [] : `${error.code}: ${error.message.split("\n")[0].slice(0, 90)}`,
    ),
  );
  const slow = slowest.map(({ file, milliseconds }) => `${basename(file)} ${Math.round(milliseconds)} ms`);
  console.log(`slowest: ${slow.join(", ")}`);
}

function table(title, keys) {
  const counts = new Map();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  if (counts.size === 0) return;
  console.log(`\n${title}`);
  for (const [key, count] of [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)))
    console.log(`${String(count).padStart(6)}  ${key}`);
}
