import { describe, expect, test } from "vitest";
import { shippedTables } from "../../src/commands/shipped-tables.ts";
import { packagesToInstallFor, packagesWithCommand } from "../../src/debian/programs.ts";
import { openTables } from "../../src/debian/tables.ts";

const tables = shippedTables();

describe("packagesWithCommand", () => {
  test.each([
    ["debian-13", "curl", ["curl"], "complete"],
    ["debian-11", "tini", ["tini"], "complete"],
    ["debian-12", "node", ["nodejs"], "complete"],
    ["debian-13", "python3", ["python3-minimal"], "complete"],
    ["debian-13", "update-alternatives", ["dpkg"], "complete"],
    ["debian-13", "php8.4", ["php8.4-cli"], "complete"],
    // A link that is made when the package is installed.
    ["debian-13", "php", ["php8.4-cli"], "partial"],
    ["debian-12", "php", ["php8.2-cli"], "partial"],
    ["debian-13", "nc", ["ncat", "netcat-openbsd", "netcat-traditional"], "partial"],
    // The release moves on after its table was made.
    ["debian-14", "curl", ["curl"], "partial"],
    ["ubuntu-24.04", "curl", ["curl"], "partial"],
    ["debian-13", "no-such-command", [], "unknown"],
    ["ubuntu-24.04", "no-such-command", [], "unknown"],
    ["no-release", "curl", [], "unknown"],
    ["debian-13", "# command", [], "unknown"],
  ])("%s %s", (release, command, packages, known) => {
    expect(packagesWithCommand(tables, release, command)).toEqual({ packages, known });
  });

  test("an Ubuntu release gets the packages of Debian that were seen there", () => {
    const texts: Record<string, string> = {
      "releases.tsv":
        "debian-12\tbookworm\tx\tcomplete\t2\ndebian-13\ttrixie\tx\tcomplete\t3\nubuntu-24.04\tnoble\tx\tpartial\tc\n",
      "names.tsv": "a1\t2c:\na2\t3c:\na3\t23:\n",
      "programs.tsv": "a\t2:a1|a3\t3:a2\n",
    };
    const small = openTables((name) => texts[name] ?? null);
    expect(packagesWithCommand(small, "ubuntu-24.04", "a")).toEqual({ packages: ["a1", "a2"], known: "partial" });
  });
});

describe("packagesToInstallFor", () => {
  const texts: Record<string, string> = {
    "releases.tsv": "debian-12\tbookworm\tx\tcomplete\t2\ndebian-13\ttrixie\tx\tcomplete\t3\n",
    "names.tsv":
      "gone\t2:\nnetcat-openbsd\t23:\nnetcat-traditional\t23:\npython3\t23:\npython3-minimal\t23:\nx1\t3:\nx2\t3:\nx3\t3:\n",
    "programs.tsv":
      "duo\t3:x1|x3\ngone\t3:x1\nmany\t3:x1|x2\nnc\t3:netcat-traditional|netcat-openbsd\npython3\t3:python3-minimal\n",
    "commands.tsv":
      "gone\tgone\nnetcat-openbsd\tnc\npython3\tpython3|pydoc3\nx1\tmany|both|duo\nx2\tmany|both|duo\nx3\talone\n",
  };
  const small = openTables((name) => texts[name] ?? null);
  test.each([
    ["the one of several that the table by hand names", "nc", ["netcat-openbsd"]],
    ["the table by hand before the package with the file", "python3", ["python3"]],
    ["the table by hand where the index has none", "alone", ["x3"]],
    ["the only one that both name", "duo", ["x1"]],
    ["all, where the table by hand does not decide", "many", ["x1", "x2"]],
    ["none, where it has several and the index none", "both", []],
    ["not a package that the release does not have", "gone", ["x1"]],
    ["none for an unknown command", "unknown", []],
  ])("%s", (_, command, expected) => {
    expect(packagesToInstallFor(small, "debian-13", command)).toEqual(expected);
  });
});

describe("packagesWithCommand in small tables", () => {
  const texts: Record<string, string> = {
    "releases.tsv": "debian-13\ttrixie\tx\tcomplete\t3\nubuntu-24.04\tnoble\tx\tpartial\tc\n",
    "names.tsv": "a1\t3c:\na2\t3:\n",
    "alternatives.tsv": "editor\t3:a2|a1\n",
    "programs.tsv": "both\t3:a1\nfile\t3:a2|a1\n",
  };
  const small = openTables((name) => texts[name] ?? null);
  test.each([
    ["debian-13", "file", ["a1", "a2"], "complete"],
    ["debian-13", "editor", ["a1", "a2"], "partial"],
    ["ubuntu-24.04", "editor", ["a1"], "partial"],
    ["debian-13", "b o", [], "unknown"],
    ["debian-13", "", [], "unknown"],
    ["debian-13", "both\n", [], "unknown"],
  ])("%s %j", (release, command, packages, known) => {
    expect(packagesWithCommand(small, release, command)).toEqual({ packages, known });
  });
});
