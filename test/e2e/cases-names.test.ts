import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { baseImage, docker, folderOf, msbDeps, toolsStage } from "./support.ts";

/** No engine can be reached: whoever asks one fails. */
const noEngine = { ...process.env, DOCKER_HOST: "unix:///nonexistent" };

interface Said {
  readonly code: string;
  readonly severity: string;
  readonly package: string | null;
  readonly message: string;
  readonly fix: string | null;
}

/** A runtime stage of trixie that installs packages and copies a folder. */
const runtime = (packages: string, folder: string, more = ""): string => `
FROM ${baseImage("trixie")}
RUN apt-get update && apt-get install -y --no-install-recommends ${packages} && rm -rf /var/lib/apt/lists/*
${more}COPY --from=builder ${folder} ${folder}
USER 1000
`;

const audited = async (path: string, ...args: string[]): Promise<{ code: number | null; findings: Said[] }> => {
  const run = await msbDeps(["audit", path, "-f", "json", "--progress", "quiet", "-q", ...args]);
  if (run.stdout === "") throw new Error(run.stderr);
  return { code: run.code, findings: JSON.parse(run.stdout).findings };
};

it("t64 packages that do not provide their old names are not called renamed", async () => {
  const names = "libaio1 libcdk5 libddsc0debian libvanessa-socket2 libssl3 libicu72";
  const text = `FROM ${baseImage("trixie")} AS builder\nRUN true\n${runtime(names, "/x")}`;
  const path = join(await folderOf({ Dockerfile: text }), "Dockerfile");
  const run = await msbDeps(["audit", "--no-build", path, "-f", "json", "-q"], { env: noEngine });
  expect(run.code, run.stderr).toBe(1);
  const findings: Said[] = JSON.parse(run.stdout).findings;
  const about = findings.filter(({ code }) => code === "unknown-package" || code === "renamed");
  expect(about.map(({ code, package: name, fix }) => [code, name, fix])).toEqual([
    ["unknown-package", "libaio1", "use libaio1t64"],
    ["unknown-package", "libcdk5", "use libcdk5t64"],
    ["unknown-package", "libddsc0debian", "use libddsc0t64"],
    ["unknown-package", "libvanessa-socket2", "use libvanessa-socket2t64"],
    ["renamed", "libssl3", "use libssl3t64, if you keep it"],
    ["unknown-package", "libicu72", "use libicu76"],
  ]);
  // apt itself, in one command: what it refuses, and what it takes instead.
  const apt = await docker(
    ...["run", "--rm", baseImage("trixie"), "sh", "-c"],
    `apt-get update -qq; apt-get install -s -o quiet=0 --no-install-recommends ${names} 2>&1`,
  );
  const refused = [...apt.stdout.matchAll(/^E: .*?(?:[Pp]ackage) '?([a-z0-9.+-]+)/gm)].map(([, name]) => name).sort();
  expect(refused).toEqual(about.flatMap(({ code, package: name }) => (code === "unknown-package" ? name : [])).sort());
  expect(apt.stdout).toContain("Note, selecting 'libssl3t64' instead of 'libssl3'");
});

describe("a program built where its library had another name", () => {
  // Stands in for Oracle Instant Client: its NEEDED is libaio.so.1, the soname before 64-bit time_t.
  const text = (packages: string, more = ""): string => `${toolsStage("trixie")}
FROM tools AS builder
RUN mkdir -p /opt/client /tmp/stub && cd /tmp/stub \\
 && echo 'int io_setup(int n, void *p) { return 0; }' > aio.c \\
 && gcc -shared -fPIC -Wl,-soname,libaio.so.1 -o libaio.so.1 aio.c \\
 && echo 'int io_setup(int, void *); int init(void) { return io_setup(1, 0) == 0; }' > oci.c \\
 && gcc -shared -fPIC -Wl,-soname,libclntsh.so.21.1 -o /opt/client/libclntsh.so.21.1 oci.c -Wl,--no-as-needed ./libaio.so.1 \\
 && echo '#include <stdio.h>' > sqlplus.c && echo 'int init(void); int main(void) { init(); puts("started"); }' >> sqlplus.c \\
 && gcc -o /opt/client/sqlplus sqlplus.c /opt/client/libclntsh.so.21.1 -Wl,--allow-shlib-undefined -Wl,-rpath,'$ORIGIN' \\
 && rm -rf /tmp/stub
RUN apt-get update && apt-get install -y --no-install-recommends libaio1t64
${runtime(packages, "/opt/client", more)}CMD ["/opt/client/sqlplus"]
`;

  it("is told the package and the link; the fix puts the new name in, and never takes it out", async () => {
    const path = join(await folderOf({ Dockerfile: text("libaio1") }), "Dockerfile");
    const { code, findings } = await audited(path);
    expect(code).toBe(1);
    expect(findings.filter(({ severity }) => severity !== "info")).toMatchObject([
      { code: "missing", message: expect.stringContaining("libaio.so.1"), severity: "error" },
      { code: "unknown-package", package: "libaio1", severity: "error", fix: "use libaio1t64" },
    ]);
    const saved = findings.find((one) => one.code === "missing");
    expect(JSON.stringify(saved)).toContain("libaio.so.1t64");
    const line = await msbDeps([path, "-f", "line"]);
    expect(line.stderr).toContain("libaio1t64 has it as libaio.so.1t64: install libaio1t64 and add a link");
    expect(line.code).toBe(1);

    await msbDeps(["audit", path, "--fix", "--fix-level", "info"]);
    expect(await readFile(path, "utf8")).toBe(text("libaio1t64"));
    const again = await audited(path);
    expect(again.findings.map((one) => one.code)).toEqual(["missing"]);
  });

  it("runs with the package and the link", async () => {
    const folder = await folderOf({
      Dockerfile: text("libaio1t64", "RUN ln -s libaio.so.1t64 /usr/lib/x86_64-linux-gnu/libaio.so.1\n"),
    });
    const tag = `msb-deps-test-aio-${process.pid}`;
    const built = await docker("build", "-q", "-t", tag, folder);
    try {
      expect(built.code, built.stderr).toBe(0);
      expect(await docker("run", "--rm", tag)).toMatchObject({ code: 0, stdout: "started\n" });
    } finally {
      await docker("rmi", "-f", tag);
    }
  });
});

it("a program linked on an older release is told which releases have its libraries, and what is there today", async () => {
  // Stands in for an engine that npm downloads.
  const text = `${toolsStage("trixie")}
FROM tools AS builder
RUN mkdir -p /app && cd /tmp && for l in ssl:1.1 tinfo:5 ffi:7 jpeg:8; do n=\${l%%:*}; v=\${l#*:}; \\
      echo "int use_$n(void) { return 0; }" > $n.c && gcc -shared -fPIC -Wl,-soname,lib$n.so.$v -o lib$n.so.$v $n.c || exit 1; done \\
 && echo 'int main(void) { return 0; }' > m.c \\
 && gcc -o /app/engine m.c -Wl,--no-as-needed ./libssl.so.1.1 ./libtinfo.so.5 ./libffi.so.7 ./libjpeg.so.8
${runtime("openssl libtinfo6 libffi8", "/app")}CMD ["/app/engine"]
`;
  const path = join(await folderOf({ Dockerfile: text }), "Dockerfile");
  const run = await msbDeps([path, "-f", "line", "--progress", "quiet"]);
  expect(run.code).toBe(1);
  const told = (soname: string): string => run.stderr.split("\n").find((one) => one.includes(soname)) ?? "";
  expect(told("libssl.so.1.1")).toContain("debian 13 has libssl.so.3 (libssl3t64)");
  expect(told("libssl.so.1.1")).toContain("libssl1.1 of debian 11, ubuntu 20.04");
  expect(told("libssl.so.1.1")).toContain("use a build of the program for debian 13, or a base that has the library");
  expect(told("libtinfo.so.5")).toContain("libtinfo5 of debian 11, debian 12, ubuntu 20.04, ubuntu 22.04");
  expect(told("libffi.so.7")).toContain("debian 13 has libffi.so.8 (libffi8)");
  expect(told("libjpeg.so.8")).toContain("libjpeg-turbo8 of ubuntu 20.04");

  const { findings } = await audited(path);
  const missing = findings
    .filter(({ code }) => code === "missing")
    .map(({ message }) => /lib\w+\.so[.\d]+/.exec(message)?.[0]);
  expect(missing.sort()).toEqual(["libffi.so.7", "libjpeg.so.8", "libssl.so.1.1", "libtinfo.so.5"]);
  expect(findings.filter(({ code, package: name }) => code === "unused" && name !== "openssl")).toEqual([]);
  await msbDeps(["audit", path, "--fix", "--fix-level", "info"]);
  expect(await readFile(path, "utf8")).toBe(text);
});

it("a name that apt refuses and nothing needs goes from the list, and the fixed file builds", async () => {
  const text = (packages: string): string => `${toolsStage("trixie")}
FROM tools AS builder
RUN mkdir -p /out && echo 'const char *PQlibVersion(void); int main(void) { return PQlibVersion() == 0; }' > /tmp/a.c \\
 && gcc -o /out/app /tmp/a.c -lpq
${runtime(packages, "/out")}CMD ["/out/app"]
`;
  const folder = await folderOf({ Dockerfile: text("libpcre3 libpq5") });
  const path = join(folder, "Dockerfile");
  const fixed = await msbDeps(["audit", path, "--fix"]);
  expect(fixed.stderr).toContain("removed libpcre3 (unknown-package)");
  expect(await readFile(path, "utf8")).toBe(text("libpq5"));
  const built = await docker("build", "-q", folder);
  expect(built.code, built.stderr).toBe(0);
  const ran = await docker("run", "--rm", built.stdout.trim());
  await docker("rmi", "-f", built.stdout.trim());
  expect(ran.code, ran.stderr).toBe(0);
});
