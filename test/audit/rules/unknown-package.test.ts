import { describe, expect, test } from "vitest";
import { findingsOf, installs, only, runtime, world } from "../kit.ts";

describe("unknown-package", () => {
  test.each([
    ["the library of an older release", "libicu72", "absent", "declared", ["libicu76"]],
    ["one of a newer Ubuntu", "libssl1.1", "absent", "declared", ["libssl3t64"]],
    ["a slip of the pen", "liblmbd0", "absent", "heuristic", []],
    ["one that several packages provide", "liblapack.so.3", "several", "declared", null],
    ["the name of a library", "libssl.so.3", "soname", "declared", ["libssl3t64"]],
    ["the name of no library", "libnothing.so.1", "soname", "declared", []],
  ])("%s: %s", (_, name, kind, confidence, choices) => {
    const found = only("unknown-package", findingsOf(installs(name)));
    expect(found).toMatchObject([{ line: 4, column: 66, package: name, kind, confidence }]);
    expect(found[0]?.severity).toBe(confidence === "heuristic" ? "warning" : "error");
    if (choices !== null) expect(found[0]?.choices).toEqual(choices);
    else expect(found[0]?.choices.length).toBeGreaterThan(1);
  });

  test.each([
    "libicu76",
    "libssl3",
    "libpcre2-8-0",
    "ca-certificates",
    "curl",
    "libapache2-mod-php8.4",
    "libjs-jquery3",
    "libsasl2-modules",
    "foo72",
  ])("not: %s", (name) => {
    expect(only("unknown-package", findingsOf(installs(name)))).toEqual([]);
  });

  test("not: what dpkg of an image knows", () => {
    const facts = world({}, { libicu72: {} });
    expect(only("unknown-package", findingsOf(installs("libicu72"), { facts }))).toEqual([]);
  });

  test("not: in a release that the tables do not know whole, or not at all", () => {
    for (const base of ["ubuntu:24.04", "alpine:3.20", "debian:stable"])
      expect(only("unknown-package", findingsOf(installs("libicu72").replace("debian:trixie-slim", base)))).toEqual([]);
  });

  test.each([
    [
      "another repository",
      runtime("RUN echo deb https://a/ b c > /etc/apt/sources.list.d/x.list", "RUN apt-get install -y libicu72"),
    ],
    ["a base image of somebody else's", installs("libicu72").replace("debian:trixie-slim", "python:3.13-slim-trixie")],
  ])("is no error beside %s", (_, text) => {
    expect(only("unknown-package", findingsOf(text))).toMatchObject([{ severity: "warning", confidence: "heuristic" }]);
  });
});
