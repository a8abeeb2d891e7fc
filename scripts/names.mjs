// Runs every package name of a release through the audit and compares the findings with what apt makes of the names: the
// real packages, the virtual ones, and every name that only another release has. Prints a table.
//
//   npm run names -- [--every N] [CODENAME…]     bookworm and trixie by default, at the mirror that this machine's apt uses;
//                                                --every tries one name in N
import { parseArgs } from "node:util";
import { audit, declaredFacts, makePlan, parseDockerfile, shippedTables } from "../.build/judges/ours.js";
import { openArchive } from "./mappings/archive.mjs";
import { providedNames } from "./mappings/names.mjs";

/** Names in one apt-get command, and in one Dockerfile. */
const APT_NAMES = 10_000;
const LIST_NAMES = 200;
/** Findings about a name; `dev-package` and the like are about what a package is for. */
const ABOUT_NAMES = new Set(["unknown-package", "renamed"]);

const { values, positionals: codenames } = parseArgs({
  options: { every: { type: "string", default: "1" } },
  allowPositionals: true,
});
const step = Number(values.every);
const tables = shippedTables();
const releases = (tables.rows("releases.tsv") ?? []).filter(([, codename]) =>
  (codenames.length > 0 ? codenames : ["bookworm", "trixie"]).includes(codename),
);
// apt searches all names for one that it does not know and that could be an expression, which takes minutes for all.
const every = (tables.rows("names.tsv") ?? []).flatMap(([name]) => (/[.+]/.test(name) ? [] : name));
let wrong = 0;

process.stdout.write(
  `${row("", "names", "apt takes", "its provider", "refuses", "false error", "false warning", "missed", "other warnings")}\n`,
);
for (const [key, codename, image] of releases) {
  const archive = openArchive(codename);
  try {
    const candidates = archive.candidates(["Package", "Provides"]);
    const own = candidates.flatMap(({ Package, Provides = "" }) => [Package, ...providedNames(Provides)]);
    const names = [...new Set([...own, ...every])]
      .filter((name) => /^[a-z0-9][a-z0-9+.-]+$/.test(name))
      .sort()
      .filter((_, at) => at % step === 0);
    report(key, names, aptSays(archive, names), findings(image, names));
  } finally {
    archive.close();
  }
}
process.exitCode = wrong === 0 ? 0 : 1;

/** What apt takes for each name: itself, another package, or null. */
function aptSays(archive, names) {
  const taken = new Map(names.map((name) => [name, name]));
  for (const chunk of chunks(names, APT_NAMES)) {
    // One bad name keeps apt from working out what it would install, which these lists have no answer to. It tells which
    // package it selects only if it is not quiet, as it is without a terminal.
    const { stdout, stderr } = archive.simulate(["-o", "quiet=0", ...chunk, "no-such-package"]);
    for (const [, to, from] of stdout.matchAll(/^Note, selecting '(\S+)' instead of '(\S+)'$/gm)) taken.set(from, to);
    const refused = /^E: (?:Package '?(\S+?)'? has no installation candidate|Unable to locate package (\S+))$/gm;
    for (const [, one, other] of stderr.matchAll(refused)) taken.set(one ?? other, null);
    if (taken.get("no-such-package") !== null) throw new Error(`apt-get said: ${stderr.slice(0, 500)}`);
  }
  taken.delete("no-such-package");
  return taken;
}

/** The findings of a runtime stage that installs the names, by name. */
function findings(image, names) {
  const found = new Map();
  for (const chunk of chunks(names, LIST_NAMES)) {
    const parsed = parseDockerfile(
      `FROM ${image} AS builder\nRUN make\nFROM ${image}\nRUN apt-get update && apt-get install -y --no-install-recommends ${chunk.join(" ")} && rm -rf /var/lib/apt/lists/*\nCOPY --from=builder /out /out\nUSER app\n`,
    );
    const plan = makePlan(parsed);
    const facts = declaredFacts(tables, plan, {});
    for (const finding of audit({ parsed, plan, analysis: null, facts }).findings) {
      if (finding.package === null) continue;
      found.set(finding.package, [...(found.get(finding.package) ?? []), finding]);
    }
  }
  return found;
}

function report(key, names, apt, found) {
  const about = (name) => (found.get(name) ?? []).filter(({ code }) => ABOUT_NAMES.has(code));
  const has = (name, severity) => about(name).some((finding) => finding.severity === severity);
  const taken = names.filter((name) => apt.get(name) !== null);
  const selected = taken.filter((name) => apt.get(name) !== name);
  const refused = names.filter((name) => apt.get(name) === null);
  const errors = taken.filter((name) => has(name, "error"));
  const warnings = taken.filter((name) => has(name, "warning"));
  const isTold = (name) => about(name).some(({ code, to }) => code === "renamed" && to === apt.get(name));
  const missed = [
    ...selected.filter((name) => !isTold(name)),
    ...refused.filter((name) => !about(name).some(({ code }) => code === "unknown-package")),
  ];
  const others = taken.filter((name) =>
    (found.get(name) ?? []).some(({ code, severity }) => !ABOUT_NAMES.has(code) && severity !== "info"),
  );
  const counts = [names, taken, selected, refused, errors, warnings, missed, others].map(({ length }) => length);
  process.stdout.write(`${row(key, ...counts)}\n`);
  for (const [what, list] of Object.entries({ "false error": errors, "false warning": warnings, missed })) {
    if (list.length > 0) process.stdout.write(`  ${what}: ${list.slice(0, 10).join(" ")}\n`);
  }
  wrong += errors.length + warnings.length;
}

function* chunks(list, size) {
  for (let at = 0; at < list.length; at += size) yield list.slice(at, at + size);
}

function row(...cells) {
  return cells.map((cell, at) => (at === 0 ? String(cell).padEnd(10) : String(cell).padStart(14))).join(" ");
}
