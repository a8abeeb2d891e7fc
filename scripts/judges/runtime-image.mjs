// The runtime stage with a line, made by real apt; and what apt would do without one member of it.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker, inContainer } from "./docker.mjs";
import { APT, indexedBase } from "./images.mjs";

/** @typedef {import("./programs.mjs").Program} Program */
/** @typedef {import("./programs.mjs").Release} Release */

let count = 0;

/**
 * Builds the runtime stage with a line as a user would: apt on the base, then the artifacts copied in.
 *
 * @param {Program} program
 * @param {Release} release
 * @param {string} builder
 * @param {readonly string[]} line
 * @returns {Promise<string>} the image's name; whoever asks removes it
 */
export async function runtimeImage(program, release, builder, line) {
  const folder = await mkdtemp(join(tmpdir(), "msb-deps-judge-"));
  count += 1;
  const image = `msb-deps-judge/runtime:${release}-${program.name.toLowerCase()}-${process.pid}-${count}`;
  const install = `RUN ${APT} install -y --no-install-recommends ${line.join(" ")}\n`;
  const copy = `COPY --from=${builder} /out/${program.name}/ /\n`;
  try {
    await writeFile(
      join(folder, "Dockerfile"),
      `FROM ${await indexedBase(release)}\n${line.length === 0 ? "" : install}${copy}`,
    );
    await docker(["build", "-q", "--force-rm", "--label", "msb-deps.judge=1", "-t", image, folder]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return image;
}

// An answer of `--print-uris` is 'URI' NAME_VERSION_ARCHITECTURE.deb SIZE HASH.
const NAMES = "sed -n \"s/^'[^']*' \\([^_]*\\)_.*/\\1/p\" /tmp/answer";

/**
 * What apt would install for the line without one of its members, against what it installs for the whole line.
 *
 * @param {Release} release
 * @param {readonly string[]} line
 */
export async function aptChoices(release, line) {
  const lines = [line, ...line.map((name) => line.filter((one) => one !== name))];
  const script = lines
    .map((one) => {
      const asking = `${APT} install --print-uris --no-install-recommends ${one.join(" ")} > /tmp/answer`;
      return `echo '# ${one.length}'; ${asking}; ${NAMES}`;
    })
    .join("\n");
  const [, ...answers] = (await inContainer(await indexedBase(release), script)).split(/^# \d+$/m);
  const sets = answers.map((text) => new Set(text.split("\n").filter((one) => one !== "")));
  const [all = new Set()] = sets;
  /** @param {string} name */
  return (name) => {
    const left = sets[line.indexOf(name) + 1] ?? new Set();
    return { gone: [...all].filter((one) => !left.has(one)), added: [...left].filter((one) => !all.has(one)) };
  };
}
