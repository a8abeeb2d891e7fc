import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { resolveProgram } from "../../src/loader/resolve.ts";
import { missingVersions } from "../../src/loader/versions.ts";
import { agree, pathsOf } from "./agree.ts";
import { askLoader } from "./real-loader.ts";
import { realCache, realView } from "./real-view.ts";
import { Workshop } from "./workshop.ts";

const shop = new Workshop();
afterAll(() => shop.remove());
const at = (name: string): string => shop.path(name);

/** The same library in several folders. */
function copies(soname: string, ...folders: string[]): void {
  shop.library(`${folders[0]}/${soname}`);
  for (const folder of folders.slice(1)) {
    mkdirSync(at(folder), { recursive: true });
    copyFileSync(at(`${folders[0]}/${soname}`), at(`${folder}/${soname}`));
  }
}

describe("the loader's rules against the real loader", { tags: ["machine"] }, () => {
  it("01 RPATH before LD_LIBRARY_PATH before RUNPATH", () => {
    copies("libone.so.1", "01/own", "01/env");
    const needs = ["01/own/libone.so.1"];
    const env = { LD_LIBRARY_PATH: at("01/env") };
    const settings = { libraryPath: at("01/env") };
    shop.program("01/rpath", { needs, rpath: at("01/own") });
    shop.program("01/runpath", { needs, runpath: at("01/own") });
    expect(agree(at("01/rpath"), settings, env)["libone.so.1"]).toBe(at("01/own/libone.so.1"));
    expect(agree(at("01/runpath"), settings, env)["libone.so.1"]).toBe(at("01/env/libone.so.1"));
    expect(agree(at("01/runpath"))["libone.so.1"]).toBe(at("01/own/libone.so.1"));
  });

  it("02 RPATH is inherited from the loading object, and from its loader", () => {
    shop.library("02/deep/libdeep.so");
    shop.library("02/mid/libmid.so", { needs: ["02/deep/libdeep.so"] });
    shop.library("02/top/libtop.so", { needs: ["02/mid/libmid.so"], rpath: at("02/mid") });
    shop.program("02/main", { needs: ["02/top/libtop.so"], rpath: `${at("02/top")}:${at("02/deep")}` });
    expect(agree(at("02/main"))).toEqual({
      "libtop.so": at("02/top/libtop.so"),
      "libmid.so": at("02/mid/libmid.so"),
      "libdeep.so": at("02/deep/libdeep.so"),
    });
  });

  it("03 RUNPATH is not inherited", () => {
    shop.library("03/lib/libdeep.so");
    shop.library("03/lib/libtop.so", { needs: ["03/lib/libdeep.so"] });
    shop.program("03/main", { needs: ["03/lib/libtop.so"], runpath: at("03/lib") });
    expect(agree(at("03/main"))).toEqual({ "libtop.so": at("03/lib/libtop.so"), "libdeep.so": null });
  });

  it("04 an object with a RUNPATH gets no RPATH, neither its own nor its loaders'", () => {
    shop.library("04/a/libdeep.so");
    mkdirSync(at("04/none"), { recursive: true });
    shop.library("04/a/libtop.so", { needs: ["04/a/libdeep.so"], runpath: at("04/none") });
    shop.program("04/main", { needs: ["04/a/libtop.so"], rpath: at("04/a") });
    expect(agree(at("04/main"))).toEqual({ "libtop.so": at("04/a/libtop.so"), "libdeep.so": null });
  });

  it("05 an RPATH of a loader that has a RUNPATH too does not count", () => {
    shop.library("05/a/libdeep.so");
    shop.library("05/a/libtop.so", { needs: ["05/a/libdeep.so"] });
    shop.program("05/main", { needs: ["05/a/libtop.so"], runpath: at("05/a") });
    expect(agree(at("05/main"))["libdeep.so"]).toBeNull();
  });

  it("06 $ORIGIN, with braces too, and $LIB; a longer name is no token", () => {
    shop.library("06/app/lib/libone.so");
    shop.library("06/app/lib/x86_64-linux-gnu/libtwo.so");
    shop.library("06/app/$ORIGINAL/libthree.so");
    const needs = ["06/app/lib/libone.so", "06/app/lib/x86_64-linux-gnu/libtwo.so", "06/app/$ORIGINAL/libthree.so"];
    const runpath = `$ORIGIN/../lib:\${ORIGIN}/../$LIB:${at("06/app")}/$ORIGINAL`;
    shop.program("06/app/bin/main", { needs, runpath });
    expect(agree(at("06/app/bin/main"))).toEqual({
      "libone.so": `${at("06/app/bin")}/../lib/libone.so`,
      "libtwo.so": `${at("06/app/bin")}/../lib/x86_64-linux-gnu/libtwo.so`,
      "libthree.so": at("06/app/$ORIGINAL/libthree.so"),
    });
  });

  it("07 $ORIGIN of a program behind a link: the link's folder for the listing, the target's when it runs", () => {
    shop.library("07/real/libone.so");
    shop.program("07/real/main", { needs: ["07/real/libone.so"], runpath: "$ORIGIN" });
    mkdirSync(at("07/bin"));
    symlinkSync("../real/main", at("07/bin/main"));
    const given = resolveProgram(realView(), at("07/bin/main"), { programOrigin: "given" });
    expect(pathsOf(given)["libone.so"]).toBeNull();
    // The listing of glibc 2.36 has the one, that of a newer glibc the other.
    const listed = askLoader(at("07/bin/main")).libraries.get("libone.so");
    expect([null, at("07/real/libone.so")]).toContain(listed);
    expect(spawnSync(at("07/bin/main")).status).toBe(0);
    const running = resolveProgram(realView(), at("07/bin/main"));
    expect(pathsOf(running)["libone.so"]).toBe(at("07/real/libone.so"));
  });

  it("08 $ORIGIN of a library behind a link is the link's folder, running and listed", () => {
    shop.library("08/real/libdeep.so");
    shop.library("08/real/libtop.so", { needs: ["08/real/libdeep.so"], runpath: "$ORIGIN" });
    mkdirSync(at("08/link"));
    symlinkSync("../real/libtop.so", at("08/link/libtop.so"));
    shop.program("08/main", { needs: ["08/real/libtop.so"], runpath: at("08/link") });
    expect(agree(at("08/main"))).toEqual({ "libtop.so": at("08/link/libtop.so"), "libdeep.so": null });
    expect(spawnSync(at("08/main")).status).toBe(127);
  });

  it("09 a folder with a space, trailing slashes and doubled elements", () => {
    copies("libone.so", "09/a b");
    shop.program("09/main", {
      needs: ["09/a b/libone.so"],
      rpath: `${at("09/none")}:${at("09/a b")}///:${at("09/a b")}`,
    });
    expect(agree(at("09/main"))["libone.so"]).toBe(at("09/a b/libone.so"));
  });

  it("10 DF_1_NODEFLIB leaves out the default folders and what the cache has of them", () => {
    shop.program("10/main", { flags: ["-Wl,-z,nodefaultlib", "-lz"], source: "int main(void) { return 0; }" });
    const real = askLoader(at("10/main"));
    const ours = resolveProgram(realView(), at("10/main"), { cache: realCache() });
    expect(real.libraries.get("libc.so.6")).toBeNull();
    expect(ours.libraries.map(({ soname, path }) => [soname, path])).toEqual([
      ["libz.so.1", real.libraries.get("libz.so.1")],
      ["libc.so.6", null],
    ]);
  });

  it("11 what is loaded answers to its SONAME", () => {
    shop.library("11/a/libreal.so.7", { soname: "libshared.so.7" });
    shop.library("11/b/libshared.so.7");
    shop.library("11/b/libuser.so", { needs: ["11/b/libshared.so.7"], runpath: at("11/b") });
    shop.library("11/stub/libreal.so.7", { soname: "" });
    shop.program("11/main", {
      needs: ["11/b/libuser.so"],
      flags: ["-L", at("11/stub"), "-l:libreal.so.7"],
      rpath: at("11/a"),
    });
    cpSync(at("11/b/libuser.so"), at("11/a/libuser.so"));
    const ours = resolveProgram(realView(), at("11/main"), { cache: realCache() });
    expect(ours.libraries.find(({ soname }) => soname === "libshared.so.7")).toBeDefined();
    const real = askLoader(at("11/main"));
    const first = (name: string) => ours.libraries.find(({ soname }) => soname === name)?.path;
    expect(first("libreal.so.7")).toBe(real.libraries.get("libreal.so.7"));
    expect(ours.objects.map(({ path }) => path).filter((path) => path.includes("/11/"))).toEqual(
      [at("11/main"), ...real.libraries.values()].filter((path) => path?.includes("/11/")),
    );
  });

  it("12 the same file by another name is loaded once", () => {
    shop.library("12/libone.so", { soname: "" });
    symlinkSync("libone.so", at("12/libtwo.so"));
    shop.program("12/main", { flags: ["-L", at("12"), "-l:libone.so", "-l:libtwo.so"], runpath: at("12") });
    const ours = resolveProgram(realView(), at("12/main"), { cache: realCache() });
    expect(ours.objects.filter(({ path }) => path.includes("/12/lib")).map(({ path }) => path)).toEqual([
      at("12/libone.so"),
    ]);
    expect([...askLoader(at("12/main")).libraries.values()].filter((path) => path?.includes("/12/"))).toEqual([
      at("12/libone.so"),
    ]);
  });

  it("13 a name with a slash is a path", () => {
    shop.library("13/lib/libone.so", { soname: at("13/lib/libone.so") });
    shop.program("13/main", { needs: ["13/lib/libone.so"] });
    expect(agree(at("13/main"))).toEqual({ [at("13/lib/libone.so")]: at("13/lib/libone.so") });
    const [result] = resolveProgram(realView(), at("13/main")).libraries;
    expect(result?.via).toBe("path");
  });

  it("13b a needed name may hold tokens, and is then a path that others can name too", () => {
    shop.library("13b/lib/libone.so", { soname: "$ORIGIN/../lib/libone.so" });
    shop.library("13b/lib/libtwo.so", { needs: ["13b/lib/libone.so"] });
    shop.program("13b/bin/main", { needs: ["13b/lib/libone.so", "13b/lib/libtwo.so"], runpath: "$ORIGIN/../lib" });
    const ours = resolveProgram(realView(), at("13b/bin/main"), { cache: realCache() });
    const real = [...askLoader(at("13b/bin/main")).libraries.values()].filter((path) => path?.includes("/13b/"));
    const path = `${at("13b/bin")}/../lib/libone.so`;
    expect(real).toContain(path);
    expect(ours.libraries[0]).toMatchObject({ soname: "$ORIGIN/../lib/libone.so", path, via: "path" });
    expect(
      ours.objects.map((object) => object.path).filter((one) => one.includes("/13b/lib") || one.includes("/../")),
    ).toEqual(real);
  });

  it("14 a relative name, and an empty element, count from where the program is started", () => {
    shop.library("14/lib/libone.so", { soname: "lib/libone.so" });
    shop.library("14/libtwo.so");
    shop.program("14/main", { needs: ["14/lib/libone.so", "14/libtwo.so"] });
    const env = { LD_LIBRARY_PATH: `${at("none")}:` };
    const real = askLoader(at("14/main"), env, at("14"));
    expect([real.libraries.get("lib/libone.so"), real.libraries.get("libtwo.so")]).toEqual([
      "lib/libone.so",
      "libtwo.so",
    ]);
    const settings = { libraryPath: `${at("none")}:` };
    const there = resolveProgram(realView(), at("14/main"), { ...settings, workingDirectory: at("14") });
    expect(there.libraries.slice(0, 2).map(({ status }) => status)).toEqual(["found", "found"]);
    const elsewhere = resolveProgram(realView(), at("14/main"), settings);
    expect(elsewhere.libraries.slice(0, 2).map(({ status, skipped }) => [status, skipped[0]?.reason])).toEqual([
      ["unknown", "working-directory"],
      ["missing", "working-directory"],
    ]);
  });

  it("15 a dangling link is passed over", () => {
    copies("libone.so", "15/good");
    mkdirSync(at("15/bad"));
    symlinkSync("libgone.so", at("15/bad/libone.so"));
    shop.program("15/main", { needs: ["15/good/libone.so"], rpath: `${at("15/bad")}:${at("15/good")}` });
    expect(agree(at("15/main"))["libone.so"]).toBe(at("15/good/libone.so"));
  });

  it("16 another class or machine is passed over and noted; text, folders and short files are not", () => {
    copies("libone.so", "16/good");
    mkdirSync(at("16/other"));
    const bytes = execFileSync("cat", [at("16/good/libone.so")]);
    const arm = Buffer.from(bytes);
    arm.writeUInt16LE(183, 18);
    writeFileSync(at("16/other/libone.so"), arm);
    shop.program("16/main", { needs: ["16/good/libone.so"], rpath: `${at("16/other")}:${at("16/good")}` });
    expect(agree(at("16/main"))["libone.so"]).toBe(at("16/good/libone.so"));
    const [result] = resolveProgram(realView(), at("16/main")).libraries;
    expect(result?.skipped).toEqual([{ path: at("16/other/libone.so"), reason: "machine" }]);

    writeFileSync(at("16/other/libone.so"), "INPUT(-lone)\n");
    const [text] = resolveProgram(realView(), at("16/main")).libraries;
    expect([text?.status, text?.skipped]).toEqual(["missing", [{ path: at("16/other/libone.so"), reason: "not-elf" }]]);
    expect(spawnSync(at("16/main")).status).toBe(127);
  });

  it("17 an executable in a library's place is refused", () => {
    copies("libone.so", "17/good");
    shop.program("17/bad/libone.so");
    shop.program("17/main", { needs: ["17/good/libone.so"], rpath: `${at("17/bad")}:${at("17/good")}` });
    const [result] = resolveProgram(realView(), at("17/main")).libraries;
    expect([result?.status, result?.skipped[0]?.reason]).toEqual(["missing", "executable"]);
    expect(spawnSync(at("17/main")).status).toBe(127);
  });

  it("18 LD_PRELOAD comes first and its needs count", () => {
    shop.library("18/deep/libdeep.so");
    shop.library("18/libpre.so", { needs: ["18/deep/libdeep.so"], runpath: at("18/deep") });
    shop.program("18/main", {});
    const settings = { preload: [{ name: at("18/libpre.so"), from: "LD_PRELOAD" }] } as const;
    expect(agree(at("18/main"), settings, { LD_PRELOAD: at("18/libpre.so") })).toEqual({
      [at("18/libpre.so")]: at("18/libpre.so"),
      "libdeep.so": at("18/deep/libdeep.so"),
    });
    expect(resolveProgram(realView(), at("18/main"), settings).libraries[0]?.via).toBe("preload");
  });

  it("19 a version that the library does not define is missing, a weak one and one of a library without versions not", () => {
    const map = (name: string, ...versions: string[]): string => {
      writeFileSync(at(name), versions.map((version) => `${version} { global: f${version}; };\n`).join(""));
      return `-Wl,--version-script=${at(name)}`;
    };
    mkdirSync(at("19/new"), { recursive: true });
    const two = "int fV1(void) { return 1; } int fV2(void) { return 2; }";
    shop.library("19/new/libone.so", { source: two, flags: [map("19/new.map", "V1", "V2")] });
    shop.library("19/old/libone.so", { source: "int fV1(void) { return 1; }", flags: [map("19/old.map", "V1")] });
    shop.library("19/plain/libone.so", { source: two });
    const source = "int fV1(void); int fV2(void); int main(void) { return fV1() + fV2(); }";
    shop.program("19/main", { needs: ["19/new/libone.so"], source });
    const missing = (folder: string) =>
      missingVersions(
        resolveProgram(realView(), at("19/main"), { cache: realCache(), libraryPath: at(folder) }).objects,
      );
    const real = (folder: string) => askLoader(at("19/main"), { LD_LIBRARY_PATH: at(folder) });
    expect([missing("19/new"), real("19/new").versions]).toEqual([[], []]);
    expect([missing("19/plain"), real("19/plain").versions]).toEqual([[], []]);
    expect(real("19/plain").text).toContain("no version information available");
    expect(missing("19/old")).toEqual([
      {
        file: "libone.so",
        version: "V2",
        weak: false,
        requiredBy: at("19/main"),
        providedByPath: at("19/old/libone.so"),
      },
    ]);
    expect(real("19/old").versions).toEqual([`${at("19/old/libone.so")} V2 ${at("19/main")}`]);
  });

  it("20 the cache's folders come before the default ones, LD_LIBRARY_PATH takes semicolons", () => {
    copies("libone.so", "20/a");
    shop.program("20/main", { needs: ["20/a/libone.so"] });
    const list = `${at("20/none")};${at("20/a")}`;
    expect(agree(at("20/main"), { libraryPath: list }, { LD_LIBRARY_PATH: list })["libone.so"]).toBe(
      at("20/a/libone.so"),
    );
    const cache = [{ soname: "libone.so", path: at("20/a/libone.so"), flags: 0x0303, hwcap: null }];
    const [result] = resolveProgram(realView(), at("20/main"), { cache }).libraries;
    expect([result?.via, result?.path]).toEqual(["cache", at("20/a/libone.so")]);
    const [other] = resolveProgram(realView(), at("20/main"), {
      cache: [{ ...cache[0], flags: 3 } as never],
    }).libraries;
    expect(other?.status).toBe("missing");
  });

  it("21 secure-execution mode ignores LD_LIBRARY_PATH, and $ORIGIN outside of the trusted folders", () => {
    copies("libone.so", "21/lib");
    shop.program("21/env", { needs: ["21/lib/libone.so"] });
    shop.program("21/bin/origin", { needs: ["21/lib/libone.so"], runpath: "$ORIGIN/../lib" });
    shop.program("21/bin/plain", { needs: ["21/lib/libone.so"], runpath: at("21/lib") });
    const status = (name: string, libraryPath: string | null = null) => {
      execFileSync("chmod", ["0755", shop.root]);
      const [result] = resolveProgram(realView(), at(name), { secure: true, libraryPath }).libraries;
      return [result?.status, result?.skipped.map(({ reason }) => reason)];
    };
    expect(status("21/env", at("21/lib"))).toEqual(["missing", []]);
    expect(status("21/bin/origin")).toEqual(["missing", ["secure"]]);
    expect(status("21/bin/plain")).toEqual(["found", []]);
    // The real loader's word: as nobody, with the programs set-user-id root.
    for (const name of ["21/env", "21/bin/origin", "21/bin/plain"]) execFileSync("chmod", ["4755", at(name)]);
    const run = (name: string) =>
      spawnSync(at(name), { uid: 65534, gid: 65534, env: { LD_LIBRARY_PATH: at("21/lib") } }).status;
    expect([run("21/env"), run("21/bin/origin"), run("21/bin/plain")]).toEqual([127, 127, 0]);
  });

  it("22 glibc-hwcaps folders of the processor come first; a library that is only there is noted", () => {
    copies("libone.so", "22/lib", "22/lib/glibc-hwcaps/x86-64-v2", "22/only/glibc-hwcaps/x86-64-v2");
    shop.program("22/main", { needs: ["22/lib/libone.so"], rpath: at("22/lib") });
    shop.program("22/lone", { needs: ["22/lib/libone.so"], rpath: at("22/only") });
    const hwcaps = ["x86-64-v2"];
    expect(agree(at("22/main"), { hwcaps })["libone.so"]).toBe(at("22/lib/glibc-hwcaps/x86-64-v2/libone.so"));
    const [plain] = resolveProgram(realView(), at("22/main")).libraries;
    expect(plain?.path).toBe(at("22/lib/libone.so"));
    const [lone] = resolveProgram(realView(), at("22/lone")).libraries;
    expect(lone?.skipped).toEqual([{ path: at("22/only/glibc-hwcaps/x86-64-v2/libone.so"), reason: "hwcaps" }]);
  });

  it("23 what a program opens later is searched with the program's RPATH, and its needs too", () => {
    shop.library("23/lib/libdeep.so");
    shop.library("23/plugins/plugin.so", { needs: ["23/lib/libdeep.so"] });
    shop.program("23/main", { rpath: at("23/lib") });
    const settings = { cache: realCache(), opened: [at("23/plugins/plugin.so")] };
    const { libraries } = resolveProgram(realView(), at("23/main"), settings);
    expect(libraries.find(({ soname }) => soname === "libdeep.so")?.path).toBe(at("23/lib/libdeep.so"));
    expect(libraries.find(({ soname }) => soname.endsWith("plugin.so"))?.via).toBe("opened");
  });
});
