import { expect, test } from "vitest";
import { packageOfPath } from "../../src/debian/path-packages.ts";
import { openTables } from "../../src/debian/tables.ts";

const TEXTS: Record<string, string> = {
  "releases.tsv": "debian-12\tbookworm\tx\tcomplete\t2\ndebian-13\ttrixie\tx\tcomplete\t3\n",
  "names.tsv":
    "ca-certificates\t23:\nfonts-new\t3:\nfonts-old\t2:\ntzdata\t23:\ntzdata-legacy\t3:\nvirtual-fonts\t23:fonts-x\n",
  "path-packages.tsv": [
    "/etc/ssl/certs/*\tca-certificates",
    "/usr/share/fonts/*\tvirtual-fonts|fonts-old|fonts-new",
    "/usr/share/gone/*\tno-such-package",
    "/usr/share/zoneinfo/*\ttzdata",
    "/usr/share/zoneinfo/US/*\ttzdata-legacy|tzdata",
  ].join("\n"),
};
const tables = openTables((name) => TEXTS[name] ?? null);

test.each([
  ["debian-13", "/etc/ssl/certs/a.pem", "ca-certificates"],
  ["debian-13", "/etc/ssl/cert.pem", null],
  // The first one that is a package of the release.
  ["debian-12", "/usr/share/fonts/a.ttf", "fonts-old"],
  ["debian-13", "/usr/share/fonts/a.ttf", "fonts-new"],
  ["debian-13", "/usr/share/gone/x", null],
  // The most exact pattern.
  ["debian-13", "/usr/share/zoneinfo/UTC", "tzdata"],
  ["debian-13", "/usr/share/zoneinfo/US/Alaska", "tzdata-legacy"],
  ["debian-12", "/usr/share/zoneinfo/US/Alaska", "tzdata"],
  ["no-release", "/etc/ssl/certs/a.pem", null],
])("in %s, %s comes with %s", (release, path, name) => {
  expect(packageOfPath(tables, release, path)).toBe(name);
});

test("without tables nothing is known", () => {
  const none = openTables(() => null);
  expect(packageOfPath(none, "debian-13", "/etc/ssl/certs/a.pem")).toBeNull();
});
