// Holds the packages that msb-deps names for the files of every installed package against that package's own Depends and
// Pre-Depends, and against dpkg-shlibdeps on the same files, in the builder images of `npm run prove`.
//
//   npm run agree -- [--release trixie|bookworm] [--group NAME] [--without-shlibdeps]
//
// A whole run writes docs/agreement.md. Differences are explained in judges/explained.tsv, by hand.
import { parseArgs } from "node:util";
import { compare, writeAgreementTable } from "./judges/agreement.mjs";
import { installedPackages, shlibdeps } from "./judges/debian-edges.mjs";
import { builderImage } from "./judges/images.mjs";
import { judge } from "./judges/loader.mjs";
import { ourEdges } from "./judges/our-edges.mjs";
import { AGREEMENT_GROUP, GROUP_NAMES, RELEASES } from "./judges/programs.mjs";

const KEPT = new URL("../node_modules/.cache/msb-deps-prove", import.meta.url).pathname;

const { values } = parseArgs({
  options: {
    release: { type: "string", multiple: true, default: [] },
    group: { type: "string", multiple: true, default: [] },
    "without-shlibdeps": { type: "boolean", default: false },
  },
});
const quick = values["without-shlibdeps"];
const releases = RELEASES.filter((release) => values.release.length === 0 || values.release.includes(release));
/** @type {import("./judges/agreement.mjs").Comparison[]} */
const comparisons = [];
for (const release of releases) {
  for (const group of GROUP_NAMES.filter((one) => values.group.length === 0 || values.group.includes(one))) {
    const start = Date.now();
    const image = await builderImage(release, group);
    const packages = await installedPackages(image);
    const { edges: named, missing } = await ourEdges(image, packages);
    const skipped = quick || group === AGREEMENT_GROUP;
    const theirs = skipped ? { relations: new Map(), refused: new Set() } : await shlibdeps(image, packages, KEPT);
    const paths = [...named.flatMap((edge) => edge.paths), ...missing.map(({ path }) => path)];
    const { troubles } = await judge(image, [...new Set(paths)]);
    const broken = new Set(troubles.map(({ path }) => path));
    const ours = { edges: named, missing: refuted(missing, troubles) };
    const comparison = compare(release, packages, ours, theirs, (path) => !broken.has(path));
    comparisons.push(comparison);
    const seconds = Math.round((Date.now() - start) / 1000);
    const { edges, differences } = comparison;
    console.log(
      `${release} ${group}: ${packages.length} packages, ${edges.size} edges, ${differences.length} differences, ${seconds} s`,
    );
  }
}
const whole = releases.length === RELEASES.length && values.group.length === 0 && !quick;
const { text, unexplained } = await writeAgreementTable(comparisons, whole);
if (!whole) console.log(text);
console.log(`${unexplained} differences without an explanation`);
process.exitCode = unexplained === 0 ? 0 : 1;

/**
 * What we say is missing and the image's own loader finds.
 *
 * @param {readonly import("./judges/our-edges.mjs").Lack[]} missing
 * @param {readonly import("./judges/loader.mjs").Trouble[]} troubles
 */
function refuted(missing, troubles) {
  const lacks = new Set(troubles.map(({ path, trouble }) => `${path} ${trouble.split(" ")[0]}`));
  return missing.filter(({ path, soname }) => !lacks.has(`${path} ${soname}`));
}
