import { describe, expect, test } from "vitest";
import { audit } from "../../src/audit/audit.ts";
import { finish } from "../../src/base/steps.ts";
import { fixed, lookAt, type Scene } from "./fix/scene.ts";
import { findingsOf, needs, placesOf, world } from "./kit.ts";

const INSTALL = "RUN apt-get update && apt-get install -y --no-install-recommends";
const CLEAN = "&& rm -rf /var/lib/apt/lists/*";

/** A runtime stage on a stage of its own, with these lists; the builder begins with the same stage, or with an image. */
function onBase(below: string, own = "", builder = "debian:trixie"): string {
  return [
    "FROM debian:trixie-slim AS base",
    `${INSTALL} ${below} ${CLEAN}`,
    `FROM ${builder} AS builder`,
    "RUN make",
    "FROM base",
    ...(own === "" ? [] : [`${INSTALL} ${own} ${CLEAN}`]),
    "USER 1000",
    "COPY --from=builder /out/ /",
    "",
  ].join("\n");
}

describe("lists of stages below the runtime stage", () => {
  test.each([
    ["renamed", "libssl3", "2:66 libssl3"],
    ["unknown-package", "libicu72", "2:66 libicu72"],
    ["redundant", "zlib1g", "2:66 zlib1g"],
    ["dev-package", "gcc", "2:66 gcc"],
  ] as const)("%s stands at its own line", (code, name, place) => {
    expect(placesOf(code, onBase(name, "ca-certificates"))).toEqual([place]);
  });

  test("apt's options and lists, each where it is written", () => {
    const text = onBase("curl").replace(" --no-install-recommends", "").replace(` ${CLEAN}`, "");
    expect(findingsOf(text).map(({ line, code }) => `${line} ${code}`)).toEqual(["2 lists-left", "2 recommends"]);
  });

  test("over several stages", () => {
    const text = `FROM debian:trixie-slim AS one\n${INSTALL} libssl3 ${CLEAN}\nFROM one AS two\n${INSTALL} libcurl4 ${CLEAN}\nFROM debian:13 AS builder\nFROM two\nCOPY --from=builder /a /a\n`;
    expect(placesOf("renamed", text)).toEqual(["2:66 libssl3", "4:66 libcurl4"]);
  });

  test("what a later stage removes again is not on the list", () => {
    const text = onBase("gcc").replace("USER 1000", "RUN apt-get purge -y gcc");
    expect(placesOf("dev-package", text)).toEqual([]);
  });

  test("not the list of a stage that the runtime stage does not begin with", () => {
    expect(placesOf("renamed", onBase("curl").replace("RUN make", `${INSTALL} libssl3`))).toEqual([]);
  });

  test("what the base was built with is installed, and not repeated by the list that did it", () => {
    const facts = world({ libpq5: {}, libneeded1: {} }, {});
    const analysis = { packages: [needs("libneeded1", { status: "base" })] };
    const found = findingsOf(onBase("libneeded1"), { analysis, facts: { ...facts, root: null } });
    expect(found.filter(({ code }) => code === "missing" || code === "redundant" || code === "unused")).toEqual([]);
  });

  test("a command of it that another stage calls in a RUN is used", () => {
    const text = onBase("socat", "", "base").replace("RUN make", "RUN socat -V");
    const codes = (one: string) => findingsOf(one, { analysis: {} }).map(({ code }) => code);
    expect(codes(text)).not.toContain("unused");
    expect(codes(onBase("socat", "", "base"))).toContain("unused");
  });
});

const SCENE: Scene = { needs: ["libpq5"], base: ["libpq5", "libxml2"], depends: [] };
const refusals = (text: string, scene: Scene) =>
  fixed(text, scene).refusals.map(({ name, reason }) => `${name} ${reason}`);

describe("fixing the list of a stage below", () => {
  test("the audit knows what is installed there", () => {
    const found = audit(finish(lookAt(SCENE)(onBase("libpq5 libxml2")))).findings;
    expect(found.map(({ line, code, package: name }) => `${line} ${code} ${name}`)).toEqual(["2 unused libxml2"]);
  });

  test("takes out what the runtime alone has and does not need", () => {
    const text = onBase("libpq5 libxml2");
    expect(fixed(text, SCENE).text).toBe(text.replace(" libxml2", ""));
  });

  test("leaves what another stage may need", () => {
    const text = onBase("libpq5 libxml2", "", "base");
    expect([fixed(text, SCENE).text, refusals(text, SCENE)]).toEqual([text, ["libxml2 shared"]]);
  });

  test("leaves what may bring something that is needed", () => {
    const text = onBase("libxml2");
    const scene: Scene = { ...SCENE, depends: [["libxml2", "libpq5"]] };
    expect([fixed(text, scene).text, refusals(text, scene)]).toEqual([text, ["libxml2 brings-needed"]]);
  });

  test("writes another name for all stages", () => {
    const text = onBase("libicu72", "", "base");
    const scene: Scene = { needs: ["libicu76"], base: ["libicu76"], depends: [] };
    expect(fixed(text, scene).text).toBe(text.replace("libicu72", "libicu76"));
  });

  test("adds what is missing to the list that is the runtime's alone, else to the runtime stage", () => {
    const scene: Scene = { needs: ["libpq5", "libxml2"], base: ["libpq5"], depends: [] };
    const alone = onBase("libpq5");
    expect(fixed(alone, scene).text).toBe(alone.replace("libpq5", "libpq5 libxml2"));
    const shared = onBase("libpq5", "", "base");
    expect(fixed(shared, scene).text).toContain(`FROM base\nRUN apt-get update && apt-get install -y`);
    expect(fixed(shared, scene).text).toContain("libxml2");
    expect(fixed(shared, scene).text.split("\n")[1]).toBe(shared.split("\n")[1]);
    const own = onBase("libpq5", "tzdata", "base");
    expect(fixed(own, scene).text).toBe(own.replace("tzdata", "libxml2 tzdata"));
  });

  test("a second run changes nothing", () => {
    const { text } = fixed(onBase("libpq5 libxml2"), SCENE);
    expect(fixed(text, SCENE).text).toBe(text);
  });
});
