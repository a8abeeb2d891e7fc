import { describe, expect, it } from "vitest";
import type { Access } from "../../../src/look/trace-run.ts";
import { comparePaths, type Images } from "../../../src/proof/trace/compare.ts";
import { joinTraces } from "../../../src/proof/trace/joined.ts";
import { neededPackages, tracedPackages, unnamedFiles, usedPackages } from "../../../src/proof/trace/packages.ts";
import { seenPaths } from "../../../src/proof/trace/seen.ts";

/** `open /a`, `-look /b` (not there), `open /d/` (a directory). */
const accesses = (...words: string[]): Access[] =>
  words.map((word) => {
    const [how = "", path = ""] = word.split(" ");
    const there = how.startsWith("-") ? "nothing" : path.endsWith("/") ? "directory" : "file";
    const kind = how.replace("-", "") as Access["kind"];
    return { path: path.replace(/(.)\/$/, "$1"), kind, there, by: "/bin/app" };
  });

interface Made {
  /** Link → target, or path → itself; what is not there is made by the run. */
  readonly full: Readonly<Record<string, string>>;
  readonly lean: readonly string[];
  readonly owners: Readonly<Record<string, string>>;
}

function compare(
  full: readonly Access[],
  lean: readonly Access[],
  { full: files, lean: has, owners }: Made,
  alike = true,
) {
  const images: Images = {
    place: (path) => (files[path] === undefined ? null : { path: files[path], directory: false }),
    isInLean: (path) => has.includes(path),
    name: (path) => (owners[path] === undefined ? null : { package: owners[path], source: "dpkg" }),
    brought: new Set(["base"]),
  };
  return comparePaths(seenPaths(full, []), seenPaths(lean, []), images, alike);
}

const brief = (paths: ReturnType<typeof compare>) =>
  paths.map(({ path, state, verdict, package: name }) => [path, state, verdict, name]);

describe("two runs", () => {
  it("tell what was opened, asked about, made, and there in neither", () => {
    const full = accesses("open /a", "look /b", "open /tmp/x", "open /c", "-look /no", "-open /vain", "open /e");
    const made: Made = {
      full: { "/a": "/a", "/b": "/b", "/c": "/c", "/e": "/e" },
      lean: ["/c"],
      owners: { "/a": "pa", "/b": "pb", "/c": "pc", "/vain": "pv" },
    };
    const paths = compare(full, accesses("-open /a", "-look /no", "-open /vain"), made);
    expect(brief(paths)).toEqual([
      ["/a", "missing", "used", "pa"],
      ["/b", "missing", "probed", "pb"],
      ["/c", "present", null, "pc"],
      ["/e", "missing", "used", null],
      ["/no", "vain", null, null],
      ["/vain", "vain", null, "pv"],
    ]);
    expect(neededPackages(paths).map((one) => one.package)).toEqual(["pa"]);
    expect(unnamedFiles(paths).map(({ path }) => path)).toEqual(["/e"]);
    expect(tracedPackages(paths).map((one) => [one.package, one.state, one.verdict])).toEqual([
      ["pa", "missing", "used"],
      ["pb", "missing", "probed"],
      ["pc", "present", null],
      ["pv", "vain", null],
    ]);
    expect([...usedPackages(paths)]).toEqual(["pa", "pc", "pv"]);
  });

  it("that end otherwise make what the lean one looked for in vain required, and not what it never came to", () => {
    const full = accesses("open /a", "open /later");
    const made: Made = { full: { "/a": "/a", "/later": "/later" }, lean: [], owners: {} };
    expect(brief(compare(full, accesses("-open /a"), made, false))).toEqual([
      ["/a", "missing", "required", null],
      ["/later", "missing", "used", null],
    ]);
  });

  it("require the files of a directory that the lean run listed", () => {
    const made: Made = { full: { "/p/x.so": "/p/x.so", "/q": "/q" }, lean: ["/p"], owners: {} };
    const lean = accesses("list /p/");
    expect(brief(compare(accesses("open /p/x.so", "open /q"), lean, made, false))).toEqual([
      ["/p/x.so", "missing", "required", null],
      ["/q", "missing", "used", null],
    ]);
  });

  it("require what was only asked about if nothing else tells why they differ", () => {
    const made: Made = { full: { "/a": "/a", "/b": "/b" }, lean: [], owners: {} };
    expect(brief(compare(accesses("look /a", "look /b"), accesses("-look /a"), made, false))).toEqual([
      ["/a", "missing", "required", null],
      ["/b", "missing", "probed", null],
    ]);
  });

  it("need a link and what it leads to, which can be of different packages", () => {
    const made: Made = { full: { "/l": "/t" }, lean: [], owners: { "/l": "links", "/t": "files" } };
    expect(brief(compare(accesses("open /l"), accesses("-open /l"), made, false))).toEqual([
      ["/l", "missing", "required", "links"],
      ["/t", "missing", "required", "files"],
    ]);
  });

  it("name no package for a command that is found in another directory, nor for one that is brought", () => {
    const full = accesses("-exec /usr/bin/tool", "exec /bin/tool", "-open /etc/base.conf");
    const made: Made = {
      full: { "/bin/tool": "/bin/tool" },
      lean: ["/bin/tool"],
      owners: { "/usr/bin/tool": "tools", "/etc/base.conf": "base" },
    };
    const lean = accesses("-exec /usr/bin/tool", "exec /bin/tool", "-open /etc/base.conf");
    expect(brief(compare(full, lean, made))).toEqual([
      ["/bin/tool", "present", null, null],
      ["/usr/bin/tool", "vain", null, null],
    ]);
  });
});

describe("what a run asked for", () => {
  it("is without the kernel's files, volumes, and what it made itself", () => {
    const seen = seenPaths(
      accesses("open /proc/self/maps", "open /data/x", "make /tmp/f", "open /tmp/f", "open /etc/x"),
      ["/data"],
    );
    expect([...seen.keys()]).toEqual(["/etc/x"]);
  });

  it("has of each path the weightiest", () => {
    const [one] = seenPaths(accesses("-look /a", "exec /a", "look /a"), []).values();
    expect(one).toEqual({ path: "/a", kind: "exec", directory: false, there: true, by: ["/bin/app"] });
  });
});

it("traces of several runs are one: what one run required, all require", () => {
  const made: Made = { full: { "/a": "/a" }, lean: [], owners: { "/a": "pa" } };
  const used = compare(accesses("open /a"), [], made);
  const required = compare(accesses("open /a"), accesses("-open /a"), made, false);
  const both = joinTraces([
    { runs: [], paths: used },
    { runs: [], paths: required },
  ]);
  expect(brief([...both.paths])).toEqual([["/a", "missing", "required", "pa"]]);
  expect(
    joinTraces([
      { runs: [], paths: required },
      { runs: [], paths: used },
    ]),
  ).toEqual(both);
});
