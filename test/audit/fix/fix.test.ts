import { describe, expect, test } from "vitest";
import { fixed, type Scene } from "./scene.ts";

const HEAD = "FROM debian:trixie AS builder\nRUN make\nFROM debian:trixie-slim\n";
const COPY = "COPY --from=builder /out/ /\n";
const NOTHING: Scene = { needs: [], base: [], depends: [] };
const pq: Scene = { ...NOTHING, needs: ["libpq5"] };
const refusals = (text: string, scene: Scene, level: "warning" | "info" = "warning") =>
  fixed(text, scene, level).refusals.map(({ name, reason, about }) => [name, reason, about.join()].join(" ").trim());

describe("levels", () => {
  const text = `${HEAD}RUN apt-get install -y --no-install-recommends libpq5 libssl3 zlib1g libxml2 curl tzdata gcc\n${COPY}`;
  const scene: Scene = {
    needs: ["libpq5", "libssl3t64", "zlib1g"],
    base: ["libssl3t64"],
    depends: [["libpq5", "zlib1g"]],
  };

  test("warning: what is in the base by dpkg's word, and what nothing needs for certain", () => {
    const { text: after, changes } = fixed(text, scene);
    expect(after).toBe(text.replace(" libssl3", "").replace(" libxml2", ""));
    expect(changes.map(({ kind, code, line }) => [kind, code, line])).toEqual([
      ["removed", "redundant", 4],
      ["removed", "unused", 4],
    ]);
  });

  test("info: also what another listed package brings; names, data and development packages stay", () => {
    expect(fixed(text, scene, "info").text).toBe(
      `${HEAD}RUN apt-get install -y --no-install-recommends libpq5 curl tzdata gcc\n${COPY}`,
    );
  });

  test("a new name only on info", () => {
    const old = `${HEAD}RUN apt-get install -y --no-install-recommends libssl3\n${COPY}`;
    const ssl: Scene = { ...NOTHING, needs: ["libssl3t64"] };
    expect(fixed(old, ssl).text).toBe(old);
    expect(fixed(old, ssl, "info").text).toBe(old.replace("libssl3", "libssl3t64"));
    const both = old.replace("libssl3", "libssl3 libssl3t64");
    expect(fixed(both, ssl, "info").text).toBe(old.replace("libssl3", "libssl3t64"));
    const pinned = old.replace("libssl3", "libssl3=3.*");
    expect([fixed(pinned, ssl, "info").text, refusals(pinned, ssl, "info")]).toEqual([
      pinned,
      ["libssl3 pinned libssl3=3.*"],
    ]);
  });

  test("what a comment ignores stays", () => {
    const ignoring = text.replace("RUN apt", "# msb-deps ignore=redundant,unused,renamed # wanted\nRUN apt");
    expect(fixed(ignoring, scene, "info").text).toBe(ignoring);
  });
});

describe("names that apt would refuse", () => {
  const text = (name: string): string => `${HEAD}RUN apt-get install -y ${name} && x\n${COPY}`;
  test.each([
    ["an older one", "libicu72", { needs: ["libicu76"] }, "libicu76", []],
    ["an older one beside the right one", "libicu72 libicu76", { needs: ["libicu76"] }, "libicu76", []],
    [
      "an older one of what the base has",
      "libicu72 libpq5",
      { needs: ["libpq5", "libicu76"], base: ["libicu76"] },
      "libpq5",
      [],
    ],
    ["a soname", "libxml2.so.2", { needs: ["libxml2"] }, "libxml2", []],
    [
      "with a pin",
      "libicu72=72.*",
      { needs: ["libicu76"] },
      "libicu72=72.* libicu76",
      ["libicu72 pinned libicu72=72.*"],
    ],
    [
      "of no successor, which nothing needs",
      "libpcre3 libpq5",
      { needs: ["libpq5", "libpcre2-8-0"] },
      "libpcre2-8-0 libpq5",
      [],
    ],
    ["that no release has", "liblmbd0 libpq5", { needs: ["libpq5"] }, "liblmbd0 libpq5", ["liblmbd0 unsure"]],
  ] as const)("%s", (_, name, scene, after, refused) => {
    expect(fixed(text(name), { ...NOTHING, ...scene }).text).toBe(text(after));
    expect(refusals(text(name), { ...NOTHING, ...scene })).toEqual(refused);
  });
});

describe("a stage that installs nothing", () => {
  const RUN =
    "RUN apt-get update && apt-get install -y --no-install-recommends \\\n    libpq5 \\\n && rm -rf /var/lib/apt/lists/*\n";
  test.each([
    ["behind its head", "", "", COPY],
    ["behind its variables", "ARG A\nENV B=c\nLABEL d=e\n", "", `WORKDIR /x\n${COPY}`],
    ["in front of USER", "", "", `USER app\n${COPY}`],
    ["behind the USER that is root", "ARG A\n", "", `RUN x\n${COPY}USER app\n`],
    ["in front of a comment", "", "", `# the program\n${COPY}`],
  ])("%s", (_, head, between, rest) => {
    expect(fixed(`${HEAD}${head}${between}${rest}`, pq).text).toBe(`${HEAD}${head}${RUN}${between}${rest}`);
  });

  test.each([
    [
      "on a stage that is not root",
      "FROM debian:trixie AS builder\nFROM debian:trixie-slim AS base\nUSER app\nFROM base\n",
      ["libpq5 not-root app"],
    ],
    [
      "with another shell",
      'FROM debian:trixie AS builder\nFROM debian:trixie-slim AS base\nSHELL ["/bin/fish", "-c"]\nFROM base\n',
      ["libpq5 shell"],
    ],
  ])("not %s", (_, stages, refused) => {
    const text = stages + COPY;
    expect(fixed(text, pq).text).toBe(text);
    expect(refusals(text, pq)).toEqual(refused);
  });

  test("behind a USER root on a stage that is not root", () => {
    const text = `FROM debian:trixie AS builder\nFROM debian:trixie-slim AS base\nUSER app\nFROM base\nUSER root\n${COPY}USER app\n`;
    expect(fixed(text, pq).text).toBe(text.replace("USER root\n", `USER root\n${RUN}`));
  });
});

describe("libraries of no package", () => {
  const own: Scene = { ...pq, unowned: "/usr/local/lib" };
  const LINE = "COPY --from=builder /usr/local/lib/libown.so.1 /usr/local/lib/libown.so.1\n";
  const INSTALL = "RUN apt-get update && apt-get install -y libpq5\n";
  test.each([
    ["behind the COPY of the stage, and found by ldconfig", `${INSTALL}${COPY}`, "CMD app\n", `${LINE}RUN ldconfig\n`],
    ["not in need of it where apt runs behind", COPY, INSTALL, LINE],
    ["nor where ldconfig runs already", COPY, `${INSTALL}RUN ldconfig\n`, LINE],
    ["behind FROM where that alone is root", "", `USER app\n${COPY}USER root\n${INSTALL}`, LINE],
    ["before the stage stops being root", INSTALL, `USER app\n${COPY}`, `${LINE}RUN ldconfig\n`],
  ])("%s", (_, above, below, added) => {
    const text = `${HEAD}${above}${below}`;
    const result = fixed(text, own);
    expect(result.text).toBe(`${HEAD}${above}${added}${below}`);
    expect(result.refusals).toEqual([]);
    expect(result.audit.findings.filter(({ severity }) => severity === "error")).toEqual([]);
  });
});

describe("what is left alone, and why", () => {
  const both: Scene = { needs: ["libpq5", "zlib1g"], base: [], depends: [["libpq5", "zlib1g"]] };
  test.each([
    [
      "brought by what a branch installs",
      "RUN if x; then apt-get install -y libpq5; else apt-get install -y zlib1g; fi",
      both,
      ["zlib1g conditional"],
    ],
    [
      "behind a test",
      "RUN apt-get install -y zlib1g; [ -e /x ] && apt-get install -y libpq5",
      both,
      ["zlib1g conditional"],
    ],
    ["brought, with a pin", "RUN apt-get install -y libpq5 zlib1g=1.3", both, ["zlib1g pinned zlib1g=1.3"]],
    [
      "kept from autoremove",
      "RUN apt-get install -y libpq5 zlib1g\nRUN apt-get autoremove -y",
      both,
      ["zlib1g autoremove"],
    ],
    ["in a variable", "ENV P=zlib1g\nRUN apt-get install -y libpq5 $P", both, ["zlib1g not-literal $P"]],
    ["missing beside a word of no value", "ARG P\nRUN apt-get install -y $P", both, ["libpq5 unread $P"]],
    ["missing beside a file of dpkg", "RUN dpkg -i /x.deb", both, ["libpq5 unread /x.deb"]],
  ])("%s", (_, lines, scene, refused) => {
    const text = `${HEAD}${lines.replaceAll("install -y", "install -y --no-install-recommends")}\n${COPY}`;
    const result = fixed(text, scene, "info");
    expect(result.text).toBe(text);
    expect(refusals(text, scene, "info").filter((one) => refused.includes(one))).toEqual(refused);
    expect(result.changes).toEqual([]);
  });

  test("a stage below the runtime stage: its unused word goes, but not the last one of a command", () => {
    const stages = (list: string): string =>
      `FROM debian:trixie AS builder\nFROM debian:trixie-slim AS base\nRUN apt-get install -y ${list}\nFROM base\nRUN apt-get install -y libpq5\n${COPY}`;
    expect(fixed(stages("libxml2 tzdata"), pq).text).toBe(stages("tzdata"));
    expect([fixed(stages("libxml2"), pq).text, refusals(stages("libxml2"), pq)]).toEqual([
      stages("libxml2"),
      ["libxml2 last-word"],
    ]);
  });
});
