// One program proved: the line that msb-deps prints, held against apt and the loader in real containers.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker, inContainer, run } from "./docker.mjs";
import { APT, baseImage, builderImage, indexedBase } from "./images.mjs";

/** @typedef {import("./programs.mjs").Program} Program */
/** @typedef {import("./programs.mjs").Release} Release */
/** @typedef {{ path: string, trouble: string }} Trouble */
/**
 * A member of the line taken out.
 * @typedef {object} Removal
 * @property {string} package
 * @property {number} gone packages that apt installs with the whole line and not without this member
 * @property {"purged" | "built"} way purged from the whole runtime image, or installed from the base without it
 * @property {number} broken files that no longer resolve
 * @property {string} example
 */
/**
 * @typedef {object} Proof
 * @property {string} name
 * @property {Release} release
 * @property {string} kind
 * @property {number} files
 * @property {number} asked files that the loader was asked about
 * @property {number} exempt troubles that are the same where the whole program is installed
 * @property {readonly string[]} line
 * @property {readonly Trouble[]} trouble what msb-deps itself says is missing or must be copied
 * @property {readonly Trouble[]} unresolved with the line installed
 * @property {readonly Removal[]} removals
 */

const HERE = new URL(".", import.meta.url).pathname;
const CLI = new URL("../../dist/cli.js", import.meta.url).pathname;

/**
 * The line of a program, by the built command on a two-stage Dockerfile.
 *
 * @param {Program} program
 * @param {Release} release
 */
export async function lineOf(program, release) {
  const builder = await builderImage(release, program.group);
  const dockerfile = `FROM ${builder} AS builder\nFROM ${baseImage(release)}\nCOPY --from=builder /out/${program.name}/ /\n`;
  const { code, stdout, stderr } = await run(process.execPath, [CLI, "-", "-f", "json", "-q"], { stdin: dockerfile });
  if (stdout === "") throw new Error(`msb-deps ended with ${code}: ${stderr.trim().slice(-1500)}`);
  /** @type {import("../../dist/analysis/model.js").Analysis} */
  const { install, missing, copy, complete } = JSON.parse(stdout);
  const prefix = `/out/${program.name}`.length;
  const trouble = [
    ...missing.flatMap(({ kind, name, version, requiredBy }) =>
      requiredBy.map((path) => ({
        path: path.slice(prefix),
        trouble: `msb-deps says: missing ${kind} ${name}${version === null ? "" : ` ${version}`}`,
        name,
      })),
    ),
    ...copy.map(({ soname, source }) => ({ path: source, trouble: `msb-deps says: to be copied`, name: soname })),
    ...(complete ? [] : [{ path: "/", trouble: "msb-deps says: not complete", name: "" }]),
  ];
  return { line: install, trouble };
}

/**
 * @param {Program} program
 * @param {Release} release
 * @param {{ line: readonly string[], trouble: readonly (Trouble & { name: string })[] }} answer
 * @param {{ fresh: boolean }} options fresh: every removal is installed from the base
 * @returns {Promise<Proof>}
 */
export async function prove(program, release, { line, trouble }, { fresh }) {
  const builder = await builderImage(release, program.group);
  const files = (await inContainer(builder, `cd /out/${program.name} && find . -type f -printf '/%P\\0'`)).split("\0");
  const paths = files.filter((path) => path !== "").sort();
  const exempt = program.packages.length === 0 ? [] : (await judge(builder, paths)).troubles;
  const known = new Set(exempt.map(textOf));
  // What is not in the builder either is rightly said to be missing.
  const open = trouble.filter(
    (one) => !exempt.some(({ path, trouble }) => path === one.path && trouble.includes(one.name)),
  );
  /** @param {string} image @param {string} [first] */
  const unresolvedIn = async (image, first) => {
    const { troubles, asked } = await judge(image, paths, first);
    return { unresolved: troubles.filter((one) => !known.has(textOf(one))), asked };
  };
  const whole = await runtimeImage(program, release, builder, line);
  try {
    const { unresolved, asked } = await unresolvedIn(whole);
    const without = await simulate(release, line);
    /** @type {Removal[]} */
    const removals = [];
    for (const name of line) {
      const { gone, added } = without(name);
      const removal = { package: name, gone: gone.length };
      if (gone.length === 0) {
        removals.push({ ...removal, way: "purged", broken: 0, example: "apt installs it all the same" });
        continue;
      }
      const built = fresh || added.length > 0;
      const broken = built
        ? await withoutMember(program, release, builder, line.filter((one) => one !== name), unresolvedIn)
        : (await unresolvedIn(whole, `dpkg --purge --force-depends ${gone.join(" ")} >/dev/null 2>&1`)).unresolved;
      const [first] = broken;
      const example = first === undefined ? "all resolves without it" : textOf(first);
      removals.push({ ...removal, way: built ? "built" : "purged", broken: new Set(broken.map(({ path }) => path)).size, example });
    }
    const { name, kind } = program;
    return { name, release, kind, files: paths.length, asked, exempt: exempt.length, line, trouble: open, unresolved, removals };
  } finally {
    await docker(["image", "rm", "--no-prune", whole]);
  }
}

/** @param {Trouble} trouble */
const textOf = ({ path, trouble }) => `${path}: ${trouble}`;

/**
 * The image of a member less, installed from the base, judged and removed.
 *
 * @param {Program} program
 * @param {Release} release
 * @param {string} builder
 * @param {readonly string[]} line
 * @param {(image: string) => Promise<{ unresolved: Trouble[] }>} unresolvedIn
 */
async function withoutMember(program, release, builder, line, unresolvedIn) {
  const image = await runtimeImage(program, release, builder, line);
  try {
    return (await unresolvedIn(image)).unresolved;
  } finally {
    await docker(["image", "rm", "--no-prune", image]);
  }
}

/** Builds the runtime stage with a line as a user would: apt on the base, then the artifacts copied in. */
let count = 0;
/** @param {Program} program @param {Release} release @param {string} builder @param {readonly string[]} line */
async function runtimeImage(program, release, builder, line) {
  const folder = await mkdtemp(join(tmpdir(), "msb-deps-judge-"));
  count += 1;
  const image = `msb-deps-judge/runtime:${release}-${program.name.toLowerCase()}-${process.pid}-${count}`;
  const install = `RUN ${APT} install -y --no-install-recommends ${line.join(" ")}\n`;
  const copy = `COPY --from=${builder} /out/${program.name}/ /\n`;
  try {
    await writeFile(join(folder, "Dockerfile"), `FROM ${await indexedBase(release)}\n${line.length === 0 ? "" : install}${copy}`);
    await docker(["build", "-q", "--force-rm", "--label", "msb-deps.judge=1", "-t", image, folder]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return image;
}

/**
 * What apt would install for the line without one of its members, against what it installs for the whole line.
 *
 * @param {Release} release
 * @param {readonly string[]} line
 */
async function simulate(release, line) {
  const lines = [line, ...line.map((name) => line.filter((one) => one !== name))];
  const script = lines
    .map((one) => `echo '# ${one.length}'; ${APT} install -s --no-install-recommends ${one.join(" ")} | sed -n 's/^Inst //p'`)
    .join("\n");
  const [, ...answers] = (await inContainer(await indexedBase(release), script)).split(/^# \d+$/m);
  const sets = answers.map((text) => new Set(text.split("\n").flatMap((one) => one.split(" ")[0] || [])));
  const [all = new Set()] = sets;
  /** @param {string} name */
  return (name) => {
    const left = sets[line.indexOf(name) + 1] ?? new Set();
    return { gone: [...all].filter((one) => !left.has(one)), added: [...left].filter((one) => !all.has(one)) };
  };
}

/** @type {Promise<string> | null} */
let loaderScript = null;

/**
 * Asks the loader of an image about files.
 *
 * @param {string} image
 * @param {readonly string[]} paths
 * @param {string} [first] a shell command that comes before
 */
async function judge(image, paths, first = ":") {
  loaderScript ??= readFile(join(HERE, "loader.pl"), "utf8");
  const args = ["run", "--rm", "-i", "--label", "msb-deps.judge=1", "--network", "none", "-e", `JUDGE=${await loaderScript}`];
  const script = `${first}; exec perl -e "$JUDGE" 2>&1`;
  const text = await docker([...args, "--entrypoint", "/bin/sh", image, "-ec", script], { stdin: paths.join("\0") });
  const lines = text.split("\n").filter((line) => line !== "");
  const asked = lines.findLast((line) => /^\d+$/.test(line));
  if (asked === undefined) throw new Error(`the judge did not come to its end: ${text.slice(-500)}`);
  const troubles = lines.flatMap((line) => {
    const [path, trouble] = line.split("\t");
    return path === undefined || trouble === undefined ? [] : [{ path, trouble }];
  });
  return { troubles, asked: Number(asked) };
}
