import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Analysis } from "../../src/analysis/model.ts";
import { FINDING_CODES } from "../../src/audit/finding.ts";
import { breaches } from "./contract.ts";
import { POSTFIX } from "./scenarios.ts";
import { baseImage, docker, folderOf, msbDeps, toolsStage } from "./support.ts";

/** No engine can be reached: whoever asks one fails. */
const noEngine = { ...process.env, DOCKER_HOST: "unix:///nonexistent" };

interface Said {
  readonly code: string;
  readonly severity: string;
  readonly confidence: string;
  readonly line: number;
  readonly package: string | null;
}

/** The line of the first text that holds a word. */
const lineOf = (text: string, word: string): number => text.slice(0, text.indexOf(word)).split("\n").length;

describe("the classic Postfix stage on trixie", () => {
  const args = [POSTFIX.dockerfile, "--artifacts", "/out", "--build-arg", `BASE_IMAGE=${baseImage("trixie")}`];

  it("lacks libicu76, repeats four, and keeps its companion; the same from what was saved, without an engine", async () => {
    const saved = join(await folderOf({}), "saved");
    const run = await msbDeps(["audit", ...args, "-f", "json", "-q", "--save-snapshot", saved]);
    expect(run.code, run.stderr).toBe(1);
    const document = JSON.parse(run.stdout);
    expect(breaches(document, "audit")).toEqual([]);
    const text = await readFile(POSTFIX.dockerfile, "utf8");
    const stage = text.lastIndexOf("\nFROM ");
    const above = text.slice(0, stage + 1).split("\n").length - 1;
    const at = (word: string): number => above + lineOf(text.slice(stage + 1), word);
    expect(
      document.findings.map((one: Said) => [one.line, one.code, one.severity, one.confidence, one.package]),
    ).toEqual([
      [at("FROM"), "root-user", "info", "proved", null],
      [at("RUN apt-get"), "missing", "error", "proved", "libicu76"],
      [at("zlib1g"), "redundant", "info", "proved", "zlib1g"],
      [at("libpcre2-8-0"), "redundant", "info", "proved", "libpcre2-8-0"],
      [at("libssl3"), "renamed", "info", "proved", "libssl3"],
      [at("libssl3"), "redundant", "info", "proved", "libssl3"],
    ]);
    const replayed = await msbDeps(["audit", "--snapshot", saved, "-f", "json", "-q"], { env: noEngine });
    const again = JSON.parse(replayed.stdout);
    for (const one of again.findings) one.file = POSTFIX.dockerfile;
    expect(again).toEqual(document);
  });
});

/** Every fault once; nothing is built of the spare stage, and its tag is all that is wrong with it. */
const FAULTY = `${toolsStage("trixie")}
FROM debian:stable AS spare

FROM tools AS builder
ENV GH_TOKEN=ghp_0123456789abcdef0123456789abcdef0123
RUN mkdir -p /out /opt/odd && cd /tmp \\
 && echo 'int own(void) { return 1; }' > own.c && gcc -shared -fPIC -Wl,-soname,libown.so.1 -o /usr/local/lib/libown.so.1 own.c \\
 && echo 'int odd(void) { return 1; }' > odd.c && gcc -shared -fPIC -Wl,-soname,libodd.so.1 -o /opt/odd/libodd.so.1 odd.c \\
 && ldconfig \\
 && echo '#define _GNU_SOURCE' > app.c && echo '#include <stdlib.h>' >> app.c \\
 && echo 'int own(void); int odd(void); int sqlite3_libversion_number(void);' >> app.c \\
 && echo 'int main(int c, char **v) { return own() + odd() + sqlite3_libversion_number() + (int)strtol(v[c - 1], 0, 10); }' >> app.c \\
 && gcc -o /out/app app.c /usr/local/lib/libown.so.1 /opt/odd/libodd.so.1 -lsqlite3

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y liblmdb0 libicu76 netbase gcc libz1
COPY --from=builder /out/app /usr/bin/app
COPY --from=builder /opt/odd/libodd.so.1 /opt/odd/
CMD ["app", "1"]
`;

describe("a stage with every fault", () => {
  it("gives every code once, at its line", async () => {
    const folder = await folderOf({ Dockerfile: FAULTY });
    const run = await msbDeps(["audit", folder, "-f", "json", "--progress", "plain"]);
    expect(run.code, run.stderr).toBe(1);
    const { findings } = JSON.parse(run.stdout) as { findings: Said[] };
    const at = (word: string): number => lineOf(FAULTY, word);
    const run1 = at("liblmdb0");
    const said = findings.map(({ line, code, package: name }) => [line, code, name ?? ""].join(" ").trim());
    const expected = [
      `${at("FROM debian:stable")} unpinned-base`,
      `${at("ENV GH_TOKEN")} secret-in-build`,
      `${at("FROM debian:bookworm-slim")} skew`,
      `${at("FROM debian:bookworm-slim")} base-differs`,
      `${at("FROM debian:bookworm-slim")} root-user`,
      `${run1} lists-left`,
      `${run1} recommends`,
      `${run1} missing libsqlite3-0`,
      `${run1} unused liblmdb0`,
      `${run1} unknown-package libicu76`,
      `${run1} no-evidence netbase`,
      `${run1} dev-package gcc`,
      `${run1} redundant libz1`,
      `${run1} renamed libz1`,
      `${at("COPY --from=builder /opt/odd")} not-copied`,
      `${at("COPY --from=builder /opt/odd")} wrong-place`,
    ];
    expect(said.sort()).toEqual(expected.sort());
    // It is judged only without a build.
    const codes = FINDING_CODES.filter((code) => code !== "likely-missing");
    expect(findings.map(({ code }) => code).sort()).toEqual(codes.sort());
  });
});

const SCRIPTED = `FROM ${baseImage("trixie")} AS builder
RUN mkdir -p /out/usr/local/bin && cp /bin/true /out/usr/local/bin/app \\
 && printf '#!/bin/sh\\nset -eu\\nuntil redis-cli ping; do sleep 1; done\\nexec app "$@"\\n' > /out/usr/local/bin/wait-for-redis

FROM ${baseImage("trixie")}
RUN apt-get update && apt-get install -y --no-install-recommends gosu jq redis-tools socat tcpdump && rm -rf /var/lib/apt/lists/*
COPY docker-entrypoint.sh /usr/local/bin/
COPY --from=builder /out /
USER nobody
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["app"]
`;
const ENTRYPOINT = `#!/bin/sh
set -e
if [ "$(id -u)" = 0 ]; then exec gosu nobody "$0" "$@"; fi
if command -v jq >/dev/null; then jq . /etc/app.json; fi
echo 'tcpdump -i any' > /tmp/job
exec wait-for-redis "$@"
`;

describe("commands that scripts call", () => {
  it("are used, be the script in the context or among the artifacts; the same when replayed", async () => {
    const folder = await folderOf({ Dockerfile: SCRIPTED, "docker-entrypoint.sh": ENTRYPOINT });
    const saved = join(folder, "saved");
    const run = await msbDeps(["audit", folder, "-f", "json", "--save-snapshot", saved]);
    const { dropped, findings, packages } = JSON.parse(run.stdout) as Analysis & { readonly findings: Said[] };
    expect(findings.map((one: Said) => [one.code, one.confidence, one.package])).toEqual([
      ["unused", "heuristic", "socat"],
      ["no-evidence", "heuristic", "tcpdump"],
    ]);
    const called = packages.flatMap(({ name, reasons: [reason] }) =>
      reason?.kind === "command" ? [[name, reason.artifact]] : [],
    );
    expect(called).toEqual([
      ["gosu", "docker-entrypoint.sh:3"],
      ["jq", "docker-entrypoint.sh:4"],
      ["redis-tools", "/out/usr/local/bin/wait-for-redis:3"],
    ]);
    expect(dropped.map((one) => [one.package, one.calledBy])).toEqual([
      ["socat", null],
      ["tcpdump", null],
    ]);
    const replayed = await msbDeps(["audit", "--snapshot", saved, "-f", "json", "-q"], { env: noEngine });
    expect(JSON.parse(replayed.stdout)).toMatchObject({ dropped, packages });
    const why = await msbDeps(["why", "--from", saved, "redis-tools"], { env: noEngine });
    expect(why.stdout).toMatch(/^\/out\/usr\/local\/bin\/wait-for-redis:3\n└── redis-cli \[called\] · redis-tools/m);
  });
});

const NAMES = `FROM ${baseImage("trixie")} AS builder
RUN mkdir -p /out/usr/bin && cp /bin/bash /out/usr/bin/app

FROM ${baseImage("trixie")}
RUN apt-get update && apt-get install -y --no-install-recommends curll curl mail-transport-agent && rm -rf /var/lib/apt/lists/*
COPY --from=builder /out /
`;

describe("names that only apt knows", () => {
  it("are judged with --online, by its word, and by what was saved of it", async () => {
    const folder = await folderOf({ Dockerfile: NAMES });
    const saved = join(folder, "saved");
    const run = await msbDeps(["audit", folder, "-f", "json", "-q", "--online", "--save-snapshot", saved]);
    const unknown = (stdout: string) =>
      JSON.parse(stdout).findings.flatMap((one: Said) =>
        one.code === "unknown-package" ? [[one.package, one.confidence]] : [],
      );
    expect(unknown(run.stdout)).toEqual([
      ["curll", "proved"],
      ["mail-transport-agent", "proved"],
    ]);
    const replayed = await msbDeps(["audit", "--snapshot", saved, "-f", "json", "-q"], { env: noEngine });
    expect(unknown(replayed.stdout)).toEqual(unknown(run.stdout));
  });
});

const BUILT = `FROM ${baseImage("trixie")}
RUN apt-get update && apt-get install -y --no-install-recommends libcurl4t64 libgd3 \\
 && apt-get download curl && dpkg-deb -x curl_*.deb /x && mv /x/usr/bin/curl /opt/fetch && rm -r /x curl_*.deb
ENV ACCESS_TOKEN=ghp_aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3xY5
USER nobody
CMD ["/opt/fetch"]
`;

/** Without what may differ between the engine's image and an archive of it: its name, and who was asked. */
function withoutSource(document: {
  readonly builders: readonly object[];
  readonly notes: readonly { readonly code: string }[];
  readonly findings: readonly object[];
}): unknown {
  return {
    ...document,
    builders: document.builders.map((builder) => ({ ...builder, base: "", origin: "" })),
    notes: document.notes.filter(({ code }) => code !== "loader-not-run"),
    findings: document.findings.map((finding) => ({ ...finding, file: "" })),
  };
}

describe("an image that is built already", () => {
  it("is audited without its Dockerfile: packages in place of lines, and what they cost; the same when replayed", async () => {
    const folder = await folderOf({ Dockerfile: BUILT });
    const tag = `msb-deps-test/built:${process.pid}`;
    onTestFinished(() => docker("image", "rm", "-f", tag).then(() => undefined));
    expect((await docker("build", "-q", "-t", tag, folder)).code).toBe(0);
    const saved = join(folder, "saved");
    const run = await msbDeps(["audit", "--image", tag, "-f", "json", "-q", "--save-snapshot", saved]);
    expect(run.code, run.stderr).toBe(1);
    const document = JSON.parse(run.stdout);
    expect(breaches(document, "audit")).toEqual([]);
    expect(document.install).toEqual(["libcurl4t64"]);
    expect(document.findings).toMatchObject([
      { code: "lists-left", package: null, line: null },
      { code: "unused", package: "libgd3", severity: "warning", file: tag },
      { code: "secret-in-build", package: null },
    ]);
    expect(document.findings[1].cost.bytes).toBeGreaterThan(1_000_000);
    expect(document.findings[1].cost.orphans).toContain("libaom3");
    const replayed = await msbDeps(["audit", "--snapshot", saved, "-f", "json", "-q"], { env: noEngine });
    expect(replayed.stdout).toBe(run.stdout);

    const archive = join(folder, "built.tar");
    expect((await docker("save", tag, "-o", archive)).code).toBe(0);
    const kept = join(folder, "kept");
    const byArchive = ["audit", "--oci", archive, "-f", "json", "-q", "--save-snapshot", kept];
    const ofArchive = await msbDeps(byArchive, { env: noEngine });
    expect(ofArchive.code, ofArchive.stderr).toBe(1);
    const other = JSON.parse(ofArchive.stdout);
    expect(other.builders).toMatchObject([{ origin: "oci", base: archive }]);
    expect(withoutSource(other)).toEqual(withoutSource(document));
    const keptRun = await msbDeps(["audit", "--snapshot", kept, "-f", "json", "-q"], { env: noEngine });
    expect(keptRun.stdout).toBe(ofArchive.stdout);
  });

  it("refuses what speaks of a Dockerfile", async () => {
    const run = await msbDeps(["audit", "--image", baseImage("trixie"), "--no-build", "--target", "x"], {
      env: noEngine,
    });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toMatch(/--no-build, --target cannot be used to audit a whole image\. /);
  });

  it.each([
    [["--oci", "/x.tar", "--no-build"], "--no-build cannot be used to audit a whole image. "],
    [["--oci", "/x.tar", "--image", "x"], "--image and --oci cannot be combined"],
    [["--rootfs", "/", "-a", "/out"], "--artifacts cannot be used to audit a whole image. "],
    [["--oci", "/x.tar", "--fix"], "no Dockerfile given to fix"],
    [["--oci", "/x.tar"], "no such file or directory"],
    [["--rootfs", "/usr/share/doc/bash"], "has no dpkg database"],
  ])("refuses %j without a Dockerfile", async (args, message) => {
    const run = await msbDeps(["audit", ...args], { env: noEngine });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
  });
});

describe("--no-build", () => {
  it("asks no engine, reads standard input, and obeys the threshold", async () => {
    const run = (...more: string[]) => msbDeps(["audit", "--no-build", ...more, "-"], { stdin: FAULTY, env: noEngine });
    const [usual, errors, none] = await Promise.all([
      run(),
      run("--failure-threshold", "error"),
      run("--failure-threshold", "none"),
    ]);
    expect(usual.stdout).toMatch(/^-:\d+ dev-package warning gcc /m);
    expect(usual.stdout).toMatch(/^-:\d+ unknown-package error libicu76 /m);
    expect([usual.code, errors.code, none.code]).toEqual([1, 1, 0]);
    expect(none.stdout).toBe(usual.stdout);
  });

  it("a Dockerfile that cannot be read is exit 2", async () => {
    const run = await msbDeps(["audit", "--no-build", "-"], { stdin: "FRM x\n", env: noEngine });
    expect(run).toMatchObject({ code: 2, stdout: "" });
  });

  it("does not ignore what would have to be looked at", async () => {
    const args = ["audit", "--no-build", "--oci", "x.tar", "--runtime-rootfs", "/", "-"];
    const run = await msbDeps(args, { stdin: FAULTY, env: noEngine });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("--no-build and --oci, --runtime-rootfs cannot be combined.");
  });
});

describe("what has nothing to inspect", () => {
  it("a clean base image has no findings", async () => {
    const run = await msbDeps(["audit", "--image", baseImage("trixie"), "--progress", "quiet"]);
    expect([run.code, run.stdout]).toEqual([0, ""]);
    expect(run.stderr).toContain("no findings\n");
  });

  it("the list is judged if the artifacts are neither ELF files nor scripts", async () => {
    const text = `FROM ${baseImage("trixie")} AS builder
RUN mkdir /out && echo 1 > /out/data
FROM ${baseImage("trixie")}
RUN apt-get update && apt-get install -y --no-install-recommends libicu72 libxml2 && rm -rf /var/lib/apt/lists/*
USER 1000
COPY --from=builder /out /srv
`;
    const run = await msbDeps(["audit", await folderOf({ Dockerfile: text }), "-f", "json", "--progress", "quiet"]);
    const document = JSON.parse(run.stdout);
    expect(run.code).toBe(1);
    expect(document.findings.map(({ code, package: name }: Said) => `${code} ${name}`)).toEqual([
      "unknown-package libicu72",
    ]);
    const open = document.judged.filter(({ status }: { status: string }) => status !== "judged");
    expect(open.map(({ rule }: { rule: string }) => rule)).toEqual(["unused", "no-evidence"]);
  });

  it("a script that CMD starts is enough, with or without a #! line", async () => {
    const text = `FROM ${baseImage("trixie")} AS builder
RUN mkdir /out && echo 'print(1)' > /out/main.py
FROM ${baseImage("trixie")}
RUN apt-get update && apt-get install -y --no-install-recommends python3 && rm -rf /var/lib/apt/lists/*
USER 1000
WORKDIR /srv
COPY --from=builder /out .
CMD ["python3", "main.py"]
`;
    const run = await msbDeps(["audit", await folderOf({ Dockerfile: text }), "-f", "json", "--progress", "quiet"]);
    const { artifacts, findings } = JSON.parse(run.stdout);
    expect(artifacts.map(({ path, kind }: { path: string; kind: string }) => [path, kind])).toEqual([
      ["/out/main.py", "script"],
    ]);
    expect(findings.filter(({ severity }: Said) => severity !== "info")).toEqual([]);
  });
});
