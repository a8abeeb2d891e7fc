import { expect, test } from "vitest";
import {
  commandsOf,
  isDataPackage,
  isEssentialCommand,
  librariesOf,
  packagesOfCommand,
} from "../../src/debian/contents.ts";
import { openTables } from "../../src/debian/tables.ts";

const TEXTS: Record<string, string> = {
  "sonames/debian-13.tsv":
    "liba.so.1\tliba1|liba-other\tcontents\nliba.so.2\tliba1\nlibb.so.1\tlibb1\tseen+debian-pattern\nlibc.so.6\tlibc6\tcontents\n",
  "commands.tsv": "curl\tcurl\nphp-cli\tphp|phpdbg\n",
  "essential-commands.tsv": "ls\n",
  "data-packages.tsv": "*-data\ntzdata\n",
};
const tables = openTables((name) => TEXTS[name] ?? null);
const none = openTables(() => null);

test("the libraries of a package, of rows that are proved, in the order of the table", () => {
  const of = (name: string) => librariesOf(tables, "debian-13", name);
  expect(of("liba1")).toEqual(["liba.so.1", "liba.so.2"]);
  expect(of("liba-other")).toEqual(["liba.so.1"]);
  expect(of("libc6")).toEqual(["libc.so.6"]);
  expect(of("libb1")).toEqual([]);
  expect(of("libgone")).toEqual([]);
  expect(librariesOf(tables, "debian-12", "liba1")).toEqual([]);
});

test("commands and packages by hand", () => {
  expect(commandsOf(tables, "php-cli")).toEqual(["php", "phpdbg"]);
  expect(commandsOf(tables, "php")).toEqual([]);
  expect(packagesOfCommand(tables, "phpdbg")).toEqual(["php-cli"]);
  expect(packagesOfCommand(tables, "ph")).toEqual([]);
});

test("essential commands, and packages with data alone", () => {
  expect(["ls", "curl"].map((name) => isEssentialCommand(tables, name))).toEqual([true, false]);
  expect(["tzdata", "x-data", "data", "tzdata2"].map((name) => isDataPackage(tables, name))).toEqual([
    true,
    true,
    false,
    false,
  ]);
});

test("without tables nothing is known", () => {
  expect([commandsOf(none, "curl"), packagesOfCommand(none, "curl"), librariesOf(none, "x", "y")]).toEqual([
    [],
    [],
    [],
  ]);
  expect([isEssentialCommand(none, "ls"), isDataPackage(none, "tzdata")]).toEqual([false, false]);
});
