import { describe, expect, test } from "vitest";
import { findingsOf, installs, needs, only, runtime, world } from "../kit.ts";

const facts = world(
  {},
  {
    "libfoo-dev": { Section: "libdevel", Source: "foo", Depends: "libfoo1 (= 1), libc6-dev" },
    libfoo1: { Source: "foo" },
    "libc6-dev": {},
    oddtool: { Section: "devel" },
  },
);

describe("dev-package", () => {
  test.each([
    ["headers, by their section", "libfoo-dev", "proved", ["libfoo1"]],
    ["by its section alone", "oddtool", "proved", []],
    ["headers, by their name", "libpq-dev", "declared", []],
    ["a compiler", "gcc", "declared", []],
    ["a compiler with its version", "g++-14", "declared", []],
    ["the lot", "build-essential", "declared", []],
  ])("%s", (_, name, confidence, instead) => {
    const found = only("dev-package", findingsOf(installs(name), { analysis: {}, facts }));
    expect(found).toMatchObject([{ severity: "warning", package: name, confidence, instead }]);
  });

  test("without a build, too", () => {
    expect(only("dev-package", findingsOf(installs("gcc")))).toHaveLength(1);
  });

  test.each([
    ["a library", installs("libpq5"), {}],
    ["an artifact needs its unversioned library", installs("libfoo-dev"), { packages: [needs("libfoo-dev")] }],
    [
      "CMD calls it",
      installs("gcc"),
      { dropped: [{ package: "gcc", reason: "no-evidence" as const, calledBy: "CMD" }] },
    ],
    ["taken away in the same RUN", runtime("RUN apt-get install -y gcc && make && apt-get purge -y gcc"), {}],
    [
      "swept away in the same RUN",
      runtime("RUN apt-mark auto '.*' && apt-get install -y gcc && apt-get purge -y --auto-remove"),
      {},
    ],
  ])("not: %s", (_, text, analysis) => {
    expect(only("dev-package", findingsOf(text, { analysis, facts }))).toEqual([]);
  });

  test("not: in the builder stage", () => {
    const text = runtime().replace("RUN make", "RUN apt-get install -y gcc");
    expect(only("dev-package", findingsOf(text))).toEqual([]);
  });
});
