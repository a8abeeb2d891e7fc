import { describe, expect, it } from "vitest";
import type { MissingHint } from "../../src/analysis/model.ts";
import type { SonameStory } from "../../src/debian/soname-family.ts";
import { hintText } from "../../src/report/missing-hints.ts";

const STORY: SonameStory = {
  same: null,
  versions: [
    { soname: "liba.so.3", packages: ["liba3", "liba3-alt"] },
    { soname: "liba.so.2", packages: ["liba2"] },
  ],
  elsewhere: [
    { release: "debian-11", packages: ["liba1"] },
    { release: "debian-12", packages: ["liba1a"] },
    { release: "ubuntu-20.04", packages: ["liba1"] },
  ],
};

describe("hintText", () => {
  it.each<[MissingHint | null, string | null]>([
    [null, null],
    [{ kind: "not-installed", packages: ["a", "b"] }, "a or b has it, but is not installed in the builder"],
    [{ kind: "perhaps", package: "a" }, "a may have it"],
    [
      { kind: "no-package", release: "debian 12", says: "table", builderPackage: "a", story: STORY },
      "no package of debian 12 has it; the builder has it from a; debian 12 has liba.so.3 (liba3)",
    ],
    [
      { kind: "no-package", release: null, says: "apt", builderPackage: null, story: null },
      "apt in the runtime base's release has no package with it",
    ],
    [
      { kind: "built-elsewhere", release: "debian 13", absent: true, story: STORY },
      "no package of debian 13 has it; debian 13 has liba.so.3 (liba3); liba1 of debian 11, ubuntu 20.04 or liba1a of debian 12 has it: use a build of the program for debian 13, or a base that has the library",
    ],
    [
      {
        kind: "built-elsewhere",
        release: "debian 13",
        absent: true,
        story: { ...STORY, same: { soname: "liba.so.1t64", packages: ["liba1t64"] } },
      },
      "no package of debian 13 has it; liba1t64 has it as liba.so.1t64: install liba1t64 and add a link with the old name; liba1 of debian 11, ubuntu 20.04 or liba1a of debian 12 has it",
    ],
    [
      {
        kind: "built-elsewhere",
        release: null,
        absent: true,
        story: { same: null, versions: [], elsewhere: [] },
      },
      "no package of the runtime base's release has it",
    ],
    [{ kind: "unavailable", package: "a" }, "apt in the runtime base has no package a"],
    [
      { kind: "stripped", package: "a" },
      "the base has a installed without this file: run apt-get install --reinstall a, or use another base",
    ],
    [
      { kind: "interpreter-unavailable", path: "/usr/bin/x", builderPackage: "a" },
      "apt in the runtime base has no /usr/bin/x; the builder has it from a",
    ],
    [
      { kind: "no-apt", path: "/usr/bin/x", builderPackage: "a" },
      "the runtime base has no apt; the builder has /usr/bin/x from a",
    ],
    [{ kind: "ldconfig", line: 7 }, "run ldconfig after the COPY in line 7"],
    [{ kind: "ldconfig", line: null }, "run ldconfig after the COPY"],
    [
      { kind: "unsearched-folder", folder: "/opt/x", line: null },
      "/opt/x is in no ld.so.conf of the base: give the artifact a RUNPATH, or add a file to /etc/ld.so.conf.d and run ldconfig after the COPY",
    ],
    [
      {
        kind: "other-version",
        builder: { package: "a", version: "2" },
        base: { package: "a", version: "1" },
        crossRelease: true,
      },
      "built against a 2, but the base has a 1; build on the runtime's release",
    ],
    [{ kind: "carriage-return" }, "the script's first line ends in a carriage return (CRLF)"],
  ])("%j", (hint, text) => expect(hintText(hint)).toBe(text));
});
