import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/**
 * The script that makes a soname table, run against the archive of the Debian release that this machine is of, and
 * compared with the shipped table. Skipped where the machine is no Debian of the tables or apt reaches no archive.
 */
const osRelease = (() => {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
})();
const codename = /^VERSION_CODENAME=(\w+)$/m.exec(osRelease)?.[1] ?? "";
const release = ({ bookworm: "debian-12", trixie: "debian-13" } as Record<string, string>)[codename];
const isAmd64 = spawnSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).stdout?.trim() === "amd64";

interface Row {
  readonly packages: string;
  readonly source: string;
}

function rows(text: string): Map<string, Row> {
  const found = new Map<string, Row>();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("# ")) continue;
    const [soname = "", packages = "", source = "contents"] = line.split("\t");
    found.set(soname, { packages: packages.split("|").sort().join("|"), source });
  }
  return found;
}

describe.skipIf(release === undefined || !isAmd64)("scripts/make-mappings", () => {
  test("makes the shipped table of this release again", () => {
    const script = new URL("../../scripts/make-mappings", import.meta.url).pathname;
    const made = spawnSync(process.execPath, [script, codename], { encoding: "utf8", maxBuffer: 1 << 26 });
    expect(made.stderr).toMatch(/^make-mappings: \d+ sonames of /);
    const fresh = rows(made.stdout);
    const shipped = rows(readFileSync(new URL(`../../mappings/sonames/${release}.tsv`, import.meta.url), "utf8"));
    const plain = [...shipped].filter(([, row]) => row.source === "contents");
    const differing = plain.filter(
      ([soname, row]) => fresh.has(soname) && fresh.get(soname)?.packages !== row.packages,
    );
    const missing = plain.filter(([soname]) => !fresh.has(soname)).map(([soname]) => soname);
    const added = [...fresh.keys()].filter((soname) => !shipped.has(soname));
    // Names that are long file names of a shorter one by our rule and not by the shipped table's, and the reverse; a
    // point release may add a few more. mappings/README.md has the numbers.
    expect(fresh.size).toBeGreaterThan(10_000);
    expect(differing.length, JSON.stringify(differing.slice(0, 5))).toBeLessThan(5);
    expect(missing.length, missing.slice(0, 20).join(" ")).toBeLessThan(20);
    expect(added.length, added.slice(0, 20).join(" ")).toBeLessThan(30);
  }, 90_000);

  test("says what is wrong", () => {
    const script = new URL("../../scripts/make-mappings", import.meta.url).pathname;
    const none = spawnSync(process.execPath, [script], { encoding: "utf8" });
    expect(none.status).toBe(1);
    expect(none.stderr).toMatch(/^make-mappings: usage/);
  });
});
