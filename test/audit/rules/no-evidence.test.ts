import { describe, expect, test } from "vitest";
import { findingsOf, installs, needs, only, runtime } from "../kit.ts";

describe("no-evidence", () => {
  test.each([
    ["data", installs("netbase"), "data", "declared"],
    ["fonts", installs("fonts-dejavu-core"), "data", "declared"],
    ["certificates that nothing asks for", installs("ca-certificates"), "data", "declared"],
    [
      "commands that scripts may call",
      runtime("COPY run.sh /", "RUN apt-get install -y tcpdump"),
      "unseen",
      "heuristic",
    ],
    ["nobody knows what it holds", installs("figlet"), "unknown", "heuristic"],
  ])("%s", (_, text, kind, confidence) => {
    expect(only("no-evidence", findingsOf(text, { analysis: {} }))).toMatchObject([
      { severity: "info", kind, confidence },
    ]);
  });

  const tls = { packages: [needs("libssl3t64", { status: "base", sonames: ["libssl.so.3"] })] };
  test.each([
    ["a companion of what is needed", installs("ca-certificates"), tls],
    ["a companion of what is listed", `${installs("curl ca-certificates")}CMD curl\n`, {}],
    [
      "suggested by the analysis",
      installs("special-data"),
      { suggested: [{ package: "special-data", strength: "suggested" as const, trigger: "x", reason: "y" }] },
    ],
    [
      "the environment asks for it",
      runtime("ENV TZ=Europe/Vienna LANG=de_AT.UTF-8", "RUN apt-get install -y tzdata locales"),
      {},
    ],
    ["called by its own name", `${installs("someprogram")}CMD someprogram\n`, {}],
    ["unused, which is another finding", installs("liblmdb0"), {}],
    ["not built", installs("tzdata"), null],
  ])("not: %s", (_, text, analysis) => {
    expect(only("no-evidence", findingsOf(text, { analysis }))).toEqual([]);
  });
});
