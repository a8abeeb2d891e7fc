// What Debian says of the same packages: their own Depends and Pre-Depends, and dpkg-shlibdeps on their files. Reads the
// fields by itself, so that a fault of src/debian does not judge itself.
import { createHash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { docker, hasImage, inContainer } from "./docker.mjs";

/** @typedef {import("./our-edges.mjs").InstalledPackage} InstalledPackage */

const read = (/** @type {string} */ name) => readFile(new URL(name, import.meta.url), "utf8");

/** @param {string} image @returns {Promise<InstalledPackage[]>} */
export async function installedPackages(image) {
  const text = await perl(image, await read("packages.pl"), "");
  /** @type {Map<string, InstalledPackage>} */
  const packages = new Map();
  for (const line of text.split("\n")) {
    const [kind, key = "", second = "", name = "", relations = "", provides = ""] = line.split("\t");
    const blank = { files: [], links: [], declared: new Set(), empty: false };
    if (kind === "P") packages.set(key, { key, version: second, name, relations, provides, ...blank });
    if (kind === "F") packages.get(key)?.files.push(second);
    if (kind === "L") packages.get(key)?.links.push(second);
    if (kind === "S") packages.get(key)?.declared.add(second);
    const one = packages.get(key);
    if (kind === "E" && one !== undefined) one.empty = true;
  }
  return [...packages.values()];
}

/**
 * The alternatives of each group of a relationship field, names alone.
 *
 * @param {string} field
 */
export function groupsOf(field) {
  const groups = field.split(",").map((group) => group.split("|").map((one) => one.trim().replace(/[\s:(].*$/s, "")));
  return groups.map((names) => names.filter((name) => name !== "")).filter((names) => names.length > 0);
}

/**
 * The names in a package's Depends and Pre-Depends; one that ships nothing stands for what it depends on.
 *
 * @param {InstalledPackage} one
 * @param {readonly InstalledPackage[]} packages
 */
export function dependsOf(one, packages) {
  const names = new Set(groupsOf(one.relations).flat());
  for (const { name, relations, empty } of packages) {
    if (empty && names.has(name)) for (const behind of groupsOf(relations).flat()) names.add(behind);
  }
  return names;
}

/**
 * All names that packages stand for: their own and those that they provide.
 *
 * @param {readonly InstalledPackage[]} packages
 * @returns {ReadonlyMap<string, ReadonlySet<string>>} by package name
 */
export function namesOf(packages) {
  return new Map(packages.map(({ name, provides }) => [name, new Set([name, ...groupsOf(provides).flat()])]));
}

/**
 * dpkg-shlibdeps for every package. It takes seconds a package, so the answer of a version is kept.
 *
 * @param {string} image
 * @param {readonly InstalledPackage[]} packages
 * @param {string} folder where answers are kept
 * @returns {Promise<{ relations: Map<string, string>, refused: Set<string> }>} fields by package key; refused: some file
 *   of it
 */
export async function shlibdeps(image, packages, folder) {
  const script = await read("shlibdeps.pl");
  const file = `${folder}/shlibdeps-${createHash("sha256").update(script).digest("hex").slice(0, 16)}.json`;
  await mkdir(folder, { recursive: true });
  /** @type {Record<string, { relations: string, refused: boolean }>} */
  const known = JSON.parse(await readFile(file, "utf8").catch(() => "{}"));
  const nameOf = (/** @type {InstalledPackage} */ { key, version }) => `${key} ${version}`;
  const names = new Map(packages.map((one) => [one.key, nameOf(one)]));
  const open = packages.filter((one) => one.files.length > 0 && known[nameOf(one)] === undefined);
  const stdin = open.map(({ key, files }) => `${[key, ...files].join("\t")}\n`).join("");
  const answer = open.length === 0 ? "" : await perl(await withDpkgDev(image), script, stdin);
  for (const line of answer.split("\n").filter((one) => one !== "")) {
    const refused = line.startsWith("! ");
    const [key = "", text = ""] = line.replace(/^! /, "").split("\t");
    const before = known[names.get(key) ?? key] ?? { relations: "", refused: false };
    known[names.get(key) ?? key] = refused ? { ...before, refused } : { ...before, relations: text };
  }
  await writeFile(file, JSON.stringify(known, null, 1));
  const own = packages.flatMap((one) => {
    const answer = known[nameOf(one)];
    return answer === undefined ? [] : [{ key: one.key, ...answer }];
  });
  return {
    relations: new Map(own.map(({ key, relations }) => [key, relations])),
    refused: new Set(own.flatMap(({ key, refused }) => (refused ? [key] : []))),
  };
}

/** @param {string} image @param {string} script @param {string} stdin */
function perl(image, script, stdin) {
  const quoted = script.replaceAll("'", "'\\''");
  return inContainer(image, `exec env LC_ALL=C perl -e '${quoted}'`, { stdin });
}

/** @param {string} image */
async function withDpkgDev(image) {
  const name = `${image}-dpkg-dev`;
  if (await hasImage(name)) return name;
  const dockerfile = `FROM ${image}\nRUN apt-get update && apt-get install -y --no-install-recommends dpkg-dev && apt-get clean\n`;
  await docker(["build", "-q", "-t", name, "-"], { stdin: dockerfile });
  return name;
}
