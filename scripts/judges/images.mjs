// The images that the judges work on: a builder for each group of programs, and the runtime base with apt's indexes.
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { docker, hasImage, imageId } from "./docker.mjs";
import { AGREEMENT_PACKAGES, programsOf } from "./programs.mjs";

const HERE = new URL(".", import.meta.url).pathname;

/** @param {import("./programs.mjs").Release} release */
export const baseImage = (release) => `debian:${release}-slim`;

/**
 * Makes the builder of a group unless it is there: its packages installed, each program's artifacts under /out/NAME.
 *
 * @param {import("./programs.mjs").Release} release
 * @param {string} group
 * @returns {Promise<string>} the image's name
 */
export async function builderImage(release, group) {
  const base = baseImage(release);
  const members = programsOf(release).filter((program) => program.group === group);
  const dockerfile =
    group === "source" ? await readFile(join(HERE, "sources/Dockerfile"), "utf8") : fromPackages(members);
  const collect = await readFile(join(HERE, "collect.pl"), "utf8");
  return made(`msb-deps-judge/${group}`, `${await imageId(base)}\n${dockerfile}\n${collect}`, async (image, folder) => {
    await writeFile(join(folder, "Dockerfile"), dockerfile);
    await writeFile(join(folder, "collect.pl"), collect);
    await cp(join(HERE, "sources"), folder, { recursive: true, filter: (path) => !path.endsWith("Dockerfile") });
    await docker(["build", "-q", "-t", image, "--build-arg", `BASE=${base}`, folder]);
  });
}

/** apt reads its indexes once for all, and not anew each time: seconds of each of several hundred runs. */
export const APT = `apt-get ${[
  "Acquire::GzipIndexes=false",
  "Dir::Cache::pkgcache=pkgcache.bin",
  "Dir::Cache::srcpkgcache=srcpkgcache.bin",
]
  .map((option) => `-o ${option}`)
  .join(" ")}`;

/**
 * The runtime base with apt's indexes.
 *
 * @param {import("./programs.mjs").Release} release
 */
export async function indexedBase(release) {
  const base = baseImage(release);
  const dockerfile = `FROM ${base}\nRUN ${APT} update && ${APT} check\n`;
  return made("msb-deps-judge/indexed", (await imageId(base)) + dockerfile, async (image, folder) => {
    await writeFile(join(folder, "Dockerfile"), dockerfile);
    await docker(["build", "-q", "-t", image, folder]);
  });
}

/** @param {readonly import("./programs.mjs").Program[]} members none: the packages for agreement alone */
function fromPackages(members) {
  const own = members.length === 0 ? AGREEMENT_PACKAGES : members.flatMap((member) => member.packages);
  const packages = [...new Set(own)].sort();
  const collects = members.map((member) => `perl /collect.pl ${[member.name, ...member.packages].join(" ")}`);
  // Nothing has to start while packages are configured (policy-rc.d of invoke-rc.d).
  return `ARG BASE
FROM \${BASE}
RUN printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${packages.join(" ")} \\
    && apt-get clean
${collects.length === 0 ? "" : `COPY collect.pl /\nRUN ${collects.join(" && ")}\n`}`;
}

/** @type {Map<string, Promise<string>>} */
const making = new Map();

/**
 * @param {string} name
 * @param {string} recipe what the image hangs on; another recipe is another image
 * @param {(image: string, folder: string) => Promise<void>} make
 */
function made(name, recipe, make) {
  const image = `${name}:${createHash("sha256").update(recipe).digest("hex").slice(0, 12)}`;
  const known = making.get(image) ?? makeUnlessThere(image, make);
  making.set(image, known);
  return known;
}

/** @param {string} image @param {(image: string, folder: string) => Promise<void>} make */
async function makeUnlessThere(image, make) {
  if (await hasImage(image)) return image;
  const folder = await mkdtemp(join(tmpdir(), "msb-deps-judge-"));
  try {
    await make(image, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return image;
}
