import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { basename, dirname, joinPath } from "../../src/base/paths.ts";
import { resolvePath } from "../../src/snapshot/path.ts";
import { cpuTime } from "../cpu.ts";
import { madeView } from "../loader/made-view.ts";
import { realView } from "../loader/real-view.ts";

const root = realpathSync(mkdtempSync(join(tmpdir(), "msb-deps-path-")));
afterAll(() => rmSync(root, { recursive: true }));
mkdirSync(`${root}/a/b`, { recursive: true });
writeFileSync(`${root}/a/b/file`, "");
symlinkSync("a/b", `${root}/link`);
symlinkSync(`${root}/a`, `${root}/absolute`);
symlinkSync("../link/../b/file", `${root}/a/odd`);
symlinkSync("loop", `${root}/loop`);
symlinkSync("gone", `${root}/dangling`);
let chain = "link";
for (let index = 0; index < 45; index++) {
  symlinkSync(chain, `${root}/chain${index}`);
  chain = `chain${index}`;
}

describe("resolvePath", () => {
  it.each([
    "a/b/file",
    "link/file",
    "link/../b/file",
    "absolute/b/./file",
    "a/odd",
    "a//b///file",
    "link/",
    "chain38",
    "a/b/file/x",
    "a/b/file/..",
    "dangling",
    "none/../a",
    "loop",
    "chain44",
    "..",
  ])("leads %s where the kernel leads it", (path) => {
    const ours = resolvePath(realView(), `${root}/${path}`);
    let real: string;
    try {
      real = realpathSync.native(`${root}/${path}`);
    } catch (error) {
      real = (error as NodeJS.ErrnoException).code === "ELOOP" ? "loop" : "absent";
    }
    expect(ours.status === "found" ? ours.path : ours.status).toBe(real);
  });

  it("tells absent from unknown", () => {
    const view = madeView({ "/opt/app/lib/libx.so": "file", "/usr": "absent", "/lib": { link: "usr/lib" } }, [
      "/opt/app/lib",
    ]);
    expect(resolvePath(view, "/opt/app/lib/libx.so").status).toBe("found");
    expect(resolvePath(view, "/opt/app/lib/liby.so")).toMatchObject({ status: "absent", at: "/opt/app/lib/liby.so" });
    expect(resolvePath(view, "/opt/app/bin/x")).toEqual({ status: "unknown", at: "/opt/app/bin" });
    expect(resolvePath(view, "/opt/app/lib/libx.so/deeper").status).toBe("absent");
    expect(resolvePath(view, "/lib/x").status).toBe("absent");
    expect(resolvePath(view, "/srv")).toEqual({ status: "unknown", at: "/srv" });
    expect(resolvePath(view, "/")).toEqual({ status: "found", path: "/", entry: null });
  });
});

describe("path parts", () => {
  it("are those of dirname(3) and basename(3)", () => {
    expect(["/a/b", "/a", "/"].map(dirname)).toEqual(["/a", "/", "/"]);
    expect(["/a/b", "/a"].map(basename)).toEqual(["b", "a"]);
    expect([joinPath("/", "a"), joinPath("/a", "b")]).toEqual(["/a", "/a/b"]);
  });
});

it("resolves a path that is 2,000 directories deep in linear time", () => {
  const paths = [""];
  for (let level = 0; level < 2000; level += 1) paths.push(`${paths.at(-1)}/d`);
  const view = madeView(Object.fromEntries(paths.map((path) => [path || "/", "folder" as const])));
  const deepest = paths.at(-1) ?? "";
  const spent = cpuTime(() => {
    for (let count = 0; count < 20; count += 1) expect(resolvePath(view, deepest).status).toBe("found");
  });
  expect(spent).toBeLessThan(10_000);
});
