import { describe, expect, it } from "vitest";
import { resolveProgram } from "../../src/loader/resolve.ts";
import { overlay } from "../../src/snapshot/layers.ts";
import { resolvePath } from "../../src/snapshot/path.ts";
import { emptyView } from "../../src/snapshot/snapshot-view.ts";
import { madeView } from "../loader/made-view.ts";

const MERGED = madeView(
  {
    "/lib": { link: "usr/lib" },
    "/usr/lib/x86_64-linux-gnu/libc.so.6": { elf: { soname: "libc.so.6", definitions: ["GLIBC_2.2.5"] } },
    "/lib64": { link: "usr/lib64" },
    "/usr/lib64/ld-linux-x86-64.so.2": { elf: { soname: "ld-linux-x86-64.so.2" } },
    "/etc/same": "file",
  },
  ["/", "/usr", "/usr/lib", "/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/etc"],
);

const BUILT = madeView(
  {
    "/out/lib/libpriv.so.1": { elf: { soname: "libpriv.so.1", needed: ["libc.so.6"] } },
    "/out/lib/libdev.so": { link: "libpriv.so.1" },
    "/out/usr/bin/main": {
      elf: { interpreter: "/lib64/ld-linux-x86-64.so.2", needed: ["libpriv.so.1"], runpath: "/usr/lib/app" },
    },
    "/out/usr/lib/app/libpriv.so.1": { elf: { soname: "libpriv.so.1" } },
    "/out/same": { link: "usr/bin/main" },
  },
  ["/out", "/out/lib", "/out/usr", "/out/usr/bin", "/out/usr/lib", "/out/usr/lib/app"],
  "artifact",
);

describe("overlay", () => {
  it("puts a layer's /lib into /usr/lib of a merged /usr, and lists both", () => {
    const view = overlay(MERGED, [{ name: "copied", view: BUILT, placements: [{ from: "/out/lib", to: "/lib" }] }]);
    const entry = view.lstat("/usr/lib/libpriv.so.1");
    expect(entry).toMatchObject({ layer: "copied", source: "/out/lib/libpriv.so.1", path: "/usr/lib/libpriv.so.1" });
    expect(view.list("/usr/lib")).toEqual(["libdev.so", "libpriv.so.1", "x86_64-linux-gnu"]);
    expect(resolvePath(view, "/lib/libdev.so")).toMatchObject({ status: "found", path: "/usr/lib/libpriv.so.1" });
    expect(view.lstat("/lib")).toMatchObject({ type: "symlink", layer: "base" });
  });

  it("hides what lies below, in the order of the layers", () => {
    const view = overlay(MERGED, [
      { name: "first", view: BUILT, placements: [{ from: "/out/usr/bin/main", to: "/etc/same" }] },
      { name: "second", view: BUILT, placements: [{ from: "/out/lib/libpriv.so.1", to: "/etc/same" }] },
    ]);
    expect(view.lstat("/etc/same")).toMatchObject({ layer: "second", source: "/out/lib/libpriv.so.1" });
  });

  it("follows a link that is named itself and keeps one inside of a folder", () => {
    const view = overlay(MERGED, [
      {
        name: "copied",
        view: BUILT,
        placements: [
          { from: "/out/same", to: "/usr/bin/named" },
          { from: "/out", to: "/all" },
        ],
      },
    ]);
    expect(view.lstat("/usr/bin/named")).toMatchObject({ type: "file", source: "/out/usr/bin/main" });
    expect(view.lstat("/all/same")).toMatchObject({ type: "symlink", target: "usr/bin/main" });
  });

  it("does not know what a folder holds of which the layer was not listed", () => {
    const partial = madeView({ "/out/x/a": "file" }, ["/out"]);
    const view = overlay(MERGED, [{ name: "copied", view: partial, placements: [{ from: "/out", to: "/opt" }] }]);
    expect(view.list("/opt/x")).toBeNull();
    expect(view.lstat("/opt/x/b")).toBe("unknown");
    expect(view.lstat("/opt/y")).toBe("absent");
  });

  it("lies over nothing: FROM scratch", () => {
    const view = overlay(emptyView, [{ name: "copied", view: BUILT, placements: [{ from: "/out", to: "/" }] }]);
    expect(view.lstat("/usr/bin/main")).toMatchObject({ type: "file" });
    expect(view.list("/usr")).toEqual(["bin", "lib"]);
    expect(resolveProgram(view, "/usr/bin/main").interpreter).toMatchObject({ status: "missing", named: true });
  });

  it("resolves where the files will be, not where they are", () => {
    const view = overlay(MERGED, [{ name: "copied", view: BUILT, placements: [{ from: "/out", to: "/" }] }]);
    const { status, interpreter, libraries } = resolveProgram(view, "/usr/bin/main");
    expect([status, interpreter?.status, interpreter?.realPath]).toEqual([
      "dynamic",
      "found",
      "/usr/lib64/ld-linux-x86-64.so.2",
    ]);
    expect(libraries).toMatchObject([
      {
        soname: "libpriv.so.1",
        path: "/usr/lib/app/libpriv.so.1",
        via: "runpath",
        folderText: "/usr/lib/app",
        status: "found",
      },
    ]);
  });
});
