// Compares edges (package → package) and writes docs/agreement.md.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dependsOf, groupsOf, namesOf } from "./debian-edges.mjs";

/** @typedef {import("./our-edges.mjs").InstalledPackage} InstalledPackage */
/** @typedef {"depends" | "depends, not loadable" | "depends, private" | "shlibdeps: only ours" | "shlibdeps: only theirs" | "missing"} Judge */
/** @typedef {{ release: string, judge: Judge, from: string, to: string, detail: string }} Difference */
/**
 * @typedef {object} Comparison
 * @property {string} release
 * @property {ReadonlySet<string>} packages those with ELF files
 * @property {ReadonlySet<string>} files
 * @property {ReadonlySet<string>} edges ours, `from to`
 * @property {ReadonlySet<string>} judged those of them of which Depends has to speak
 * @property {ReadonlySet<string>} shlibEdges ours and those of dpkg-shlibdeps, where it gave an answer
 * @property {ReadonlySet<string>} refused packages of whose files dpkg-shlibdeps refuses some
 * @property {readonly Difference[]} differences
 */

const FILE = new URL("../../docs/agreement.md", import.meta.url);

/**
 * @param {string} release
 * @param {readonly InstalledPackage[]} packages
 * @param {{ edges: import("./our-edges.mjs").Edge[], missing: import("./our-edges.mjs").Lack[] }} ours
 * @param {{ relations: Map<string, string>, refused: Set<string> }} theirs
 * @param {(path: string) => boolean} loads whether the image's own loader finds all that a file needs
 * @returns {Comparison}
 */
export function compare(release, packages, { edges: named, missing }, theirs, loads) {
  const names = namesOf(packages);
  const { refused } = theirs;
  /** @type {Difference[]} */
  const differences = missing.map(({ from, kind, soname, path }) => {
    return { release, judge: /** @type {const} */ ("missing"), from, to: soname, detail: `${kind}, ${path}` };
  });
  const edges = new Set();
  const judged = new Set();
  const shlibEdges = new Set();
  /** @param {string} to @param {ReadonlySet<string>} asked */
  const among = (to, asked) => [...(names.get(to) ?? [to])].some((one) => asked.has(one));
  /** @param {string} to @param {readonly string[]} sonames */
  const isDeclared = (to, sonames) =>
    packages.some(({ name, declared }) => name === to && sonames.some((soname) => declared.has(soname)));
  for (const one of packages) {
    const { key, name } = one;
    const own = named.filter(({ from, to }) => from === key && to !== name);
    const depends = dependsOf(one, packages);
    const computed = theirs.relations.get(key);
    const groups = groupsOf(computed ?? "").filter((group) => !among(name, new Set(group)));
    for (const { to, sonames, paths } of own) {
      const detail = `${sonames[0]}, ${paths.length === 1 ? paths[0] : `${paths.length} files`}`;
      const kind = !paths.some(loads) ? ", not loadable" : isDeclared(to, sonames) ? "" : ", private";
      edges.add(`${key} ${to}`);
      if (kind === "") judged.add(`${key} ${to}`);
      if (!among(to, depends)) differences.push({ release, judge: `depends${kind}`, from: key, to, detail });
      if (computed === undefined || refused.has(key)) continue;
      shlibEdges.add(`${key} ${to}`);
      if (!among(to, new Set(groups.flat())))
        differences.push({ release, judge: "shlibdeps: only ours", from: key, to, detail });
    }
    if (computed === undefined || refused.has(key)) continue;
    for (const group of groups) {
      if (own.some(({ to }) => among(to, new Set(group)))) continue;
      const to = group.join(" | ");
      shlibEdges.add(`${key} ${to}`);
      differences.push({ release, judge: "shlibdeps: only theirs", from: key, to, detail: "" });
    }
  }
  const withFiles = packages.filter(({ files }) => files.length > 0);
  return {
    release,
    packages: new Set(withFiles.map(({ key }) => key)),
    files: new Set(withFiles.flatMap(({ files }) => files)),
    edges,
    judged,
    shlibEdges,
    refused,
    differences,
  };
}

/**
 * @param {readonly Comparison[]} comparisons
 * @param {boolean} write
 */
export async function writeAgreementTable(comparisons, write) {
  const explained = parseExplanations(await readFile(new URL("explained.tsv", import.meta.url), "utf8"));
  const releases = [...new Set(comparisons.map(({ release }) => release))];
  const totals = releases.map((release) => {
    const own = comparisons.filter((one) => one.release === release);
    return { release, ...joined(own) };
  });
  const differences = totals.flatMap((total) => total.differences);
  const rows = differences.map((one) => {
    const reason = explained(one);
    return {
      text: `| ${[one.release, one.judge, one.from, one.to, one.detail, reason ?? "**not explained**"].join(" | ")} |`,
      reason,
    };
  });
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  const text = `# Compared with Debian's own dependencies

Made by \`npm run agree\`; do not edit. msb-deps ${version}, ${new Date().toISOString().slice(0, 10)}.

Every installed package with ELF files is analyzed on its own, in the builder images of \`npm run prove\` and in an image with
desktop programs. Its files are the artifacts, and msb-deps names the packages that they need directly. Each pair
(package → package) is an edge. A package that is in several images counts once.

- **Depends:** an edge agrees if Depends or Pre-Depends of the package name the other one, as an alternative, through Provides,
  or through an empty package that only depends on it. The transitive closure does not count. The first percentage is of all
  edges. The second is of the edges that Debian's metadata must have, which excludes two kinds. *Not loadable*: the image's own
  loader cannot load the file even though its package is installed, because the maintainer omits optional needs of plugins from
  Depends. *Private*: neither the shlibs nor the symbols file of the other package has the soname, so Debian's tools cannot
  write a dependency (deb-shlibs(5)). Edges of these kinds are excluded whether they agree or not; those that do not agree are
  listed below.
- **dpkg-shlibdeps** (\`-O --ignore-missing-info\`) is run on the same files, except for those of the desktop image, because it
  takes seconds per package. Both directions are compared, over the edges that either finds. Packages with a file that it
  rejects are excluded and counted.

If msb-deps reports a library as missing, the image's own loader is asked too; it is a difference only if the loader finds it.

| release | packages | ELF files | edges | agree with Depends | edges that Depends must have | agree | edges, dpkg-shlibdeps | agree | rejected by it |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|
${totals.map(row).join("\n")}

## Differences

| release | judge | package | other | need | why |
|---|---|---|---|---|---|
${rows.map((one) => one.text).join("\n")}
`;
  if (write) {
    await mkdir(new URL(".", FILE), { recursive: true });
    await writeFile(FILE, text);
  }
  return { text, unexplained: rows.filter(({ reason }) => reason === null).length };
}

/** @param {readonly Comparison[]} own */
function joined(own) {
  const union = (/** @type {(one: Comparison) => ReadonlySet<string>} */ pick) =>
    new Set(own.flatMap((one) => [...pick(one)]));
  const differences = new Map(
    own.flatMap((one) => one.differences).map((one) => [`${one.judge}\t${one.from}\t${one.to}`, one]),
  );
  return {
    packages: union((one) => one.packages),
    files: union((one) => one.files),
    edges: union((one) => one.edges),
    judged: union((one) => one.judged),
    shlibEdges: union((one) => one.shlibEdges),
    refused: union((one) => one.refused),
    differences: [...differences].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one),
  };
}

/** @param {ReturnType<typeof joined> & { release: string }} total */
function row({ release, packages, files, edges, judged, shlibEdges, refused, differences }) {
  const wrong = (/** @type {string} */ judge) => differences.filter((one) => one.judge.startsWith(judge)).length;
  const share = (/** @type {number} */ size, /** @type {number} */ bad) =>
    `${size - bad} (${((100 * (size - bad)) / Math.max(size, 1)).toFixed(2)} %)`;
  const depends = [
    share(edges.size, wrong("depends")),
    judged.size,
    share(judged.size, differences.filter(({ judge }) => judge === "depends").length),
  ];
  const cells = [release, packages.size, files.size, edges.size, ...depends];
  return `| ${[...cells, shlibEdges.size, share(shlibEdges.size, wrong("shlibdeps")), refused.size].join(" | ")} |`;
}

/**
 * The hand-made reasons: judge, package, other, reason; `*` stands for any.
 *
 * @param {string} text
 */
function parseExplanations(text) {
  const rows = text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split("\t"));
  /** @param {Difference} difference */
  return ({ judge, from, to }) => {
    const name = from.replace(/:.*/, "");
    const fits = (/** @type {string | undefined} */ pattern, /** @type {string} */ value) =>
      pattern === "*" || pattern === value;
    return rows.find(([j, p, o]) => fits(j, judge) && fits(p, name) && fits(o, to))?.[3] ?? null;
  };
}
