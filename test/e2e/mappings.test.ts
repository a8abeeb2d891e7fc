import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shippedTables } from "../../src/commands/shipped-tables.ts";
import { openTables, type Tables } from "../../src/debian/tables.ts";

/**
 * The scripts that make the tables and hold them against apt, run for the Debian release that this machine is of. Skipped
 * if it is none of the tables, or if apt cannot reach an archive.
 */
const osRelease = (() => {
  try {
    return readFileSync("/etc/os-release", "utf8");
  } catch {
    return "";
  }
})();
const codename = /^VERSION_CODENAME=(\w+)$/m.exec(osRelease)?.[1] ?? "";
const shipped = shippedTables();
const row = (shipped.rows("releases.tsv") ?? []).find((cells) => cells[1] === codename && cells[3] === "complete");
const isAmd64 = spawnSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).stdout?.trim() === "amd64";
const script = new URL("../../scripts/make-mappings", import.meta.url).pathname;

describe.skipIf(row === undefined || !isAmd64)("the tables of this release, made again", () => {
  const [key = "", , , , letter = ""] = row ?? [];
  const folder = mkdtempSync(join(tmpdir(), "msb-deps-made-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const made: Tables = openTables((name) => {
    if (!/^(?:names|programs)\.tsv$/.test(name)) return readFileSync(join(folder, name), "utf8");
    return brotliDecompressSync(readFileSync(join(folder, `${name}.br`))).toString("latin1");
  });
  beforeAll(() => {
    const run = spawnSync(process.execPath, [script, "--to", folder, codename], { encoding: "utf8" });
    expect(run.stderr).toMatch(/^make-mappings: \d+ sonames of /);
  }, 600_000);

  /** The rows of a table by key, each with what counts. */
  const table = (tables: Tables, name: string, cell: (row: readonly string[]) => string | null) =>
    new Map(
      (tables.rows(name) ?? []).flatMap((cells) => {
        const value = cell(cells);
        return value === null ? [] : [[cells[0] ?? "", value] as const];
      }),
    );

  /** Keys that only one of two tables has, and keys with different values. */
  function differences(name: string, cell: (row: readonly string[]) => string | null) {
    const [fresh, old] = [table(made, name, cell), table(shipped, name, cell)];
    return {
      rows: fresh.size,
      added: [...fresh.keys()].filter((one) => !old.has(one)),
      missing: [...old.keys()].filter((one) => !fresh.has(one)),
      changed: [...fresh].filter(([one, value]) => old.has(one) && old.get(one) !== value).map(([one]) => one),
    };
  }

  /** What a table of all releases has for this one. */
  const ofRelease = ([, ...cells]: readonly string[]): string | null => {
    const cell = cells.find((one) => one.slice(0, one.indexOf(":")).includes(letter));
    return cell === undefined ? null : cell.slice(cell.indexOf(":") + 1);
  };

  // A point release adds and takes a few. mappings/README.md tells what else differs.
  test("sonames", () => {
    const sorted = ([, packages = "", source]: readonly string[]): string | null =>
      source === undefined || source === "contents" ? packages.split("|").sort().join("|") : null;
    const { rows, added, missing, changed } = differences(`sonames/${key}.tsv`, sorted);
    expect(rows).toBeGreaterThan(10_000);
    expect(changed.length, changed.slice(0, 5).join(" ")).toBeLessThan(5);
    expect(missing.length, missing.slice(0, 20).join(" ")).toBeLessThan(20);
    expect(added.length, added.slice(0, 20).join(" ")).toBeLessThan(30);
  });

  test.each([
    ["names.tsv", 60_000],
    ["programs.tsv", 40_000],
  ])("%s", (name, least) => {
    const { rows, added, missing, changed } = differences(name, ofRelease);
    expect(rows).toBeGreaterThan(least);
    for (const list of [added, missing, changed]) expect(list.length, list.slice(0, 20).join(" ")).toBeLessThan(300);
  });

  test("the base image", () => {
    const { added, missing } = differences(`base/${key}.tsv`, () => "");
    expect([added, missing]).toEqual([[], []]);
  });
});

describe.skipIf(row === undefined)("the audit of names", () => {
  test("says of each what apt says", () => {
    const node = (...words: string[]) => spawnSync(process.execPath, words, { encoding: "utf8" });
    expect(node("scripts/build.mjs", "--judges").stderr).toBe("");
    const run = node("scripts/names.mjs", "--every", "150", codename);
    expect(run.stderr).toBe("");
    expect(run.status, run.stdout).toBe(0);
    const counts = (/^debian-\d+ (.*)$/m.exec(run.stdout)?.[1] ?? "").trim().split(/\s+/).map(Number);
    const [names = 0, taken = 0, provided = 0, refused = 0, errors, warnings] = counts;
    expect(
      [names, taken, provided, refused].every((count) => count > 50),
      run.stdout,
    ).toBe(true);
    expect([errors, warnings]).toEqual([0, 0]);
  }, 600_000);
});

test("says what is wrong", () => {
  const none = spawnSync(process.execPath, [script], { encoding: "utf8" });
  expect(none.status).toBe(1);
  expect(none.stderr).toMatch(/^make-mappings: usage/);
  const unknown = spawnSync(process.execPath, [script, "potato"], { encoding: "utf8" });
  expect(unknown.stderr).toBe("make-mappings: mappings/releases.tsv has no row for potato\n");
});
