import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { readTable } from "../../src/commands/shipped-tables.ts";
import { type KnownNames, misreading } from "../../src/debian/apt-reading.ts";
import { librariesOf } from "../../src/debian/contents.ts";
import { isPackageName } from "../../src/debian/packages.ts";
import { openTables } from "../../src/debian/tables.ts";
import { cpuTime } from "../cpu.ts";
import { privateApt } from "./private-apt.ts";

const tables = openTables(readTable);
/** Real names: a part of the packages with libraries, and the hard ones. */
const LIBRARIES = (tables.rows("sonames/debian-13.tsv") ?? []).flatMap(([, packages = ""]) => packages.split("|"));
const HARD =
  "g++ g++-14 dash libc6 libstdc++6 python3.13-minimal libgtk2.0-0 libgtk-3-0t64 memtest86+ firefox-esr apt".split(" ");
const NAMES = [...new Set([...HARD, ...LIBRARIES.filter((_, index) => index % 17 === 0)])];
const COMPLETE: KnownNames = { has: (name) => NAMES.includes(name), all: NAMES, complete: true };

const apt = privateApt(NAMES, ["libc6", "dash"]);
afterAll(() => apt.remove());

const part = fc.constantFrom(..."abc", "lib", "6", "1.0", ".", "+", "-", "_", "A");
const made = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
const real = fc.constantFrom(...NAMES);
const changed = fc
  .tuple(real, fc.nat(), fc.constantFrom("", ".", "+", "-", "X", ".."), fc.constantFrom("", "+", "-", "."))
  .map(([name, at, by, end]) => {
    const cut = at % name.length;
    return name.slice(0, cut) + by + name.slice(cut + (by === "" ? 0 : 1)) + end;
  });
const anyName = fc.oneof(real, changed, made).filter(isPackageName);

describe("how apt-get reads a name, by the judgement of apt-get itself", { tags: ["machine"] }, () => {
  test("what is not misread is installed under this very name or refused; what is a pattern is taken for one", async () => {
    await fc.assert(
      fc.asyncProperty(anyName, async (name) => {
        const reading = misreading(name, COMPLETE);
        const { installs, removes, refusal } = await apt.install([name]);
        if (reading === null) {
          expect(removes).toEqual([]);
          expect(installs.filter((one) => one !== name)).toEqual([]);
          if (!NAMES.includes(name)) expect(refusal).toContain("Unable to locate package");
        } else if (reading.as === "pattern" && reading.matches.length > 0) {
          expect(refusal).toBeNull();
          const selected = [...installs, "libc6", "dash"];
          expect(reading.matches.filter((one) => !selected.includes(one))).toEqual([]);
        }
      }),
      { numRuns: 120 },
    );
  }, 120_000);

  test.each([
    ["libc6-", "remove", [], ["libc6"]],
    ["firefox-esr+", "install", ["firefox-esr"], []],
    ["firefox.es", "pattern", ["firefox-esr"], []],
    ["FIREFOX.ES", "pattern", ["firefox-esr"], []],
    ["python3.13-m", "pattern", ["python3.13-minimal"], []],
  ])("%s is an order or a pattern: %s", async (name, as, installs, removes) => {
    expect(misreading(name, COMPLETE)?.as).toBe(as);
    expect(await apt.install([name])).toEqual({ installs, removes, refusal: null });
  });

  test.each(HARD)("%s is a name", async (name) => {
    expect(misreading(name, COMPLETE)).toBeNull();
    const { installs, refusal } = await apt.install([name]);
    expect([refusal, installs.filter((one) => one !== name)]).toEqual([null, []]);
  });
});

describe("where not all names are known", () => {
  const some: KnownNames = { has: () => false, all: ["libpython3.12-minimal", "libgtk-3-0"], complete: false };

  test.each(["python3.12-minimal", "libtorch2.1", "dotnet-runtime-8.0", "php8.3-cli", "libc++1-18"])(
    "%s is taken for a name",
    (name) => {
      expect(misreading(name, some)).toBeNull();
    },
  );

  test.each(["a.", "lib.", "libgtk-3.0", "x-", "x+", "g++", "a.+b"])("%s is not", (name) => {
    expect(misreading(name, some)).not.toBeNull();
  });
});

test("a long name costs little", { timeout: 60_000 }, () => {
  const name = `${"a+".repeat(2000)}b`;
  const many = Array.from({ length: 5000 }, (_, index) => `liba${index}aaab`);
  const spent = cpuTime(() => {
    misreading(name, { has: () => false, all: many, complete: true });
    misreading(`a${".".repeat(5000)}b`, { has: () => false, all: many, complete: true });
  });
  expect(spent).toBeLessThan(5000);
});

test("the real names with such characters are in the tables", () => {
  for (const name of ["libstdc++6", "libglib2.0-0t64"])
    expect(librariesOf(tables, "debian-13", name).length).toBeGreaterThan(0);
});

describe("misreading (apt-pkg/cacheset.cc)", () => {
  const all = ["a-first", "b+x", "firefox-esr", "python3.13-minimal", "python3x13-minimal", "z.1"];
  const known = (complete: boolean): KnownNames => ({ has: (name) => all.includes(name), all, complete });

  test.each<[string, boolean, ReturnType<typeof misreading>]>([
    ["firefox-esr", true, null],
    ["b+x", true, null],
    ["firefox-", true, { as: "remove", matches: [] }],
    ["firefox+", true, { as: "install", matches: [] }],
    // The last character decides, also of what could be a pattern.
    ["fire.-", true, { as: "remove", matches: [] }],
    ["fire.+", true, { as: "install", matches: [] }],
    ["fire.+x", true, { as: "pattern", matches: [] }],
    ["fire.ox", true, { as: "pattern", matches: ["firefox-esr"] }],
    ["FIRE.OX", true, { as: "pattern", matches: ["firefox-esr"] }],
    ["fire+fox", true, { as: "pattern", matches: ["firefox-esr"] }],
    ["fire++fox", true, { as: "pattern", matches: ["firefox-esr"] }],
    // The first two of those that match.
    ["-.", true, { as: "pattern", matches: ["a-first", "firefox-esr"] }],
    ["gone.x", true, null],
    ["plain", true, null],
    ["in-the-middle", true, null],
    // Where not all are known, a name within another one is most likely a package.
    ["python3.13", true, { as: "pattern", matches: ["python3.13-minimal", "python3x13-minimal"] }],
    ["python3.13", false, { as: "pattern", matches: ["python3x13-minimal"] }],
    ["PYTHON3.13-m", false, { as: "pattern", matches: ["python3x13-minimal"] }],
    ["z.1", false, null],
    ["Z.1", false, null],
  ])("%s, all names known: %s", (name, complete, expected) => {
    expect(misreading(name, known(complete))).toEqual(expected);
  });
});
