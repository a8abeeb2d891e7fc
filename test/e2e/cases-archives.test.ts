import { describe, expect, it } from "vitest";
import type { Analysis, Note } from "../../src/analysis/model.ts";
import type { Proof } from "../../src/proof/model.ts";
import { analysisOf, baseImage, folderOf, msbDeps, RELEASES, type Release, toolsStage } from "./support.ts";

const given = (name: string): string => `test/fixtures/cases/${name}/Dockerfile`;
const reasonsOf = (analysis: Analysis): string[] =>
  analysis.packages.flatMap(({ name, reasons }) => reasons.map(({ kind, artifact }) => `${name} ${kind} ${artifact}`));
const notesOf = (analysis: Analysis, ...codes: Note["code"][]): Note[] =>
  analysis.notes.filter(({ code }) => codes.includes(code));

async function proofOf(...args: string[]): Promise<{ readonly proof: Proof; readonly code: number | null }> {
  const { stdout, stderr, code } = await msbDeps(["verify", ...args, "-f", "json"]);
  if (stdout === "") throw new Error(`no result (exit ${code}):\n${stderr}`);
  return { proof: (JSON.parse(stdout) as { readonly proof: Proof }).proof, code };
}

describe("the given case python-wheels-app", () => {
  it("needs what the extension module in the wheel needs", async () => {
    const analysis = await analysisOf([given("python-wheels-app")]);
    const wheel = "/wheels/psycopg2-2.9.10-cp313-cp313-linux_x86_64.whl";
    const module = `${wheel}!/psycopg2/_psycopg.cpython-313-x86_64-linux-gnu.so`;
    expect(analysis).toMatchObject({ exitCode: 0, complete: true, install: ["libpq5"], missing: [], copy: [] });
    expect(reasonsOf(analysis)).toContain(`libpq5 needed ${module}`);
    expect(analysis.artifacts.map(({ path }) => path)).toEqual(["/app/start.sh", module]);
    expect(await proofOf(given("python-wheels-app"))).toMatchObject({
      code: 0,
      proof: { sufficient: true, unproved: [], unresolved: [] },
    });
  });
});

describe("the given case deb-copy", () => {
  it("needs what the program in the package needs", async () => {
    const analysis = await analysisOf([given("deb-copy")]);
    const program = "/debs/yamlver_1.0_amd64.deb!/usr/bin/yamlver";
    expect(analysis).toMatchObject({
      ...{ exitCode: 0, complete: true, install: ["libyaml-0-2"], missing: [], copy: [], notes: [] },
      artifacts: [{ path: program, destinations: ["/usr/bin/yamlver"], kind: "executable" }],
    });
    expect(reasonsOf(analysis)).toContain(`libyaml-0-2 needed ${program}`);
    const { proof } = await proofOf(given("deb-copy"));
    expect(proof.unresolved.filter(({ kind }) => kind !== "command")).toEqual([]);
  });
});

/** One program in archives of every kind, and what is not opened. */
const variants = (release: Release): string => `${toolsStage(release)}
FROM tools AS builder
RUN apt-get update && apt-get install -y --no-install-recommends zstd xz-utils zip bzip2 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
RUN echo 'int own(void) { return 1; }' > own.c && echo 'int own(void), PQlibVersion(void); int main(void) { return !own() || !PQlibVersion(); }' > app.c \\
 && mkdir -p bin lib deb/DEBIAN deb/usr/bin deb/opt/own && gcc -shared -fPIC -o lib/libown.so.1 -Wl,-soname,libown.so.1 own.c \\
 && gcc -o bin/app app.c -lpq lib/libown.so.1 && gcc -o deb/usr/bin/app app.c -lpq lib/libown.so.1 -Wl,-rpath,/opt/own && cp lib/libown.so.1 deb/opt/own/ \\
 && printf 'Package: own\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@example.com>\\nPre-Depends: libssl-dev | x\\nDepends: zlib1g-dev (>= 1), nobody-has-this | liblapack-dev, own-data | own\\nDescription: x\\n' > deb/DEBIAN/control
RUN mkdir -p /out/tar /out/zip /out/deb /out/not && tar -cf /out/tar/a.tar bin lib && tar -czf /out/tar/a bin lib \\
 && tar -cJf /out/tar/a.tar.xz bin lib && tar --zstd -cf /out/tar/a.tar.zst bin lib && zip -qr /out/zip/a.whl bin lib && zip -qr0 /out/zip/a bin lib \\
 && dpkg-deb -b deb /out/deb/own.deb && cd /out && tar -cjf not/a.tar.bz2 tar/a && head -c 2000 zip/a.whl > not/cut.whl && zip -q not/nested.zip zip/a.whl
FROM ${baseImage(release)} AS plain
COPY --from=builder /out/tar /archives/tar
COPY --from=builder /out/zip/* /archives/
FROM ${baseImage(release)} AS debs
COPY --from=builder /out/deb/own.deb /tmp/
RUN dpkg -i /tmp/own.deb
FROM ${baseImage(release)} AS unread
COPY --from=builder /out/not /archives
FROM ${baseImage(release)} AS mounted
RUN --mount=type=bind,from=builder,source=/out/tar,target=/mnt tar -C /usr/local -xf /mnt/a.tar
CMD ["app"]
`;

describe.each(RELEASES)("on %s, archives", (release) => {
  it("are opened, their programs and libraries found by each other", async () => {
    const folder = await folderOf({ Dockerfile: variants(release) });
    const analysis = await analysisOf([folder, "--runtime", "plain"]);
    expect(analysis).toMatchObject({ exitCode: 0, complete: true, install: ["libpq5"], missing: [], copy: [] });
    const members = ["bin/app", "lib/libown.so.1"];
    const names = ["tar/a", "tar/a.tar", "tar/a.tar.xz", "tar/a.tar.zst", "zip/a.whl", "zip/a.zip"];
    expect(analysis.artifacts.map(({ path }) => path)).toEqual(
      names.flatMap((name) => members.map((member) => `/out/${name}!/${member}`)),
    );
    expect(analysis.artifacts.at(-1)?.destinations).toEqual(["/archives/a.zip!/lib/libown.so.1"]);
    const statuses = analysis.artifacts.flatMap(({ libraries }) =>
      libraries.map((one) => `${one.soname} ${one.status}`),
    );
    expect(new Set(statuses)).toEqual(new Set(["libc.so.6 base", "libown.so.1 artifact", "libpq.so.5 package"]));
  });

  it("of Debian have their dependencies, and their files where dpkg puts them", async () => {
    const folder = await folderOf({ Dockerfile: variants(release) });
    const analysis = await analysisOf([folder, "--runtime", "debs"]);
    expect(analysis).toMatchObject({ exitCode: 0, complete: true, missing: [], copy: [] });
    expect(analysis.install).toEqual(["liblapack-dev", "libpq5", "libssl-dev", "zlib1g-dev"]);
    expect(reasonsOf(analysis)).toContain("zlib1g-dev depends /out/deb/own.deb");
    const app = analysis.artifacts.find(({ path }) => path.endsWith("!/usr/bin/app"));
    expect(app?.libraries.find(({ soname }) => soname === "libown.so.1")).toMatchObject({
      status: "artifact",
      runtimePath: "/opt/own/libown.so.1",
    });
  });

  it("that are not read are named, and nothing is called unneeded", async () => {
    const folder = await folderOf({ Dockerfile: variants(release) });
    const analysis = await analysisOf([folder, "--runtime", "unread"]);
    expect(analysis).toMatchObject({ exitCode: 2, complete: false, install: [], missing: [] });
    expect(notesOf(analysis, "archive-not-read").map(({ path }) => path)).toEqual([
      "/out/not/a.tar.bz2",
      "/out/not/cut.whl",
    ]);
    expect(notesOf(analysis, "archives-in-archive")).toEqual([
      { code: "archives-in-archive", path: "/out/not/nested.zip", first: "/out/not/nested.zip!/zip/a.whl", count: 1 },
    ]);
    const { stdout } = await msbDeps([folder, "--runtime", "unread", "-q"]);
    expect(stdout).not.toContain("No package is needed");
    const { proof, code } = await proofOf(folder, "--runtime", "unread");
    expect([code, proof.sufficient, proof.unproved.map(({ reason }) => reason)]).toEqual([
      ...[2, null],
      ["archive", "archive", "archive"],
    ]);
  });

  it("that are only mounted count like those that are copied", async () => {
    const folder = await folderOf({ Dockerfile: variants(release) });
    const analysis = await analysisOf([folder]);
    expect(analysis).toMatchObject({ exitCode: 0, complete: true, install: ["libpq5"] });
    const { proof, code } = await proofOf(folder);
    expect([code, proof.sufficient, [...new Set(proof.unproved.map(({ reason }) => reason))]]).toEqual([
      2,
      null,
      ["archive", "command"],
    ]);
  });
});
