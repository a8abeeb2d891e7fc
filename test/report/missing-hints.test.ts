import { describe, expect, it } from "vitest";
import type { MissingHint } from "../../src/analysis/model.ts";
import { hintText } from "../../src/report/missing-hints.ts";

describe("hintText", () => {
  it.each<[MissingHint | null, string | null]>([
    [null, null],
    [{ kind: "not-installed", packages: ["a", "b"] }, "a or b has it, but is not installed in the builder"],
    [{ kind: "perhaps", package: "a" }, "a may have it"],
    [
      { kind: "no-package", release: "debian 12", says: "table", builderPackage: "a" },
      "no package of debian 12 has it; the builder has it from a",
    ],
    [
      { kind: "no-package", release: null, says: "apt", builderPackage: null },
      "apt in the runtime base's release has no package with it",
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
