// What msb-deps names for the files of every installed package of an image: its own code over one look at that image.

import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { analyze, connect, explicitMapping, knowledgeFor, look, shippedTables } from "../../.build/judges/ours.js";

/**
 * @typedef {object} InstalledPackage
 * @property {string} key
 * @property {string} version
 * @property {string} name
 * @property {string} relations Depends and Pre-Depends
 * @property {string} provides
 * @property {string[]} files its ELF files
 * @property {string[]} links its links to these
 * @property {Set<string>} declared sonames of its shlibs and symbols files
 * @property {boolean} empty it ships nothing but documentation
 */
/** @typedef {{ from: string, to: string, paths: string[], sonames: readonly string[] }} Edge paths: the files that need it */
/** @typedef {{ from: string, kind: string, soname: string, path: string }} Lack what we say is missing */

/**
 * @param {string} image
 * @param {readonly InstalledPackage[]} packages
 * @returns {Promise<{ edges: Edge[], missing: Lack[] }>} edges by package, `to` a package's name
 */
export async function ourEdges(image, packages) {
  const snapshot = await lookAt(
    image,
    packages.flatMap(({ files, links }) => [...files, ...links]),
  );
  /** @type {import("../../src/analysis/runtime-base.ts").RuntimeBase} */
  const base = { source: "none", reference: null };
  const knowledge = knowledgeFor(shippedTables(), [snapshot], base);
  /** @type {Edge[]} */
  const edges = [];
  /** @type {Lack[]} */
  const missing = [];
  for (const { key, files, links } of packages) {
    if (files.length === 0) continue;
    // Only the package's own files are artifacts, at their own places; all else has to come from packages.
    const mappings = [...files, ...links].map((path) => explicitMapping(0, { source: path, destination: path }));
    const builders = [{ stage: null, base: image, snapshot: { ...snapshot, artifactPaths: files } }];
    const answer = analyze({ plan: null, mappings, builders, base, knowledge, explicit: true });
    for (const { name, sonames, reasons } of answer.packages) {
      const needed = reasons.filter(({ kind }) => kind === "needed");
      const paths = needed.map(({ artifact }) => artifact);
      if (paths.length > 0) edges.push({ from: key, to: name, paths, sonames });
    }
    for (const { kind, name: soname, requiredBy } of answer.missing) {
      missing.push(...requiredBy.map((path) => ({ from: key, kind, soname, path })));
    }
  }
  return { edges, missing };
}

/** @param {string} reference @param {string[]} artifactPaths */
async function lookAt(reference, artifactPaths) {
  const { signal } = new AbortController();
  const engine = await connect({
    env: process.env,
    home: process.env.HOME ?? "/",
    platform: process.platform,
    uid: process.getuid?.() ?? null,
    hostname: hostname(),
    readFile: (path) => readFile(path),
    signal,
  });
  try {
    const image = await engine.image(reference, { platform: null, pull: false, onEvent: () => {}, signal });
    try {
      return await look(
        engine,
        image,
        { artifactPaths, folders: [], paths: [], askLoader: true, searchStrings: true },
        signal,
      );
    } finally {
      await image.release();
    }
  } finally {
    await engine.close();
  }
}
