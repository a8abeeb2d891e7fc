// Writes docs/proof.md from what scripts/prove.mjs kept.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { arch, cpus } from "node:os";
import { docker } from "./docker.mjs";
import { RELEASES } from "./programs.mjs";

/** @typedef {import("../prove.mjs").Kept} Kept */

const FILE = new URL("../../docs/proof.md", import.meta.url);

/** @param {import("./prove-program.mjs").Proof} proof */
export const isSufficient = ({ unresolved, trouble }) => unresolved.length === 0 && trouble.length === 0;

/** @param {import("./prove-program.mjs").Proof} proof */
export const isIrreducible = ({ removals }) => removals.every(({ broken }) => broken > 0);

/** @param {readonly Kept[]} proofs */
export async function writeProofTable(proofs) {
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8"));
  const engine = (await docker(["version", "--format", "{{.Server.Version}}"])).trim();
  const dates = proofs.map(({ date }) => date).sort();
  const removals = proofs.flatMap((proof) => proof.removals);
  const count = (/** @type {(proof: Kept) => boolean} */ test) => proofs.filter(test).length;
  const text = `# Proved with apt and the loader

Made by \`npm run prove\`; do not edit. msb-deps ${version}, ${span(dates)}, Docker Engine ${engine}, ${cpus().length} cores ${arch()}.

For each program, the artifacts are the ELF files and scripts of its packages, or what its build installed. They are copied
out of a builder in which many other packages are installed too. The line is the output of the built \`msb-deps\` command for
the two-stage Dockerfile.

- **Sufficient:** \`docker build\` installs exactly the line on the base with apt and copies the artifacts. The image's own
  loader is asked about every ELF file: nothing is \`not found\`, no symbol version is missing, and the interpreters of all
  programs and scripts exist. Files that do not resolve even in the builder, where the whole program is installed, are exempt
  and counted (plugins that rely on their host program).
- **Irreducible:** for each package of the line, apt on the base is asked (\`apt-get install --print-uris\`) what it would install
  without that package. dpkg purges the rest in a container of the image above, and the loader is asked again. If apt would
  choose an alternative instead, an image is built without the package. Something must no longer resolve.

${count(isSufficient)} of ${proofs.length} lines are sufficient, ${count(isIrreducible)} of ${proofs.length} irreducible; ${removals.length} packages were removed, one at a time
(${removals.filter(({ way }) => way === "built").length} by a new build); ${removals.filter(({ broken }) => broken > 0).length} times, something no longer resolved.
${exceptions(proofs)}
${RELEASES.map((release) =>
  section(
    release,
    proofs.filter((proof) => proof.release === release),
  ),
).join("\n")}`;
  await mkdir(new URL(".", FILE), { recursive: true });
  await writeFile(FILE, text);
}

/** What could be left out, one line each. @param {readonly Kept[]} proofs */
function exceptions(proofs) {
  const lines = proofs.flatMap(({ release, name, removals, online }) => {
    const extra = removals.filter(({ broken }) => broken === 0).map((one) => `${one.package} (${one.example})`);
    if (extra.length === 0) return [];
    const good = online !== undefined && isSufficient(online) && isIrreducible(online);
    const asked = good
      ? `, of ${online.line.length} packages, is proved sufficient and irreducible`
      : " is **not** proved";
    return [`- ${release} ${name}: ${extra.join(", ")} could be omitted. The line of \`--online\`${asked}.\n`];
  });
  if (lines.length === 0) return "";
  return `\nWithout apt's index, a package stays in the line if it is not certain which alternative apt would choose, and a note says so.
\`--online\` asks apt, and its line is proved in the same way:\n\n${lines.join("")}`;
}

/** @param {string[]} dates */
function span(dates) {
  const [first, last] = [dates[0], dates.at(-1)];
  return first === last ? first : `${first} to ${last}`;
}

/** @param {string} release @param {readonly Kept[]} proofs */
function section(release, proofs) {
  const rows = proofs.map((proof) => {
    const { name, kind, files, asked, exempt, line, removals } = proof;
    const broken =
      removals.length === 0 ? "–" : `${removals.filter((one) => one.broken > 0).length}/${removals.length}`;
    return `| ${[name, kind, files, asked, exempt, line.join(" ") || "(nothing)", isSufficient(proof) ? "yes" : "**no**", broken].join(" | ")} |`;
  });
  return `## debian:${release}-slim

| program | kind | files | ELF asked | exempt | line | sufficient | packages needed |
|---|---|---:|---:|---:|---|---|---:|
${rows.join("\n")}
`;
}
