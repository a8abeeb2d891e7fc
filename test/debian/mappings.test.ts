import { readdirSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { compareNames } from "../../src/base/names.ts";
import { readTable, shippedTables } from "../../src/commands/shipped-tables.ts";
import { companionsFor } from "../../src/debian/companions.ts";
import {
  baseImage,
  basePackages,
  certaintyOf,
  hostProvider,
  isHostProvided,
  isOptionalPlugin,
  knownReleases,
  lookupSoname,
  releaseInfo,
} from "../../src/debian/mappings.ts";
import { packageSet, readInstalled } from "../../src/debian/packages.ts";
import { openTables } from "../../src/debian/tables.ts";

const tables = shippedTables();
const releases = knownReleases(tables).map((one) => one.key);

describe("lookups in small tables", () => {
  const texts: Record<string, string> = {
    "releases.tsv":
      "# x\ndebian-13\ttrixie\tdebian:trixie-slim\tcomplete\t3\nubuntu-24.04\tnoble\tubuntu:24.04\tpartial\tc\n",
    "sonames/debian-13.tsv": "# x\nliba.so.1\ta1\nliba.so.2\ta2|a2-alt\tcontents-alt\n",
    "sonames/ubuntu-24.04.tsv":
      "libb-*.so\tb\tchisel-glob\nlibc.so.1\tc\tlsio+debian-pattern\nlibd.so.1\td\tlsio+debian-name\n",
    "hints-ubuntu.tsv": "libh.so.1\th1\t20b22b\nlibh.so.1\th1t64\t24t26i\n",
  };
  const asked: string[] = [];
  const small = openTables((name) => {
    asked.push(name);
    return texts[name] ?? null;
  });

  test.each([
    ["debian-13", "liba.so.1", { packages: ["a1"], certainty: "proved", complete: true, source: "contents" }],
    [
      "debian-13",
      "liba.so.2",
      { packages: ["a2", "a2-alt"], certainty: "proved", complete: true, source: "contents-alt" },
    ],
    ["debian-13", "libh.so.1", null],
    ["ubuntu-24.04", "libb-9.so", { packages: ["b"], certainty: "proved", complete: false, source: "chisel-glob" }],
    [
      "ubuntu-24.04",
      "libc.so.1",
      { packages: ["c"], certainty: "hint", complete: false, source: "lsio+debian-pattern" },
    ],
    [
      "ubuntu-24.04",
      "libd.so.1",
      { packages: ["d"], certainty: "proved", complete: false, source: "lsio+debian-name" },
    ],
    ["ubuntu-24.04", "libh.so.1", { packages: ["h1t64"], certainty: "hint", complete: false, source: "debian-trixie" }],
    ["ubuntu-24.04", "libx.so.1", null],
    ["../../etc/passwd", "liba.so.1", null],
  ])("%s %s", (release, soname, expected) => {
    expect(lookupSoname(small, release, soname)).toEqual(expected);
  });

  test("a table is read when it is asked for, once, and never by a name from outside", () => {
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.every((name) => name in texts)).toBe(true);
  });
});

describe("other small tables", () => {
  const texts: Record<string, string> = {
    "releases.tsv":
      "debian-13\ttrixie\tdebian:trixie-slim\tcomplete\t3\ndebian-14\tforky\tdebian:forky-slim\tmoving\t4\nubuntu-22.04\tjammy\tubuntu:22.04\tpartial\tb\n",
    "sonames/debian-13.tsv": "liba-[0-9].so\ta\nliba-*.so\tany\nliba-1.so\ta1\n",
    "sonames/ubuntu-22.04.tsv": "liba.so\ta\n",
    "hints-ubuntu.tsv": "libh.so.1\told\t20b\nlibh.so.1\tnew|other\t20u22k\nlibi.so.1\ti\t22b\nlibj.so.1\tj\t22z\n",
    "host-provided.tsv": "!libcudart.so.*\t\tx\nlibcuda*.so.*\tthe driver\tx\nlibcuda.so.1\tanother\tx\n",
    "optional-plugins.tsv": "libpixbuf*.so\tx\tx\n",
    "base/debian-13.tsv": "libc6\t2.41-12\n",
  };
  const small = openTables((name) => texts[name] ?? null);
  const none = openTables(() => null);

  test("releases, in the order of the table", () => {
    expect(knownReleases(small)).toMatchObject([
      { key: "debian-13", codename: "trixie", complete: true, moving: false, letter: "3" },
      { key: "debian-14", reference: "debian:forky-slim", complete: true, moving: true, letter: "4" },
      { key: "ubuntu-22.04", complete: false, moving: false, letter: "b" },
    ]);
    expect(releaseInfo(small, "debian-14")?.codename).toBe("forky");
    expect(releaseInfo(small, "trixie")).toBeNull();
    expect([knownReleases(none), releaseInfo(none, "debian-13")]).toEqual([[], null]);
  });

  test.each([
    // The very name before every pattern, then the first pattern.
    ["debian-13", "liba-1.so", "a1 proved contents"],
    ["debian-13", "liba-x.so", "any proved contents"],
    ["debian-14", "liba-1.so", null],
    ["ubuntu-22.04", "libh.so.1", "new hint knowledge"],
    ["ubuntu-22.04", "libi.so.1", "i hint debian-bookworm"],
    ["ubuntu-22.04", "libj.so.1", "j hint unknown"],
    ["ubuntu-22.04", "libk.so.1", null],
  ])("the soname in %s of %s", (release, soname, expected) => {
    const answer = lookupSoname(small, release, soname);
    expect(answer && `${answer.packages[0]} ${answer.certainty} ${answer.source}`).toBe(expected);
  });

  test.each([
    ["contents", "proved"],
    ["seen+debian-pattern", "hint"],
    ["seen+debian-name-one", "hint"],
    ["seen+debian-name", "proved"],
    ["debian-pattern", "proved"],
  ])("what %s tells is %s", (source, certainty) => expect(certaintyOf(source)).toBe(certainty));

  test.each([
    ["libcuda.so.1", "the driver"],
    ["libcudart.so.12", null],
    ["libc.so.6", null],
  ])("%s is lent by %s", (soname, provider) => {
    expect([hostProvider(small, soname), isHostProvided(small, soname)]).toEqual([provider, provider !== null]);
    expect(isHostProvided(none, soname)).toBe(false);
  });

  test("optional plugins by the names of their files", () => {
    expect([
      isOptionalPlugin(small, "libpixbufloader-x.so"),
      isOptionalPlugin(small, "libx.so"),
      isOptionalPlugin(none, "libpixbufloader-x.so"),
    ]).toEqual([true, false, false]);
  });

  test("a base that no other table knows has packages without any needs", () => {
    expect(baseImage(small, "debian-13")).toEqual({
      reference: "debian:trixie-slim",
      packages: new Map([["libc6", "2.41-12"]]),
    });
    expect(baseImage(small, "debian-14")).toBeNull();
    const base = basePackages(new Map([["libc6", "2.41-12"]]), packageSet([], "arm64"));
    expect(base.architecture).toBe("arm64");
    expect(base.all.get("libc6:arm64")).toMatchObject({
      name: "libc6",
      version: "2.41-12",
      multiArch: "no",
      essential: false,
      source: { name: "libc6", version: "2.41-12" },
      provides: [],
      preDepends: [],
      depends: [],
      status: "installed",
      held: false,
    });
  });

  test("a base is never like a foreign package of the builder", () => {
    const foreign = { Package: "libc6", Version: "3", Architecture: "i386", Status: "install ok installed" };
    const known = readInstalled({ architecture: "amd64", packages: [foreign] }).set;
    expect([...basePackages(new Map([["libc6", "1"]]), known).all.keys()]).toEqual(["libc6:amd64"]);
  });
});

describe("the shipped tables", () => {
  test.each([
    ["debian-13", "libssl.so.3", "libssl3t64"],
    ["debian-12", "libssl.so.3", "libssl3"],
    ["ubuntu-24.04", "libssl.so.3", "libssl3t64"],
    ["ubuntu-22.04", "libssl.so.3", "libssl3"],
    ["ubuntu-20.04", "libssl.so.1.1", "libssl1.1"],
    ["debian-13", "libstdc++.so.6", "libstdc++6"],
    ["debian-12", "libicuuc.so.72", "libicu72"],
    ["ubuntu-24.04", "libdns-9.18.30-0ubuntu0.24.04.2-Ubuntu.so", "bind9-libs"],
  ])("%s %s", (release, soname, expected) => {
    expect(lookupSoname(tables, release, soname)?.packages[0]).toBe(expected);
  });

  test("base images", () => {
    expect(baseImage(tables, "debian-13")?.reference).toBe("debian:trixie-slim");
    expect(baseImage(tables, "ubuntu-24.04")?.packages.get("libc6")).toMatch(/^2\.39-/);
    expect(baseImage(tables, "debian-99")).toBeNull();
    for (const release of releases) {
      const packages = baseImage(tables, release)?.packages;
      for (const name of ["apt", "libc6", "dpkg", "perl-base", "zlib1g"]) expect(packages?.has(name), name).toBe(true);
    }
  });

  test("a base from a table takes the rest from the builder", () => {
    const record = {
      Package: "tzdata",
      Version: "2",
      Architecture: "all",
      Provides: "tzdata-trixie",
      Status: "hold ok installed",
    };
    const known = readInstalled({ architecture: "amd64", packages: [record] }).set;
    const base = basePackages(
      new Map([
        ["tzdata", "1"],
        ["other", "1"],
      ]),
      known,
    );
    expect([...base.all.keys()]).toEqual(["tzdata:all", "other:amd64"]);
    expect(base.all.get("tzdata:all")).toMatchObject({ version: "1", held: false });
    expect(base.providing("tzdata-trixie")).toHaveLength(1);
    expect(basePackages(new Map(), packageSet([], "amd64")).all.size).toBe(0);
  });

  test.each(["libcuda.so.1", "libnvidia-ml.so.1", "libnvcuvid.so.1", "libGLX_nvidia.so.0", "libdxcore.so"])(
    "%s is the host's",
    (soname) => {
      expect(isHostProvided(tables, soname)).toBe(true);
    },
  );

  test.each(["libcudart.so.12", "libnvidia-container.so.1", "libnvidia-egl-wayland.so.1", "libnvme.so.1", "libc.so.6"])(
    "%s is not the host's",
    (soname) => {
      expect(hostProvider(tables, soname)).toBeNull();
    },
  );

  test("companions", () => {
    const found = companionsFor(tables, "debian-13", {
      sonames: ["libssl.so.3", "libsasl2.so.2"],
      packages: ["libssl3t64"],
    });
    expect(found.filter((one) => one.strength === "recommended").map((one) => [one.package, one.trigger])).toEqual([
      ["ca-certificates", "libssl.so.3"],
      ["libsasl2-modules", "libsasl2.so.2"],
    ]);
    expect(
      companionsFor(tables, "debian-13", { sonames: ["libssl.so.3"], packages: ["ca-certificates"] }).map(
        (one) => one.package,
      ),
    ).not.toContain("ca-certificates");
    expect(companionsFor(tables, null, { sonames: ["libc.so.6"], packages: [] })).toEqual([]);
  });
});

describe("the tables are sound", () => {
  const names = readdirSync(new URL("../../mappings", import.meta.url), { recursive: true, encoding: "utf8" })
    .filter((name) => name !== "README.md" && name.includes("."))
    .map((name) => name.replace(/\.br$/, ""))
    .sort();
  const lines = (name: string): string[] =>
    (readTable(name) ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("# "));
  const columns: Record<string, [number, number]> = {
    "base/": [2, 2],
    "sonames/": [2, 3],
    "hints-ubuntu.tsv": [3, 3],
    "names.tsv": [2, 9],
    "programs.tsv": [2, 9],
    "alternatives.tsv": [2, 9],
    "commands.tsv": [2, 2],
    "companions.tsv": [6, 6],
    "data-packages.tsv": [2, 2],
    "development.tsv": [2, 9],
    "essential-commands.tsv": [2, 2],
    "host-provided.tsv": [3, 3],
    "optional-plugins.tsv": [3, 3],
    "path-packages.tsv": [4, 4],
    "releases.tsv": [5, 5],
    "unlisted-names.tsv": [2, 2],
  };
  // Lists that apply to a key several times: the whole row is the key.
  const repeated = new Set(["hints-ubuntu.tsv", "companions.tsv"]);

  test("every release has its tables, and no table is without a release", () => {
    const wanted = releases.flatMap((release) => [`base/${release}.tsv`, `sonames/${release}.tsv`]);
    const others = [
      "alternatives.tsv",
      "commands.tsv",
      "companions.tsv",
      "data-packages.tsv",
      "development.tsv",
      "essential-commands.tsv",
      "hints-ubuntu.tsv",
      "host-provided.tsv",
      "optional-plugins.tsv",
      "names.tsv",
      "path-packages.tsv",
      "programs.tsv",
      "releases.tsv",
      "unlisted-names.tsv",
    ];
    expect(names).toEqual([...wanted, ...others].sort());
  });

  test.each(names)("%s", (name) => {
    const rows = lines(name);
    expect(rows.length).toBeGreaterThan(1);
    const [least, most] = columns[name] ?? columns[`${name.split("/")[0]}/`] ?? [0, 0];
    const unsorted = rows.filter((row, index) => index > 0 && compareNames(rows[index - 1] ?? "", row) >= 0);
    expect(unsorted).toEqual([]);
    const bad = rows.filter((row) => {
      const cells = row.split("\t");
      return cells.length < least || cells.length > most || cells.some((cell) => cell === "" || cell !== cell.trim());
    });
    expect(bad).toEqual([]);
    if (!repeated.has(name)) expect(new Set(rows.map((row) => row.split("\t")[0])).size).toBe(rows.length);
  });

  test("names are names", () => {
    const isName = (word: string): boolean => /^[a-z0-9][a-z0-9+.-]+$/.test(word);
    const isSoname = (word: string): boolean => /^[!-~]+$/.test(word) && word.includes(".so") && !word.includes("/");
    // Letters of releases, then package names; `+3` says that there are three more.
    const isCell = (cell: string): boolean =>
      /^[1-4a-d]+:(?:[a-z0-9][a-z0-9+.-]+(?:\|[a-z0-9][a-z0-9+.-]+)*(?:\|\+[0-9]+)?)?$/.test(cell);
    const isFullCell = (cell: string): boolean => isCell(cell) && !cell.endsWith(":");
    const bad: string[] = [];
    for (const name of names) {
      for (const row of lines(name)) {
        const [first = "", second = "", third = ""] = row.split("\t");
        if (name.startsWith("base/") && !isName(first)) bad.push(row);
        if (/^(?:sonames|hints)/.test(name) && !(isSoname(first) && second.split("|").every(isName))) bad.push(row);
        if (name.startsWith("hints") && !/^(?:2[0246][btsiuk])+$/.test(third)) bad.push(row);
        if (name === "names.tsv" && !(isName(first) && row.split("\t").slice(1).every(isCell))) bad.push(row);
        if (/^(?:programs|alternatives|development)/.test(name) && !row.split("\t").slice(1).every(isFullCell))
          bad.push(row);
        if (name.startsWith("companions") && !(isName(second) && /^(?:recommended|suggested)$/.test(third)))
          bad.push(row);
      }
    }
    expect(bad).toEqual([]);
  });

  test("a hint never stands beside a row of the release itself", () => {
    const own = new Map(
      ["20", "22", "24", "26"].map((year) => [
        year,
        new Set(lines(`sonames/ubuntu-${year}.04.tsv`).map((row) => row.split("\t")[0])),
      ]),
    );
    const doubled = lines("hints-ubuntu.tsv").filter((row) => {
      const [soname = "", , where = ""] = row.split("\t");
      return [...where.matchAll(/\d\d/g)].some(([year]) => own.get(year)?.has(soname));
    });
    expect(doubled).toEqual([]);
  });

  test("each file stays under 1 MiB, all together under 5 MB", () => {
    const folder = new URL("../../mappings/", import.meta.url);
    const sizes = readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => ({ name, stat: statSync(new URL(name, folder)) }))
      .filter(({ stat }) => stat.isFile())
      .map(({ name, stat }) => ({ name, size: stat.size }));
    expect(sizes.filter(({ size }) => size > 1 << 20)).toEqual([]);
    expect(sizes.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(5_000_000);
  });
});
