import { describe, expect, test } from "vitest";
import { shippedTables } from "../../src/commands/shipped-tables.ts";
import { packagesWithCommand } from "../../src/debian/programs.ts";
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
