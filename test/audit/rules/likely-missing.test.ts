import { describe, expect, test } from "vitest";
import { auditOf, findingsOf, only } from "../kit.ts";

/** A builder that installs some packages, and a runtime stage that lists some. */
function stages(builds: string, lists: string, from = "debian:trixie-slim"): string {
  const install = (words: string): string => (words === "" ? "" : `RUN apt-get install -y ${words}\n`);
  return `FROM debian:trixie AS deps\n${install(builds)}FROM deps AS build\nRUN make\nFROM ${from}\n${install(lists)}COPY --from=build /out /\n`;
}

const likely = (text: string) =>
  only("likely-missing", findingsOf(text)).map(({ line, names, development, stage, perhapsIn }) =>
    [line, names.join("|"), development, stage, ...(perhapsIn === null ? [] : [perhapsIn])].join(" "),
  );

describe("likely-missing", () => {
  test.each([
    ["nothing is listed", stages("libpq-dev", ""), ["5 libpq5 libpq-dev build"]],
    ["something else is listed", stages("libpq-dev", "curl"), ["6 libpq5 libpq-dev build"]],
    [
      "by a package that only depends on another -dev",
      stages("default-libmysqlclient-dev", ""),
      ["5 libmariadb3 default-libmysqlclient-dev build"],
    ],
    [
      "several libraries",
      stages("libmemcached-dev", ""),
      ["5 libmemcached11t64|libmemcachedutil2t64 libmemcached-dev build"],
    ],
    ["the name of a release", stages("libicu-dev", "", "debian:bookworm-slim"), ["5 libicu72 libicu-dev build"]],
    ["of Ubuntu", stages("libcurl4-openssl-dev", "", "ubuntu:24.04"), ["5 libcurl4t64 libcurl4-openssl-dev build"]],
    [
      "a small image of a language",
      stages("libpq-dev", "", "python:3.13-slim-trixie"),
      ["5 libpq5 libpq-dev build python:3.13-slim-trixie"],
    ],
    ["two names of one", stages("libldap2-dev libldap-dev", ""), ["5 libldap2 libldap2-dev build"]],
  ])("%s", (_, text, expected) => {
    expect(likely(text)).toEqual(expected);
  });

  test.each([
    ["listed", stages("libpq-dev", "libpq5")],
    ["one of several", stages("libmemcached-dev", "libmemcached11")],
    ["under its old name", stages("libcurl4-openssl-dev", "libcurl4")],
    ["the -dev package itself", stages("libpq-dev", "libpq-dev")],
    ["in the base", stages("zlib1g-dev", "")],
    ["one of several in the base", stages("libgmp-dev", "")],
    ["in Ubuntu's base", stages("libssl-dev", "", "ubuntu:24.04")],
    ["for extension modules of an interpreter", stages("python3-dev python3-all-dev ruby-dev", "")],
    ["headers only", stages("libboost-dev", "")],
    ["removed again", stages("libpq-dev && apt-get purge -y libpq-dev", "")],
    ["a list that is not read", stages("libpq-dev", "$LIST")],
    ["nothing is copied from the builder", stages("libpq-dev", "").replace("--from=build", "")],
    ["a base with all -dev packages", stages("libpq-dev", "", "python:3.13-trixie")],
    ["another distribution", stages("libpq-dev", "", "alpine:3.22")],
  ])("not: %s", (_, text) => {
    expect(likely(text)).toEqual([]);
  });

  test("is nothing to judge without a -dev package, and says what is not known with one", () => {
    const status = (text: string) => auditOf(text).judged.find(({ rule }) => rule === "likely-missing");
    expect(status(stages("make", "", "python:3.13"))).toMatchObject({ status: "judged" });
    expect(status(stages("libpq-dev", "", "python:3.13"))).toMatchObject({ reason: { code: "unknown-release" } });
    expect(status(stages("libpq-dev", "", "python:3.13-trixie"))).toMatchObject({
      reason: { code: "unknown-packages" },
    });
    expect(status(stages("libpq-dev", "$LIST"))).toMatchObject({ status: "partly" });
    expect(status(stages("libpq-dev", "", "ubuntu:24.04"))).toMatchObject({
      status: "partly",
      reason: { code: "partial-table" },
    });
  });

  test("is not said after a build, which knows", () => {
    expect(only("likely-missing", findingsOf(stages("libpq-dev", ""), { analysis: {} }))).toEqual([]);
  });
});
