// Times the plain run on the Postfix example, whose builder stage is in the engine's cache, against the shell script that
// people write for the same (`docker build`, then ldd and dpkg -S in a container), in turns, and writes docs/speed.md.
//
//   npm run speed -- [--runs N]
//
// Times say something on an idle machine alone.
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { cpus, loadavg, totalmem } from "node:os";
import { parseArgs, promisify } from "node:util";
import { docker } from "./judges/docker.mjs";

const run = promisify(execFile);
const { values } = parseArgs({ options: { runs: { type: "string", default: "10" } } });
const RUNS = Number(values.runs);
const ROOT = new URL("..", import.meta.url).pathname;
const ARG = ["--build-arg", "BASE_IMAGE=debian:trixie-slim"];
const TAG = "msb-deps-speed:builder";
const BY_HAND = `find /out -type f -exec ldd {} + 2>/dev/null | awk '/=> \\//{print $3}' | sort -u | xargs -r realpath | xargs -r dpkg -S 2>/dev/null | cut -d: -f1 | sort -u`;

/** @type {Record<string, () => Promise<string>>} */
const ways = {
  "`msb-deps examples/postfix -f list`": () => ours("examples/postfix"),
  "`docker build`, `docker run … ldd … dpkg -S`": byHand,
  "`msb-deps examples/hello -f list`": () => ours("examples/hello"),
  "`docker build`, `docker run … true`": async () => {
    await buildBuilder();
    return docker(["run", "--rm", TAG, "true"]);
  },
};

const seconds = new Map(Object.keys(ways).map((name) => [name, /** @type {number[]} */ ([])]));
const lines = new Map();
const load = loadavg()[0] ?? 0;
try {
  for (let round = -1; round < RUNS; round += 1) {
    for (const [name, way] of Object.entries(ways)) {
      const start = process.hrtime.bigint();
      const out = await way();
      // The first round fills caches.
      if (round >= 0) seconds.get(name)?.push(Number(process.hrtime.bigint() - start) / 1e9);
      lines.set(name, out.trim().split("\n").filter(Boolean).length);
    }
  }
} finally {
  await docker(["image", "rm", "-f", TAG]);
}

const { version } = JSON.parse(await readFile(`${ROOT}package.json`, "utf8"));
const engine = (await docker(["version", "--format", "{{.Server.Version}}"])).trim();
const rows = [...seconds].map(([name, all]) => {
  const sorted = all.toSorted((a, b) => a - b);
  const at = (/** @type {number} */ share) => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(2);
  return `| ${name} | ${lines.get(name)} | ${at(0)} | ${at(0.5)} | ${at(1)} |`;
});
const machine = `${cpus().length} cores (${cpus()[0]?.model.trim() ?? "unknown"}), ${Math.round(totalmem() / 2 ** 30)} GiB`;
const text = `# Run times

Made by \`npm run speed\`; do not edit. msb-deps ${version}, ${new Date().toISOString().slice(0, 10)}, Docker Engine ${engine}, ${machine}, load
${load.toFixed(1)} at the start, ${RUNS} runs of each in turn, trixie, builder stage in the engine's cache.

The second row is a script that people commonly write for this purpose. It lists every package with a loaded library. The last
row runs nothing in its container, so it shows the cost of building and starting alone.

| command | packages listed | fastest, s | median, s | slowest, s |
|---|---:|---:|---:|---:|
${rows.join("\n")}
`;
await writeFile(`${ROOT}docs/speed.md`, text);
console.log(text);

/** @param {string} example */
async function ours(example) {
  const { stdout } = await run("node", [`${ROOT}dist/cli.js`, `${ROOT}${example}`, ...ARG, "-q", "-f", "list"]);
  return stdout;
}

async function byHand() {
  await buildBuilder();
  return docker(["run", "--rm", TAG, "sh", "-c", BY_HAND]);
}

function buildBuilder() {
  const folder = `${ROOT}examples/postfix`;
  return docker(["build", "-q", "--target", "builder", ...ARG, "-t", TAG, folder]);
}
