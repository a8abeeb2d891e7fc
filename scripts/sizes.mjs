// What each bundled dependency costs: writes the table of docs/decisions/0007-bundled-dependencies.md, from the figures of
// esbuild (scripts/build.mjs). `npm run sizes` builds first.
import { readFileSync } from "node:fs";
import { replaceSection } from "./lib/page-section.mjs";

const PAGE = "docs/decisions/0007-bundled-dependencies.md";

/** The packages that src imports, and what for. */
const USES = {
  "@cyclonedx/cyclonedx-library": "`-f cyclonedx`",
  commander: "command line",
  diff: "diffs of `--check` and `--fix`",
  dockerode: "requests to the engine",
  fzstd: "Zstandard layers and archives",
  ignore: "`.gitignore`",
  "packageurl-js": "purls of `-f cyclonedx`",
  picomatch: "globs of paths and config files",
  "tar-stream": "tar archives for the engine",
  unbash: "shell commands of a Dockerfile",
  valibot: "checks of what comes from outside",
  "xz-decompress": "xz layers and archives",
  yaml: "compose and config files",
  yauzl: "zip archives",
};

const { inputs, outputs } = JSON.parse(readFileSync(".build/bundle.json", "utf8"));

/** The package of a file, null for this one. */
function packageOf(file) {
  return /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? null;
}

/** Bytes in the bundle, by package; null is this one. */
function bytesByPackage() {
  const bytes = new Map();
  for (const { inputs: parts } of Object.values(outputs))
    for (const [file, { bytesInOutput }] of Object.entries(parts ?? {}))
      bytes.set(packageOf(file), (bytes.get(packageOf(file)) ?? 0) + bytesInOutput);
  return bytes;
}

/** The packages that files of each package import. */
function importsByPackage() {
  const imports = new Map();
  for (const [file, input] of Object.entries(inputs)) {
    const own = imports.get(packageOf(file)) ?? new Set();
    for (const { path } of input.imports) own.add(packageOf(path));
    imports.set(packageOf(file), own);
  }
  return imports;
}

/** The packages that one brings: what it imports, and what those import; not what src imports itself. */
function broughtBy(name, imports, found = new Set()) {
  for (const next of imports.get(name) ?? [])
    if (next !== null && !(next in USES) && !found.has(next)) broughtBy(next, imports, found.add(next));
  return found;
}

const bytes = bytesByPackage();
const imports = importsByPackage();
const direct = [...(imports.get(null) ?? [])].filter((name) => name !== null).sort();
const different = [
  ...direct.filter((name) => !(name in USES)),
  ...Object.keys(USES).filter((name) => !direct.includes(name)),
];
if (different.length > 0)
  throw new Error(`USES of scripts/sizes.mjs and the imports of src differ: ${different.join(", ")}`);

const kilobytes = (names) => Math.round(names.reduce((sum, name) => sum + (bytes.get(name) ?? 0), 0) / 1000);
const rows = direct.map((name) => {
  const brought = [...broughtBy(name, imports)].sort();
  const others = brought.length === 0 ? "" : `${kilobytes(brought)}: ${brought.join(", ")}`;
  return `| ${name} | ${USES[name]} | ${kilobytes([name])} | ${others} |`;
});
const all = [...bytes.keys()].filter((name) => name !== null);
await replaceSection(
  PAGE,
  "sizes",
  `| package | used for | kB | kB of packages that it brings |
| --- | --- | --- | --- |
${rows.join("\n")}

All ${all.length} packages together: ${kilobytes(all)} kB. Code of this project: ${kilobytes([null])} kB.`,
);
