import { describe, expect, it } from "vitest";
import type { Analysis, Note } from "../../src/analysis/model.ts";
import type { Proof } from "../../src/proof/model.ts";
import { analysisOf, baseImage, folderOf, msbDeps, toolsStage } from "./support.ts";

const given = (name: string): string => `test/fixtures/cases/${name}/Dockerfile`;
const notesOf = (analysis: Analysis, ...codes: Note["code"][]): Note[] =>
  analysis.notes.filter(({ code }) => codes.includes(code));

describe("the given case upx-packed", () => {
  it("is not called complete, and nothing is proved of it", async () => {
    const analysis = await analysisOf([given("upx-packed")]);
    expect(analysis).toMatchObject({
      ...{ exitCode: 2, complete: false, install: [], missing: [], copy: [], unreadable: [] },
      artifacts: [{ path: "/usr/local/bin/app", kind: "packed", needed: [], libraries: [] }],
    });
    expect(notesOf(analysis, "packed")).toEqual([
      { code: "packed", path: "/usr/local/bin/app", method: "upx", line: 4, unpacked: null },
    ]);
    const run = await msbDeps([given("upx-packed"), "-q"]);
    expect(run.stdout).toContain("inspect a build without the packing in line 4");
    expect(run.stdout).not.toContain("No package is needed");
    const verified = await msbDeps(["verify", given("upx-packed"), "-f", "json"]);
    const { proof } = JSON.parse(verified.stdout) as { readonly proof: Proof };
    expect(verified.code).toBe(2);
    expect(proof).toMatchObject({
      sufficient: null,
      unproved: [{ path: "/usr/local/bin/app", reason: "packed" }],
      unresolved: [],
    });
  });
});

const MODULES = "/app/node_modules";

describe("the given case node-musl", () => {
  it("takes no file of musl for one that lacks a library", async () => {
    const analysis = await analysisOf([given("node-musl")]);
    expect(analysis).toMatchObject({ complete: true, install: ["libvips42t64", "nodejs"], copy: [] });
    expect(analysis.missing.filter(({ kind }) => kind === "library")).toEqual([]);
    expect(notesOf(analysis, "musl", "foreign-architecture", "android")).toEqual([
      { code: "musl", path: `${MODULES}/@img/thing-linuxmusl-x64/thing.node` },
      { code: "musl", path: `${MODULES}/leveldown/prebuilds/linux-x64/node.napi.musl.node` },
    ]);
  });
});

/** Programs that hide others, and beside them some that only look a little like it. */
const VARIANTS = `${toolsStage("trixie")}
FROM tools AS builder
RUN apt-get update && apt-get install -y --no-install-recommends makeself upx-ucl && rm -rf /var/lib/apt/lists/*
WORKDIR /src
RUN printf '#include <zlib.h>\\nstatic char space[300000] = {1};\\nint main(int c, char **v) { return zlibVersion()[space[c] & 1] == 0; }\\n' > app.c \\
 && gcc -g -o app app.c -lz && gcc -static -o static app.c -lz && mkdir -p /out/bin /out/plain
RUN upx-ucl -q -o /out/bin/packed app && upx-ucl -q -o /out/bin/packed-static static \\
 && sed 's/UPX!/ABC!/g' /out/bin/packed > /out/bin/scrambled \\
 && mkdir inner && cp app inner && makeself --nox11 inner /out/bin/install.run "an app" ./app \\
 && tar -czf inner.tar.gz inner && cat app inner.tar.gz > /out/bin/with-archive \\
 && objcopy --add-section pydata=inner.tar.gz app /out/bin/one-file \\
 && { printf '#!/bin/sh\\nsed 1,2d "$0" | tar -xz && exec inner/app\\n'; cat inner.tar.gz; } > /out/bin/short.sh && chmod +x /out/bin/*
RUN cp app static /out/plain && strip -o /out/plain/stripped app && { cat app; head -c 2000 app.c; } > /out/plain/signed \\
 && printf '[{"soname":["libsqlite3.so.0"],"priority":"required"}]\\0\\0' > text && { printf '\\004\\0\\0\\0\\066\\0\\0\\0\\012\\014\\174\\100FDO\\0'; head -c 56 text; } > note \\
 && objcopy --add-section .note.dlopen=note app /out/plain/noted && chmod +x /out/plain/*
FROM ${baseImage("trixie")}
COPY --from=builder /out /opt
`;

// Debian 12 has no UPX.
describe("packed programs", () => {
  it("are told from those that linkers, strip, objcopy and signing tools make", async () => {
    const folder = await folderOf({ Dockerfile: VARIANTS });
    const analysis = await analysisOf([folder]);
    expect(analysis).toMatchObject({ exitCode: 2, complete: false, missing: [], unreadable: [] });
    const packed = notesOf(analysis, "packed").map((one) =>
      one.code === "packed" ? [one.path?.slice("/out/".length), one.method, one.line, one.unpacked] : [],
    );
    expect(packed).toEqual([
      ["bin/install.run", "makeself", 11, "inner"],
      ["bin/one-file", "payload", null, null],
      ["bin/packed", "upx", 9, "app"],
      ["bin/packed-static", "upx", 9, "static"],
      ["bin/scrambled", "stub", null, null],
      ["bin/short.sh", "payload", null, null],
      ["bin/with-archive", "payload", null, null],
    ]);
    const kinds = Object.fromEntries(analysis.artifacts.map(({ path, kind }) => [path.slice("/out/".length), kind]));
    expect(kinds).toMatchObject({ "bin/packed": "packed", "bin/scrambled": "packed", "bin/one-file": "executable" });
    expect(kinds).toMatchObject({ "plain/static": "static", "plain/signed": "executable" });
    // The loader's part of a packed program counts, and a note that no program header covers.
    const reasons = analysis.packages.flatMap(({ name, reasons: why }) =>
      why.map(({ kind, artifact }) => `${name} ${kind} ${artifact}`),
    );
    expect(reasons).toContain("libsqlite3-0 dlopen /out/plain/noted");
    expect(reasons).toContain("zlib1g needed /out/bin/with-archive");
  });
});
