import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { closureOf } from "../../src/debian/closure.ts";
import { readStanzas } from "../../src/debian/control.ts";
import { type DebianPackage, type PackageSet, packageSet, readPackage } from "../../src/debian/packages.ts";
import { reduce } from "../../src/debian/reduce.ts";
import { compareVersions } from "../../src/debian/version.ts";
import { STATUS_FIELDS } from "../../src/snapshot/snapshot.ts";

/**
 * apt as the judge: a base is made of this machine's essential and required packages, everything else is taken from the
 * archive's index that apt has, and `apt-get --simulate` says what it would install. Skipped where apt has no index.
 */
const run = (command: string, ...words: string[]): string => {
  const result = spawnSync(command, words, {
    encoding: "utf8",
    maxBuffer: 1 << 29,
    env: { ...process.env, LC_ALL: "C" },
  });
  return result.status === 0 ? result.stdout : "";
};

const indexes = run("apt-get", "indextargets", "--format", "$(FILENAME)", "Created-By: Packages").trim().split("\n");
const native = run("dpkg", "--print-architecture").trim();
const archiveText = indexes[0] ? run("/usr/lib/apt/apt-helper", "cat-file", ...indexes) : "";
const folder = mkdtempSync(join(tmpdir(), "msb-deps-apt-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function newest(text: string): Map<string, DebianPackage> {
  const found = new Map<string, DebianPackage>();
  for (const stanza of readStanzas(text, STATUS_FIELDS)) {
    const one = readPackage(stanza, native);
    if (one === null) continue;
    const other = found.get(one.key);
    if (other === undefined || compareVersions(one.version, other.version) > 0) found.set(one.key, one);
  }
  return found;
}

/** What apt installs or upgrades for a line, by name; null where it refuses. */
function simulate(names: readonly string[]): Set<string> | null {
  const options = [
    `Dir::State::status=${folder}/status`,
    `Dir::Cache::pkgcache=${folder}/pkg`,
    `Dir::Cache::srcpkgcache=${folder}/src`,
  ];
  const words = options.flatMap((option) => ["-o", option]);
  const output = run("apt-get", "--simulate", "install", "--no-install-recommends", ...words, ...names);
  return output === "" ? null : new Set([...output.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? ""));
}

describe.skipIf(archiveText.length < 1_000_000)("against apt itself", () => {
  const archive = newest(archiveText);
  const whole = packageSet(archive.values(), native, { complete: true });
  const bare = { known: whole, base: packageSet([], native) };
  const start = [...archive.values()].filter(
    (one) => one.essential || one.priority === "required" || one.name === "apt",
  );
  // What follows from those in any way makes a base in which no dependency is open.
  const keys = closureOf(
    start.map((one) => one.key),
    bare,
  ).may;
  const base: PackageSet = packageSet(
    [...keys].flatMap((key) => archive.get(key) ?? []),
    native,
  );
  const stanzas = archiveText.split("\n\n").flatMap((text) => {
    const one = [...readStanzas(text, STATUS_FIELDS)][0];
    const read = one && readPackage(one, native);
    return read && base.all.get(read.key)?.version === read.version
      ? `${text.trim()}\nStatus: install ok installed\n`
      : [];
  });
  writeFileSync(join(folder, "status"), stanzas.join("\n"));

  const libraries = [...archive.values()]
    .filter((one) => /^lib.*[0-9]$/.test(one.name) && one.section === "libs" && one.architecture === native)
    .filter((one) => !base.all.has(one.key))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const sample = libraries.filter((_, index) => index % Math.ceil(libraries.length / 12) === 0);

  test("the base is one that apt is content with", () => {
    expect(base.all.size).toBeGreaterThan(50);
    expect(simulate([])).not.toBeNull();
  }, 60_000);

  test("what we say is implied, apt installs", () => {
    const differences: string[] = [];
    let implied = 0;
    for (const one of sample) {
      const apt = simulate([one.name]);
      if (apt === null) continue;
      // An image knows what it has installed, not the archive: the package and all that apt installs for it.
      const seen = packageSet([...base.all.values(), ...[...apt].flatMap((name) => whole.named(name))], native);
      for (const known of [whole, seen]) {
        const { must } = closureOf([one.key], { known, base });
        implied += must.size - 1;
        for (const key of must) if (!apt.has(key.split(":")[0] ?? "")) differences.push(`${one.name}: ${key}`);
      }
    }
    expect(differences).toEqual([]);
    expect(implied).toBeGreaterThan(sample.length);
  }, 300_000);

  test("a reduced line brings all of the list, and nothing in it can go", () => {
    const wanted = sample.map((one) => one.key);
    const world = { known: whole, base };
    const more = [...closureOf(wanted, world).must].filter((key) => /^lib/.test(key)).slice(0, 60);
    const { install, implied } = reduce([...wanted, ...more], world);
    const names = (list: readonly string[]): string[] => list.map((key) => key.split(":")[0] ?? "");
    const apt = simulate(names(install));
    // Two packages of a sample may conflict; then apt refuses and says nothing about us.
    if (apt === null) return;
    expect(names([...install, ...implied.keys()]).filter((name) => !apt.has(name))).toEqual([]);
    for (const key of install.filter((_, index) => index % 8 === 1)) {
      const rest = simulate(names(install.filter((other) => other !== key)));
      expect(rest?.has(key.split(":")[0] ?? ""), key).not.toBe(true);
    }
  }, 300_000);
});
