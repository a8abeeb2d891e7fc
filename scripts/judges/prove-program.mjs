// One program proved: the line that msb-deps prints, held against apt and the loader in real containers.
import { docker, inContainer, run } from "./docker.mjs";
import { baseImage, builderImage } from "./images.mjs";
import { judge } from "./loader.mjs";
import { aptChoices, runtimeImage } from "./runtime-image.mjs";

/** @typedef {import("./programs.mjs").Program} Program */
/** @typedef {import("./programs.mjs").Release} Release */
/** @typedef {import("./loader.mjs").Trouble} Trouble */
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

const CLI = new URL("../../dist/cli.js", import.meta.url).pathname;

/**
 * The line of a program, by the built command on a two-stage Dockerfile.
 *
 * @param {Program} program
 * @param {Release} release
 * @param {readonly string[]} options of the command
 */
export async function lineOf(program, release, options = []) {
  const builder = await builderImage(release, program.group);
  const dockerfile = `FROM ${builder} AS builder\nFROM ${baseImage(release)}\nCOPY --from=builder /out/${program.name}/ /\n`;
  const { code, stdout, stderr } = await run(process.execPath, [CLI, "-", "-f", "json", "-q", ...options], {
    stdin: dockerfile,
  });
  if (stdout === "") throw new Error(`msb-deps ended with ${code}: ${stderr.trim().slice(-1500)}`);
  /** @type {import("../../src/analysis/model.ts").Analysis} */
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
    const without = await aptChoices(release, line);
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
        ? await withoutMember(
            program,
            release,
            builder,
            line.filter((one) => one !== name),
            unresolvedIn,
          )
        : (await unresolvedIn(whole, `dpkg --purge --force-depends ${gone.join(" ")} >/dev/null 2>&1`)).unresolved;
      const [first] = broken;
      const example = first === undefined ? "all resolves without it" : textOf(first);
      removals.push({
        ...removal,
        way: built ? "built" : "purged",
        broken: new Set(broken.map(({ path }) => path)).size,
        example,
      });
    }
    const { name, kind } = program;
    return {
      name,
      release,
      kind,
      files: paths.length,
      asked,
      exempt: exempt.length,
      line,
      trouble: open,
      unresolved,
      removals,
    };
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
