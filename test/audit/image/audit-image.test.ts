import { describe, expect, it } from "vitest";
import { openImage } from "../../../src/analysis/image.ts";
import { asDockerfile } from "../../../src/audit/image/as-dockerfile.ts";
import { auditImage, type SeenImage } from "../../../src/audit/image/audit-image.ts";
import { askedPackages, isPackageList, unownedFiles } from "../../../src/audit/image/contents.ts";
import { finish } from "../../../src/base/steps.ts";
import { shippedTables } from "../../../src/commands/shipped-tables.ts";
import { makePlan } from "../../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../../src/dockerfile/parse.ts";
import { auditJson, auditText } from "../../../src/report/findings.ts";
import type { Snapshot } from "../../../src/snapshot/snapshot.ts";
import { LIB, type MadeImage, madeSnapshot } from "../../analysis/made-images.ts";

const INTERPRETER = "/lib64/ld-linux-x86-64.so.2";
const library = (soname: string) => ({ elf: { type: 3, soname, needed: [] as string[] } });
const IMAGE: MadeImage = {
  files: {
    "/usr/bin/app": { elf: { type: 3, interpreter: INTERPRETER, needed: ["libcurl.so.4"] } },
    "/usr/bin/owned": { elf: { type: 3, interpreter: INTERPRETER, needed: [] } },
    "/opt/run": { text: "#!/bin/sh\n" },
    "/opt/data": { text: "no code" },
    "/var/lib/dpkg/info/x.postinst": { text: "#!/bin/sh\n" },
    "/bin/sh": { elf: { type: 2 } },
    [`${LIB}/libcurl.so.4`]: library("libcurl.so.4"),
    [`${LIB}/libgd.so.3`]: library("libgd.so.3"),
  },
  packages: {
    libcurl4t64: { Files: `${LIB}/libcurl.so.4`, Depends: "libbrotli1", "Installed-Size": "800" },
    libbrotli1: { "Installed-Size": "100" },
    libgd3: { Files: `${LIB}/libgd.so.3`, Depends: "libaom3, libbrotli1", "Installed-Size": "500" },
    libaom3: { "Installed-Size": "5000" },
    owned: { Files: "/usr/bin/owned" },
    dash: { Files: "/bin/sh" },
  },
};

function seen(more: Partial<Snapshot["image"]> = {}): SeenImage {
  const made = madeSnapshot(IMAGE, ["/"]);
  const snapshot = { ...made, files: made.files.map((fact) => ({ ...fact, sonameStrings: [] })) };
  const dpkg = snapshot.dpkg === null ? null : { ...snapshot.dpkg, automatic: ["libaom3:amd64", "libbrotli1:amd64"] };
  const base = { source: "mappings", reference: "debian:trixie-slim", packages: new Map([["dash", "1"]]) } as const;
  return {
    reference: "app:1",
    snapshot: { ...snapshot, dpkg, image: { ...snapshot.image, ...more } },
    base,
    files: null,
  };
}

describe("what an image holds", () => {
  const image = openImage(seen().snapshot, "builder");

  it("beyond packages: ELF files and scripts, but not those that dpkg keeps", () => {
    expect(unownedFiles(image)).toEqual(["/lib64/ld-linux-x86-64.so.2", "/opt/run", "/usr/bin/app"]);
  });

  it("by request: what apt does not mark as automatic, and the base has not", () => {
    expect(askedPackages(image, new Set(["dash"]))).toEqual(["libcurl4t64:amd64", "libgd3:amd64", "owned:amd64"]);
  });

  it.each([
    ["/var/lib/apt/lists/deb.example_dists_trixie_main_binary-amd64_Packages", true],
    ["/var/lib/apt/lists/deb.example_dists_trixie_main_binary-amd64_Packages.lz4", true],
    ["/var/lib/apt/lists/lock", false],
    ["/var/lib/apt/lists/partial", false],
  ])("%s is a package index: %s", (path, is) => expect(isPackageList(path)).toBe(is));
});

function audited(...seen: Parameters<typeof auditImage>) {
  return finish(auditImage(...seen));
}

describe("the audit of an image", () => {
  const { audit, analysis } = audited(
    seen({ env: ["API_KEY=9a0364b9e99bb480dd25e1f0284c8555", 'A="b$c\\'], cmd: ["app"] }),
    shippedTables(),
    { withRecommended: false },
  );
  const found = audit.findings.map(({ code, severity, package: name }) => [code, severity, name]);

  it("judges what was asked for by what the unowned files need", () => {
    expect(analysis.packages.filter(({ status }) => status === "install").map(({ name }) => name)).toEqual([
      "libcurl4t64",
    ]);
    expect(found).toEqual([
      ["root-user", "info", null],
      ["unused", "warning", "libgd3"],
      ["no-evidence", "info", "owned"],
      ["secret-in-build", "warning", null],
    ]);
  });

  it("says what an unused package costs with its orphans, not what others still depend on", () => {
    const { cost } = audit.findings.find(({ package: name }) => name === "libgd3") ?? {};
    expect(cost).toEqual({ kibibytes: 5500, orphans: ["libaom3"] });
  });

  it("has packages in the place of lines", () => {
    const report = { file: "app:1", kind: "image", analysis, audit } as const;
    const lines = auditText(report, { columns: null }).split("\n");
    expect(lines[1]).toBe(
      "app:1 libgd3 unused warning nothing needs a library of libgd3 (libgd.so.3); it uses 5.6 MB, with its dependencies libaom3, which nothing else needs. Fix: remove libgd3",
    );
    expect(lines[0]).toMatch(/^app:1 - root-user info /);
    const { findings } = JSON.parse(auditJson(report));
    expect(findings[1]).toMatchObject({
      line: null,
      package: "libgd3",
      cost: { bytes: 5632000, orphans: ["libaom3"] },
    });
  });

  it("says nothing of the configuration that a tree has not, and tells that", () => {
    const image = {
      ...seen({ env: ["API_KEY=9a0364b9e99bb480dd25e1f0284c8555", "LD_LIBRARY_PATH=/opt"], user: "" }),
      reference: "/a tree$x\nFROM y",
    };
    const tree = audited({ ...image, files: { origin: "rootfs", loaderAbsence: "not-isolated" } }, shippedTables(), {
      withRecommended: false,
    });
    expect(tree.audit.findings.map(({ code }) => code)).toEqual(["unused", "no-evidence"]);
    expect(tree.analysis.notes.map(({ code }) => code)).toEqual(
      expect.arrayContaining(["loader-not-run", "configuration-unknown"]),
    );
    const archive = audited({ ...image, files: { origin: "oci", loaderAbsence: null } }, shippedTables(), {
      withRecommended: false,
    });
    expect(archive.audit.findings.map(({ code }) => code)).toEqual(audit.findings.map(({ code }) => code));
  });

  it("is silent of what is installed without being asked for, though it is needed", () => {
    const { snapshot, ...rest } = seen();
    const dpkg = snapshot.dpkg === null ? null : { ...snapshot.dpkg, automatic: ["libcurl4t64:amd64"] };
    const codes = audited({ ...rest, snapshot: { ...snapshot, dpkg } }, shippedTables(), { withRecommended: false })
      .audit.findings;
    expect(codes.filter(({ code }) => code === "missing")).toEqual([]);
  });
});

describe("the text that stands for an image", () => {
  it("gives back what the image's configuration has, whatever is in it", () => {
    const env = ["PATH=/a:/b", 'Q=a "b" $c \\d', "N=a\nb", "1BAD=x", "no equals"];
    const image = { ...seen().snapshot.image, env, user: "app", workingDir: "/srv", cmd: ["sh", "-c", "a\nb"] };
    const entrypoint = ["/bin/sh", "-c", "exec app --port $PORT"];
    const text = asDockerfile({
      ...{ base: "debian:trixie-slim", architecture: "amd64", listsLeft: false },
      ...{ asked: ["liba1:amd64", "libb1:i386"], image: { ...image, entrypoint } },
    });
    const plan = makePlan(parseDockerfile(text), { target: "image" });
    const [from, runtime] = plan.stages;
    expect([from?.from, runtime?.from, plan.runtime?.index]).toEqual(["image", "debian:trixie-slim", 1]);
    const all = runtime?.instructions ?? [];
    const set = all.flatMap((one) => (one.kind === "env" ? one.values : []));
    expect(set.map(([name, value]) => [name, value])).toEqual([
      ["PATH", "/a:/b"],
      ["Q", 'a "b" $c \\d'],
    ]);
    const installs = all.flatMap((one) => (one.kind === "run" ? one.aptInstalls : []));
    expect(installs.flatMap(({ packages }) => packages.map(({ name, architecture }) => [name, architecture]))).toEqual([
      ["liba1", null],
      ["libb1", "i386"],
    ]);
    expect(all.flatMap((one) => (one.kind === "command" ? [[one.keyword, one.programs]] : []))).toEqual([
      ["ENTRYPOINT", ["app"]],
      ["CMD", ["sh", "a", "b"]],
    ]);
  });
});
