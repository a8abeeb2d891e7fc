import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Analysis, Library, Note, NoteCode, Package } from "../../src/analysis/model.ts";
import { analysisOf, baseImage, docker, msbDeps, RELEASES, toolsStage } from "./support.ts";

// Cases 1 to 8 and 21: what the loader, dpkg and Debian's own packages say. All fixtures are built by one script in one
// builder stage (test/fixtures/loader-cases); each runtime stage below is one run of the command.

const FIXTURES = "test/fixtures/loader-cases";
const STAGES = ["plain", "private", "unowned-in-base", "closure", "preload", "preload-file"] as const;
type Stage = (typeof STAGES)[number];
const LIB = "/lib/x86_64-linux-gnu";

describe.each(RELEASES)("on %s", (release) => {
  let folder = "";
  const answers = new Map<Stage, Analysis & { readonly exitCode: number | null }>();
  const of = (stage: Stage): Analysis => answers.get(stage) ?? expect.fail(`no answer for ${stage}`);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "msb-deps-cases-"));
    for (const name of ["build.sh", "cases.sh"])
      await writeFile(join(folder, name), await readFile(join(FIXTURES, name)));
    const stages = await readFile(join(FIXTURES, "cases.Dockerfile"), "utf8");
    await writeFile(join(folder, "Dockerfile"), `ARG BASE=${baseImage(release)}\n${toolsStage(release)}${stages}`);
    for (const stage of STAGES) {
      const saved = stage === "plain" ? ["--save-snapshot", join(folder, "plain.json")] : [];
      answers.set(stage, await analysisOf([join(folder, "Dockerfile"), "--runtime", stage, ...saved]));
    }
  }, 900_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** What was found for one name that a file under /case asks for. */
  function library(stage: Stage, path: string, soname: string): Library | undefined {
    const artifact = of(stage).artifacts.find((one) => one.path === `/case/${path}`);
    return artifact?.libraries.find((one) => one.soname === soname);
  }
  const named = (stage: Stage, name: string): Package | undefined =>
    of(stage).packages.find((one) => one.name === name);
  const notes = <Code extends NoteCode>(stage: Stage, code: Code) =>
    of(stage).notes.filter((one): one is Extract<Note, { code: Code }> => one.code === code);
  const missing = (stage: Stage, name: string) => of(stage).missing.filter((one) => one.name === name);

  /** Builds a stage more, whose RUN lines fail the build where they find something wrong. */
  async function builds(stage: string): Promise<{ readonly built: boolean; readonly said: string }> {
    const path = join(folder, "Dockerfile.more");
    await writeFile(path, `${await readFile(join(folder, "Dockerfile"), "utf8")}\n${stage}`);
    const args = [path, "--context", folder, "--target", "more", "--runtime", "none", "--artifacts", "/usr/bin/env"];
    const run = await msbDeps([...args, "--progress", "plain", "-f", "list"]);
    return { built: run.code !== 2, said: run.stderr };
  }

  it("1: finds owners under either spelling of a merged /usr", async () => {
    const owners = [
      ["libz.so.1", "zlib1g"],
      ["libstdc++.so.6", "libstdc++6"],
      ["libgcc_s.so.1", "libgcc-s1"],
      ["libm.so.6", "libc6"],
    ] as const;
    for (const [soname, name] of owners) {
      expect(library("closure", "owners/usr/bin/merged", soname)).toMatchObject({ package: name, status: "base" });
    }
    const search = await docker("run", "--rm", baseImage(release), "dpkg", "-S", `${LIB}/libz.so.1`);
    expect(search.code, "only bookworm's database has this spelling").toBe(release === "bookworm" ? 0 : 1);
    const other = await docker("run", "--rm", baseImage(release), "dpkg", "-S", `${LIB}/libstdc++.so.6`);
    expect(other.code, "neither has this one").toBe(1);
  });

  it("2: names the owner of the exact path, through diversions and several owners", () => {
    expect(library("closure", "owners/usr/bin/pq", "libpq.so.5")?.package).toBe("libpq5");
    expect(library("closure", "owners/usr/bin/diverted", "libdiv.so.1")?.package).toBe("diverter");
    expect(library("closure", "owners/usr/bin/aside", "libdiv.so.1.distrib")?.package).toBe("libdiv1");
    expect(library("closure", "owners/usr/bin/both", "libboth.so.1")?.package).toBe("both");
    expect(library("closure", "owners/usr/bin/local", "libdivertee.so.1")).toMatchObject({
      status: "unowned",
      package: null,
    });
    expect(library("closure", "owners/usr/bin/unversioned", "libz.so")?.package).toBe("zlib1g-dev");
    expect(notes("closure", "dev-package")).toEqual([
      { code: "dev-package", path: "/case/owners/usr/bin/unversioned", package: "zlib1g-dev", soname: "libz.so" },
    ]);
    expect(of("closure").install).not.toContain("a-decoy-dev");
  });

  it("3: takes the installed provider behind update-alternatives, and says what else would do", () => {
    expect(library("closure", "owners/usr/bin/lapack", "libblas.so.3")?.package).toBe("libblas3");
    expect(named("closure", "liblapack3")).toMatchObject({ status: "install", alternatives: ["liblapack.so.3"] });
    expect(named("closure", "libblas3")).toMatchObject({ status: "implied", alternatives: ["libblas.so.3"] });
  });

  it("4: finds private libraries as ld.so does, and counts their needs and no package's", async () => {
    expect(of("private").install).toEqual(["libpq5"]);
    const found = [
      ["usr/bin/origin", "liborigin.so.1", "/usr/bin/../lib/app/liborigin.so.1"],
      ["usr/bin/rpath", "libinner.so.1", "/opt/rpath/libinner.so.1"],
      ["usr/bin/env-path", "libenv.so.1", "/opt/env/libenv.so.1"],
      ["usr/bin/conf", "libconf.so.1", "/opt/conf/libconf.so.1"],
      ["usr/bin/space", "libspace.so.1", "/opt/with space/libspace.so.1"],
      ["usr/bin/prec-rpath", "libprec.so.1", "/opt/rpath/libprec.so.1"],
      ["usr/bin/prec-runpath", "libprec.so.1", "/opt/env/libprec.so.1"],
      ["usr/bin/both-tags", "libonly.so.1", "/opt/both/opt/rpath/libonly.so.1"],
      ["opt/linked/bin/linked", "libreal.so.1", "/opt/linked/bin/../lib/libreal.so.1"],
      ["usr/bin/by-link", "libbeside.so.1", "/usr/lib/links/libbeside.so.1"],
    ] as const;
    for (const [path, soname, runtimePath] of found) {
      expect(library("private", `private/${path}`, soname), path).toMatchObject({ status: "artifact", runtimePath });
    }
    // The judge: the loader in the built stage lists the very same.
    const checks = found.map(([path, soname, at]) => `ldd /${path} | grep -qF '${soname} => ${at} ('`);
    const judged = await builds(`FROM private AS more\nRUN set -ex; ${checks.join("; ")}\n`);
    expect(judged.built, judged.said).toBe(true);
    expect(of("preload-file").missing.map(({ name }) => name)).toEqual(["libconf.so.1", "libenv.so.1"]);
  });

  it("5: resolves where the files will be, and tells of one that lies where nothing looks", () => {
    const placed = library("plain", "destination/usr/bin/placed", "libx.so");
    expect(placed).toMatchObject({ status: "artifact", runtimePath: "/usr/lib/app/libx.so" });
    expect(missing("plain", "libmis.so.1")).toMatchObject([
      {
        kind: "misplaced",
        providedBy: "/opt/nowhere/libmis.so.1",
        requiredBy: ["/case/destination/usr/bin/misplaced"],
      },
    ]);
  });

  it("6: lists libraries without an owner to copy, with lines that do", async () => {
    expect(of("plain").copy.map(({ source, destination }) => [source, destination])).toEqual([
      ["/opt/own lib/libspaced.so.1", "/opt/own lib/libspaced.so.1"],
      ["/usr/local/lib/libown.so.1", "/usr/local/lib/libown.so.1"],
      ["/usr/local/lib/libshadowed.so.1", "/usr/local/lib/libshadowed.so.1"],
      ["/usr/local/lib64/libstdc++.so.6", "/usr/local/lib/libstdc++.so.6"],
    ]);
    expect(of("plain").copy[1]?.realPath).toBe("/usr/local/lib/libown.so.1.2");
    expect(library("plain", "unowned/usr/bin/local-lib", "libpq.so.5")).toMatchObject({
      direct: false,
      package: "libpq5",
    });
    expect(notes("plain", "shadows-package").map(({ path, package: name }) => [path, name])).toEqual([
      ["/usr/local/lib/libshadowed.so.1", "libshadowed1"],
      ["/usr/local/lib64/libstdc++.so.6", "libstdc++6"],
    ]);
    const text = await msbDeps(["--snapshot", join(folder, "plain.json"), "-q"]);
    const lines = text.stdout.split("\n").filter((line) => /^# (?:COPY|RUN) /.test(line));
    expect(lines).toHaveLength(5);
    const check = `RUN set -e; /usr/bin/newer; for name in newer opt-lib shadowed local-lib; do ldd /usr/bin/$name >>/proof; done; grep -v libpq /proof | grep 'not found' && exit 1 || true\n`;
    const stage = "FROM $BASE AS more\nCOPY --from=builder /case/unowned/ /\n";
    const judged = await builds(`${stage}${lines.map((line) => line.slice(2)).join("\n")}\n${check}`);
    expect(judged.built, judged.said).toBe(true);
    expect((await builds(`${stage}${check}`)).built, "without the lines it must fail").toBe(false);
  });

  it("6: copies nothing that the runtime base has, owned or not", () => {
    expect(of("unowned-in-base")).toMatchObject({ install: [], copy: [], missing: [] });
    expect(answers.get("unowned-in-base")?.exitCode).toBe(0);
  });

  it("7: tells what is missing, by library and by version, each with its chain", () => {
    expect(answers.get("plain")?.exitCode).toBe(1);
    const [gone] = missing("plain", "libgone.so.7");
    expect(gone?.chains[0]?.map(({ soname }) => soname)).toEqual([
      "/case/missing/usr/bin/gone",
      "libgone-user.so.1",
      "libgone.so.7",
    ]);
    const [hinted] = missing("plain", "libpng16.so.16");
    expect(hinted).toMatchObject({
      kind: "library",
      hint: expect.stringContaining(release === "trixie" ? "libpng16-16t64" : "libpng16-16"),
    });
    const [version, ...others] = missing("plain", "libver.so.1");
    expect(others).toEqual([]);
    expect(version).toMatchObject({ kind: "version", version: "V2", providedBy: "/usr/lib/app/libver.so.1" });
    // `first` has the very same NEEDED as `second`.
    expect(version?.requiredBy).toEqual([
      "/case/missing/usr/bin/second",
      "/case/missing/usr/bin/through",
      "/case/missing/usr/lib/app/libthrough.so.1",
    ]);
    expect(version?.chains[1]?.map(({ soname }) => soname)).toEqual([
      "/case/missing/usr/bin/through",
      "libthrough.so.1",
      "libver.so.1",
    ]);
    expect(of("plain").missing).toHaveLength(4);
  });

  it("8: does not call missing what a host brings, or what lies beside its user", () => {
    expect(library("plain", "plugins/usr/lib/host/plugins/loaded.so", "libcore.so.1")?.status).toBe("artifact");
    const byRpath = library("plain", "plugins/usr/lib/host/plugins/by-rpath.so", "libextra.so.1");
    expect(byRpath).toMatchObject({ status: "artifact", runtimePath: "/usr/lib/host/rpath/libextra.so.1" });
    expect(notes("plain", "unresolved-plugin").map(({ path, soname }) => [path, soname])).toEqual([
      ["/case/plugins/usr/lib/host/plugins/by-rpath.so", "libextra.so.1"],
      ["/case/plugins/usr/lib/host/plugins/loaded.so", "libcore.so.1"],
    ]);
    const wheel = "plugins/usr/lib/python3/dist-packages/wheel/_wheel.so";
    expect(library("plain", wheel, "libbundled-1a2b3c4d.so.1.2.3")?.status).toBe("artifact");
  });

  it("21: names one of a cycle, every virtual package's provider, and upgrades what is too old", () => {
    expect(of("closure").install).toEqual([
      ...["both", "diverter", "libchooser", "libcycle-a", "libdiv1", "libhalf", "libhld1", "liblapack3", "libpq5"],
      ...["libprovider", "libsecond", "libver1", "libvirtual", "zlib1g-dev"],
    ]);
    expect(named("closure", "libcycle-b")).toMatchObject({ status: "implied", impliedBy: ["libcycle-a"] });
    expect(named("closure", "libver1")).toMatchObject({ status: "upgrade", builderVersion: "2.0" });
    expect(of("closure").missing).toEqual([]);
    expect(notes("closure", "package-held")).toEqual([{ code: "package-held", path: null, package: "libhld1" }]);
    expect(notes("closure", "half-installed")).toMatchObject([{ package: "libhalf:amd64", state: "half-configured" }]);
  });

  it("21: lets a setuid program ignore LD_LIBRARY_PATH", () => {
    expect(of("private").missing).toMatchObject([
      { kind: "misplaced", name: "libenv.so.1", requiredBy: ["/case/private/usr/bin/set-user"] },
    ]);
  });

  it("21: counts what is preloaded as needs, also where no artifact is dynamic", () => {
    expect(of("preload").install).toEqual(["libjemalloc2", "libpq5"]);
    const reasons = of("preload").packages.flatMap((one) =>
      one.reasons.map(({ artifact, kind }) => [one.name, artifact, kind]),
    );
    expect(reasons).toEqual([
      ["libjemalloc2", "LD_PRELOAD", "preload"],
      ["libpq5", "LD_PRELOAD", "preload"],
    ]);
    expect(of("preload").missing).toMatchObject([
      { kind: "library", name: "libnowhere.so.1", requiredBy: ["LD_PRELOAD"] },
    ]);
    expect(of("preload").copy).toMatchObject([{ source: "/usr/local/lib/libown.so.1", requiredBy: ["LD_PRELOAD"] }]);
    expect(named("preload-file", "libpq5")?.reasons).toContainEqual({
      artifact: "/etc/ld.so.preload",
      kind: "preload",
      chain: [{ soname: "/usr/lib/x86_64-linux-gnu/libpq.so.5", path: "/usr/lib/x86_64-linux-gnu/libpq.so.5" }],
    });
  });

  it("gives the same answer by our own rules alone, and cries wolf nowhere", async () => {
    const replay = await msbDeps(["--snapshot", join(folder, "plain.json"), "-f", "json", "-q", "--engine", "static"]);
    const { notes: _, ...own } = JSON.parse(replay.stdout) as Analysis;
    const { notes: __, exitCode: ___, ...both } = answers.get("plain") ?? expect.fail();
    expect(own).toEqual(both);
    for (const stage of STAGES)
      expect([...notes(stage, "loader-differs"), ...notes(stage, "loader-not-asked")]).toEqual([]);
  });
});
