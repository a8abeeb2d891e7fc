// Shows with real programs that trace names the packages that a run needs: the run fails in the image with the line, and
// succeeds with what --add-observed adds. Writes the table of docs/trace.md.
//
//   npm run prove:trace -- [--only NAME,NAME] [--release trixie|bookworm]
//
// What was shown is kept, so that a run can be broken off; the table is written from all that is kept.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { packages, programs } from "./trace/programs.mjs";

/** @typedef {import("./trace/programs.mjs").Program} Program @typedef {import("./trace/programs.mjs").Release} Release */
/** @typedef {{ outcome: string, exitCode: number, probe: number | null }} End */
/**
 * @typedef {{ name: string, about: string, release: Release, seconds: number, before: string[], after: string[],
 *   full: End, without: End | null, lean: End, paths: number, exitCode: number | null }} Shown
 */

const KEPT = new URL("../node_modules/.cache/msb-deps-trace/", import.meta.url).pathname;
const PAGE = new URL("../docs/trace.md", import.meta.url);
/** @type {readonly Release[]} */
const RELEASES = ["trixie", "bookworm"];
const START = "<!-- made by npm run prove:trace -->";
const END = "<!-- end -->";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [] },
    release: { type: "string", multiple: true, default: [] },
  },
});
const names = values.only.flatMap((text) => text.split(","));
const chosen = RELEASES.filter((release) => values.release.length === 0 || values.release.includes(release)).flatMap(
  (release) =>
    programs(release).flatMap((program) =>
      names.length === 0 || names.includes(program.name) ? [{ release, program }] : [],
    ),
);
await mkdir(KEPT, { recursive: true });
let failed = 0;
for (const { release, program } of chosen) {
  const label = `${release} ${program.name}`;
  try {
    const shown = await show(program, release);
    await writeFile(join(KEPT, `${release}-${program.name}.json`), JSON.stringify(shown, null, 1));
    if (!isShown(shown)) failed += 1;
    console.log(`${isShown(shown) ? "shown" : "NOT SHOWN"} ${label}: ${added(shown).join(" ")}, ${shown.seconds} s`);
  } catch (error) {
    failed += 1;
    console.log(`FAILED ${label}: ${error instanceof Error ? error.message : error}`);
  }
}
await writeTable();
console.log(`${chosen.length - failed} shown, ${failed} not`);
process.exitCode = failed === 0 ? 0 : 1;

/** @param {Program} program @param {Release} release @returns {Promise<Shown>} */
async function show(program, release) {
  const folder = await mkdtemp(join(tmpdir(), "msb-deps-trace-"));
  const start = Date.now();
  try {
    for (const [name, text] of Object.entries({ ...program.files, keep: "" }))
      await writeFile(join(folder, name), text);
    await writeFile(join(folder, "Dockerfile"), dockerfile(program, release));
    const args = ["trace", folder, "-f", "json", "-q", "--allow-empty", "--add-observed", ...(program.args ?? [])];
    const { stdout, stderr, code } = await run([...args, "--", ...program.command], program.stdin ?? "");
    if (stdout === "") throw new Error(stderr);
    const { trace } = JSON.parse(stdout);
    return {
      ...{ name: program.name, about: program.about, release, seconds: Math.round((Date.now() - start) / 1000) },
      ...{ before: trace.lineBefore, after: trace.line, full: trace.full, without: trace.leanBefore, lean: trace.lean },
      ...{ paths: trace.full.paths, exitCode: code },
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {Program} program @param {Release} release */
function dockerfile({ make }, release) {
  const image = `debian:${release}-slim`;
  const apt = "apt-get update && apt-get install -y --no-install-recommends";
  return `FROM ${image} AS builder
RUN ${apt} ${packages(release).join(" ")} && rm -rf /var/lib/apt/lists/*
COPY . /src/
RUN ${make}
FROM ${image}
COPY --from=builder /out/ /
USER 1000
`;
}

/** @param {string[]} args @param {string} input @returns {Promise<{ stdout: string, stderr: string, code: number | null }>} */
function run(args, input) {
  const child = spawn(process.execPath, [new URL("../dist/cli.js", import.meta.url).pathname, ...args]);
  child.stdin.end(input);
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => (stdout += data));
  child.stderr.on("data", (data) => (stderr += data));
  return new Promise((done) => child.on("close", (code) => done({ stdout, stderr, code })));
}

/** The run fails without what is added, and not with it. @param {Shown} shown */
function isShown({ full, without, lean, exitCode }) {
  const ends = (/** @type {End} */ end) =>
    JSON.stringify([end.outcome, end.probe, end.outcome === "ended" ? end.exitCode : 0]);
  return exitCode === 0 && without !== null && ends(without) !== ends(full) && ends(lean) === ends(full);
}

/** @param {Shown} shown */
function added({ before, after }) {
  return after.filter((word) => !before.includes(word));
}

/** @param {End | null} end */
function endText(end) {
  if (end === null) return "not run";
  const own = end.outcome === "ended" ? `exit ${end.exitCode}` : "runs";
  return end.probe === null ? own : `${own}, probe ${end.probe}`;
}

async function writeTable() {
  /** @type {string[]} */
  const rows = [];
  for (const release of RELEASES) {
    rows.push("", `### debian:${release}-slim`, "");
    rows.push("| program | what it opens | line before | added | run before | run after | paths |");
    rows.push("| --- | --- | --- | --- | --- | --- | ---: |");
    for (const { name } of programs(release)) {
      const shown = await kept(name, release);
      if (shown === null) continue;
      const cells = [
        ...[shown.name, shown.about, shown.before.join(" ") || "(nothing)", added(shown).join(" ") || "(nothing)"],
        ...[
          endText(shown.without),
          `${endText(shown.lean)}${isShown(shown) ? "" : " (not shown)"}`,
          String(shown.paths),
        ],
      ];
      rows.push(`| ${cells.join(" | ")} |`);
    }
  }
  const page = await readFile(PAGE, "utf8");
  const [head = "", rest = ""] = page.split(START);
  const tail = rest.slice(rest.indexOf(END));
  await writeFile(PAGE, `${head}${START}\n${rows.join("\n").trim()}\n\n${tail}`);
}

/** @param {string} name @param {Release} release @returns {Promise<Shown | null>} */
async function kept(name, release) {
  try {
    return JSON.parse(await readFile(join(KEPT, `${release}-${name}.json`), "utf8"));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === "ENOENT") return null;
    throw error;
  }
}
