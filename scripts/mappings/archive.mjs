// A release's archive through this machine's apt: its indexes, in a directory of its own. Nothing of the machine's apt
// state is touched; apt.conf, mirror and proxy are the machine's own.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** What was asked for cannot be done; shown without a stack. */
export class Failure extends Error {}

const KEYRINGS = {
  Debian: "/usr/share/keyrings/debian-archive-keyring.gpg",
  Ubuntu: "/usr/share/keyrings/ubuntu-archive-keyring.gpg",
};
const COMPONENTS = { Debian: "main", Ubuntu: "main universe" };
const TARGET = "Acquire::IndexTargets::deb::Contents-deb";
/** The index targets that apt-file sets up (its 50apt-file.conf). Ubuntu has one Contents file, under the older name. */
const CONTENTS = [
  `${TARGET}::MetaKey=$(COMPONENT)/Contents-$(ARCHITECTURE)`,
  `${TARGET}::flatMetaKey=Contents-$(ARCHITECTURE)`,
  `${TARGET}::ShortDescription=Contents-$(ARCHITECTURE)`,
  `${TARGET}::Description=$(RELEASE)/$(COMPONENT) $(ARCHITECTURE) Contents (deb)`,
  `${TARGET}-legacy::MetaKey=Contents-$(ARCHITECTURE)`,
  `${TARGET}-legacy::ShortDescription=Contents-$(ARCHITECTURE)`,
  `${TARGET}-legacy::Description=$(RELEASE) $(ARCHITECTURE) Contents (deb)`,
  `${TARGET}-legacy::Fallback-Of=Contents-deb`,
  `${TARGET}-legacy::Identifier=Contents-deb`,
];

/**
 * Opens the archive of a release for one architecture: the release itself, its updates and security updates.
 *
 * @param {string} codename
 * @param {{ architecture?: string, contents?: boolean }} options `contents`: fetch the Contents indexes too
 */
export function openArchive(codename, { architecture = "amd64", contents = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), "msb-deps-archive-"));
  const close = () => rmSync(folder, { recursive: true, force: true });
  try {
    chmodSync(folder, 0o755); // apt downloads as its own user
    for (const name of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, "sources.list"), sourcesOf(codename, architecture));
    writeFileSync(join(folder, "status"), "");
    const options = [
      `Dir::Etc::SourceList=${folder}/sources.list`,
      "Dir::Etc::SourceParts=/dev/null",
      "Dir::Etc::Preferences=/dev/null",
      "Dir::Etc::PreferencesParts=/dev/null",
      `Dir::State::Lists=${folder}/lists`,
      `Dir::State::status=${folder}/status`,
      `Dir::Cache=${folder}/cache`,
      `APT::Architecture=${architecture}`,
      `APT::Architectures=${architecture}`,
      "Acquire::Languages=none",
      ...(contents ? CONTENTS : []),
    ].flatMap((option) => ["-o", option]);
    // A release without updates or security updates makes apt-get fail; what counts is checked below.
    const update = run("apt-get", "update", ...options);
    const archive = new Archive(codename, architecture, options, close);
    const kinds = ["Created-By: Packages", ...(contents ? ["Identifier: Contents-deb"] : [])];
    for (const kind of kinds) {
      if (archive.files(kind).length > 0) continue;
      throw new Failure(`apt has no index of ${codename} (${kind.split(" ")[1]})${reason(update)}`);
    }
    return archive;
  } catch (error) {
    close();
    throw error;
  }
}

class Archive {
  constructor(codename, architecture, options, close) {
    Object.assign(this, { codename, architecture, options, close });
  }

  /** The indexes of the release itself; its updates and security updates have no paths that it lacks. */
  files(kind) {
    const format = "$(RELEASE)\t$(ARCHITECTURE)\t$(FILENAME)";
    const rows = output("apt-get", "indextargets", ...this.options, "--format", format, kind)
      .trim()
      .split("\n");
    const own = rows.map((row) => row.split("\t")).filter(([release]) => release === this.codename);
    return own.map(([, architecture, file]) => ({ architecture, file }));
  }

  /** The lines of the Contents indexes of an architecture that match an extended regular expression. */
  async *contents(expression, architecture = this.architecture) {
    const indexes = this.files("Identifier: Contents-deb").filter((one) => one.architecture === architecture);
    const files = new Set(indexes.map(({ file }) => file));
    if (files.size === 0) return;
    const cat = spawn("/usr/lib/apt/apt-helper", ["cat-file", ...this.options, ...files]);
    const grep = spawn("grep", ["-aE", expression], { env: { ...process.env, LC_ALL: "C" } });
    cat.stdout.pipe(grep.stdin);
    yield* createInterface({ input: grep.stdout, crlfDelay: Number.POSITIVE_INFINITY });
    if (cat.exitCode !== null && cat.exitCode !== 0) throw new Failure(`Contents of ${this.codename} cannot be read`);
  }

  /** Every package that apt could install, each in its candidate version: the fields that are asked for. */
  candidates(fields) {
    const wanted = new RegExp(`^(${fields.join("|")}): (.*)$`);
    return output("apt-cache", "dumpavail", ...this.options)
      .split("\n\n")
      .flatMap((stanza) => {
        const found = stanza.split("\n").flatMap((line) => {
          const match = wanted.exec(line);
          return match === null ? [] : [[match[1], match[2]]];
        });
        return found.length === 0 ? [] : [Object.fromEntries(found)];
      });
  }

  /** What apt-get says of an install line on a machine without any package. */
  simulate(names) {
    return run("apt-get", "--simulate", "install", "--no-install-recommends", ...this.options, ...names);
  }
}

/** A sources.list for the release, at the mirror that this machine's apt uses for its own. */
function sourcesOf(codename, architecture) {
  const rows = output(
    "apt-get",
    "indextargets",
    "--format",
    "$(ORIGIN)\t$(LABEL)\t$(REPO_URI)",
    "Created-By: Packages",
  );
  const archives = rows.trim().split("\n");
  const lines = [...new Set(archives)].flatMap((row) => {
    const [origin, label, uri] = row.split("\t");
    if (COMPONENTS[origin] === undefined) return [];
    const keyring = existsSync(KEYRINGS[origin]) ? ` signed-by=${KEYRINGS[origin]}` : "";
    const suites = label.endsWith("-Security") ? ["-security"] : ["", "-updates"];
    if (origin === "Ubuntu") suites.push("-security");
    return suites.map(
      (suite) => `deb [arch=${architecture}${keyring}] ${uri} ${codename}${suite} ${COMPONENTS[origin]}`,
    );
  });
  if (lines.length === 0) throw new Failure("this machine's apt knows no archive of Debian or Ubuntu: apt-get update");
  return `${[...new Set(lines)].join("\n")}\n`;
}

function output(command, ...words) {
  const result = run(command, ...words);
  if (result.status !== 0) throw new Failure(`${command} ${words[0]} failed${reason(result)}`);
  return result.stdout;
}

function run(command, ...words) {
  return spawnSync(command, words, { encoding: "utf8", maxBuffer: 1 << 29, env: { ...process.env, LC_ALL: "C" } });
}

/** What a command said of its failure, or where else to look. */
function reason({ error, status, stderr }) {
  const said = error?.message ?? (stderr ?? "").split("\n").find((line) => line.startsWith("E:"));
  if (said !== undefined) return `: ${said}`;
  return status === 0 ? "; has its archive such a release?" : "";
}
