import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { shippedTables } from "../../src/commands/shipped-tables.ts";
import { baseImage, certaintyOf, knownReleases } from "../../src/debian/mappings.ts";
import { markedRows } from "../../src/debian/marked-rows.ts";

const tables = shippedTables();
const names = markedRows(tables, "names.tsv", "");
const seen = (letter: string): number => names.filter(({ words }) => words(letter) !== null).length;

/** How many entries the tables have for a release, in the order of the page. */
function counts(key: string, letter: string): number[] {
  const year = key.slice("ubuntu-".length, -".04".length);
  const rows = tables.rows(`sonames/${key}.tsv`) ?? [];
  const proved = rows.filter(([, , source = ""]) => certaintyOf(source) === "proved").length;
  const hints = (tables.rows("hints-ubuntu.tsv") ?? []).filter(([, , releases = ""]) => releases.includes(year)).length;
  return [baseImage(tables, key)?.packages.size ?? 0, seen(letter), proved, rows.length - proved + hints];
}

test("docs/ubuntu.md counts what the tables have", async () => {
  const page = await readFile("docs/ubuntu.md", "utf8");
  const cells = [...page.matchAll(/^\| (?!release|---)([a-z ,]+) \|((?: [0-9,]+ \|){4})$/gm)].map(([, , row = ""]) =>
    row.split("|").flatMap((cell) => (cell.trim() === "" ? [] : Number(cell.replaceAll(",", "")))),
  );
  const releases = knownReleases(tables).filter(({ key }) => key.startsWith("ubuntu-"));
  const counted = releases.map(({ key, letter }) => counts(key, letter));
  expect(counted[0]?.map((_, row) => counted.map((one) => one[row]))).toEqual(cells);
  expect(page).toContain(`| codename | ${releases.map(({ codename }) => codename).join(" | ")} |`);
  expect(page).toContain(`${seen("3").toLocaleString("en")} names are known of Debian 13`);
});
