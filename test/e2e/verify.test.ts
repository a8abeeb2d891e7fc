import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Analysis } from "../../src/analysis/model.ts";
import type { Proof } from "../../src/proof/model.ts";
import { breaches } from "./contract.ts";
import { HELLO, POSTFIX, withInstruction } from "./scenarios.ts";
import { baseImage, docker, folderOf, msbDeps, toolsStage } from "./support.ts";

type Verified = Analysis & { readonly proof: Proof; readonly exitCode: number | null };

const TRIXIE = baseImage("trixie");
const ON_TRIXIE = ["--build-arg", `BASE_IMAGE=${TRIXIE}`];

/** What `verify -f json` says; fails with the command's own words where that is nothing. */
async function verify(...args: string[]): Promise<Verified> {
  const { stdout, stderr, code } = await msbDeps(["verify", ...args, "-f", "json", "--progress", "plain"]);
  if (stdout === "") throw new Error(`no result (exit ${code}):\n${stderr}`);
  const document = JSON.parse(stdout) as Verified;
  expect(breaches(document, "verify")).toEqual([]);
  return { ...document, exitCode: code };
}

const verdicts = ({ proof }: Verified) => proof.members.map((one) => [one.package, one.verdict, one.how]);

describe("the line", () => {
  it("is proved sufficient and irreducible by the image's own loader", async () => {
    const said = await verify(HELLO.dockerfile, "--artifacts", "/out", ...ON_TRIXIE, "--irreducible");
    expect(said.exitCode).toBe(0);
    expect(said.proof).toMatchObject({
      ...{ mode: "line", sufficient: true, irreducible: true, line: HELLO.install.trixie },
      asked: { loader: 1, rules: 0, interpreters: 1 },
      ...{ unresolved: [], differs: [], unproved: [], removable: [], notProvable: [] },
    });
    // Only what is in the base can be named beside it: an upgrade, where the archive has a newer version by now.
    const inBase = await docker("run", "--rm", "--network", "none", TRIXIE, "dpkg-query", "-W");
    const names = new Set(inBase.stdout.split("\n").map((line) => line.split(/[:\t]/)[0]));
    expect(names).toContain("libc6");
    expect(said.proof.named?.packages.filter((name) => !names.has(name))).toEqual([]);
    expect(verdicts(said)).toEqual([["libarchive13t64", "needed", "purged"]]);
    expect(said.proof.members[0]?.example).toMatchObject({ path: "/usr/local/bin/hello", name: "libarchive.so.13" });
    const base = JSON.parse((await docker("image", "inspect", TRIXIE)).stdout) as { Size: number }[];
    expect(said.proof.baseBytes).toBe(base[0]?.Size);
    expect(said.proof.imageBytes).toBeGreaterThan(said.proof.baseBytes ?? Number.POSITIVE_INFINITY);
  });

  it("for FROM scratch is proved by our rules, and says so", async () => {
    const text = `FROM ${TRIXIE} AS builder\nRUN mkdir -p /out/bin && cp /bin/ls /out/bin/app\nFROM scratch\nCOPY --from=builder /out/ /\n`;
    const folder = await folderOf({ Dockerfile: text });
    const said = await verify(folder);
    expect(said).toMatchObject({ exitCode: 0, proof: { sufficient: true, asked: { loader: 0, rules: 1 } } });
    expect(said.proof.copied.map(({ source }) => source)).toContain("/lib64/ld-linux-x86-64.so.2");
    const { stdout } = await msbDeps(["verify", folder, "-q"]);
    expect(stdout).toMatch(/^sufficient {2}by rules /m);
  });
});

describe("an image whose program is not there", () => {
  const withRuntime = (runtime: string) =>
    folderOf({
      Dockerfile: `FROM ${TRIXIE} AS builder\nRUN mkdir -p /out/bin && cp /bin/ls /out/bin/app\nFROM ${TRIXIE}\nCOPY --from=builder /out/ /usr/local/\n${runtime}\n`,
    });
  const lacking = (path: string, name: string) => [{ path, kind: "command", name, version: null }];
  it.each([
    ['ENTRYPOINT ["no-such-init", "--"]\nCMD ["app"]', lacking("ENTRYPOINT", "no-such-init"), []],
    ['ENTRYPOINT ["tini", "--"]\nCMD ["app"]', [], []],
    ['WORKDIR /srv\nCMD ["./start.sh"]', lacking("CMD", "./start.sh"), []],
    ['RUN touch /usr/local/bin/made\nCMD ["made"]', [], [{ path: "CMD", reason: "command" }]],
    ['ENTRYPOINT ["app"]', [], []],
    ["CMD app | cat", [], []],
  ])("%s", async (runtime, unresolved, unproved) => {
    const sufficient = unresolved.length > 0 ? false : unproved.length > 0 ? null : true;
    const said = await verify(await withRuntime(runtime));
    expect(said.proof).toMatchObject({ sufficient, unresolved, unproved });
    expect(said.exitCode).toBe(sufficient === true ? 0 : sufficient === false ? 1 : 2);
  });

  it("is refuted as it stands too, and the text says what is lacking", async () => {
    const folder = await withRuntime('CMD ["/opt/nothing", "-x"]');
    const { code, stdout } = await msbDeps(["verify", folder, "--current", "-q"]);
    expect(stdout).toMatch(/^sufficient {2}NO /m);
    expect(stdout).toContain("CMD: /opt/nothing not found, or not executable");
    expect(code).toBe(1);
  });
});

describe("the stage as it stands", () => {
  it("that lacks a package is refuted", async () => {
    const said = await verify(HELLO.dockerfile, "--artifacts", "/out", ...ON_TRIXIE, "--current");
    expect(said.exitCode).toBe(1);
    expect(said.proof).toMatchObject({ mode: "current", sufficient: false, irreducible: null, line: [] });
    expect(said.proof.unresolved).toMatchObject([
      { path: "/usr/local/bin/hello", kind: "library", name: "libarchive.so.13", by: "loader" },
    ]);
  });

  it("that has too much: what can go is told, each as it was shown, and nothing is left", async () => {
    const mark = randomUUID();
    const text = `${toolsStage("trixie")}FROM tools AS builder
RUN mkdir -p /out/bin && echo 'int omp_get_max_threads(void); int main(void) { return !omp_get_max_threads(); }' > a.c \\
 && gcc -o /out/bin/app a.c -fopenmp -Wl,--no-as-needed
FROM ${TRIXIE} AS base
LABEL msb-deps-test=${mark}
FROM base
RUN apt-get update && apt-get install -y --no-install-recommends libgomp1 zlib1g liblmdb0 netbase && rm -rf /var/lib/apt/lists/*
COPY --from=builder /out/bin/ /usr/local/bin/
`;
    const said = await verify(await folderOf({ Dockerfile: text }), "--current", "--irreducible");
    expect(said.exitCode).toBe(1);
    // Where the archive has a newer zlib1g than the base, naming it upgrades it, and only a build shows what that is for.
    const redundant = said.proof.members.find((one) => one.package === "zlib1g");
    expect(redundant).toMatchObject({
      verdict: "removable",
      how: redundant?.gone.length === 0 ? "simulated" : "built",
    });
    expect(verdicts(said)).toEqual([
      ["libgomp1", "needed", "purged"],
      ["zlib1g", "removable", redundant?.how],
      ["liblmdb0", "removable", "purged"],
      ["netbase", "not-provable", null],
    ]);
    expect(said.proof).toMatchObject({
      ...{ sufficient: true, irreducible: false, removable: ["liblmdb0", "zlib1g"], notProvable: ["netbase"] },
    });
    const left = (...what: string[]) => docker(...what, "--quiet", "--filter", `label=msb-deps-test=${mark}`);
    expect((await left("ps", "--all")).stdout + (await left("images")).stdout).toBe("");
  });

  it("the Postfix stage with the fixed list ends clean, and Postfix answers", async () => {
    const list = ["ca-certificates", ...POSTFIX.install.trixie];
    const instruction = `RUN apt-get update && apt-get install -y --no-install-recommends ${list.join(" ")} && rm -rf /var/lib/apt/lists/*\n`;
    const text = withInstruction(await readFile(POSTFIX.dockerfile, "utf8"), instruction);
    const folder = await folderOf({ Dockerfile: text });
    const greeting =
      "postfix start-fg & exec bash -c 'until exec 3<>/dev/tcp/127.0.0.1/25; do sleep 0.1; done 2>/dev/null; read -r line <&3; echo \"$line\"; [[ $line == 220* ]]'";
    const args = ["--current", "--irreducible", "--run", greeting, "--run-timeout", "60"];
    const said = await verify(join(folder, "Dockerfile"), "--artifacts", "/out", ...ON_TRIXIE, ...args);
    expect(said.exitCode).toBe(0);
    expect(said.proof).toMatchObject({
      ...{ sufficient: true, irreducible: true, notProvable: ["ca-certificates"], asked: { loader: 42 } },
      run: { outcome: "ended", exitCode: 0 },
    });
    expect(said.proof.run?.output).toContain("220 mail.example.com ESMTP Postfix");
    expect(
      verdicts(said)
        .filter(([, verdict]) => verdict === "needed")
        .map(([name]) => name),
    ).toEqual(POSTFIX.install.trixie);
  });
});

describe("--run", () => {
  /** Opens a library by a name that is not among its strings, and one that nobody has. */
  const OPENS = `#include <dlfcn.h>
#include <string.h>
int main(void) {
  char name[32] = "libgomp";
  void *there = dlopen(strcat(name, ".so.1"), RTLD_NOW);
  dlopen("libnowhere.so.9", RTLD_NOW);
  return there == 0;
}
`;
  const opening = async () =>
    folderOf({
      "app.c": OPENS,
      Dockerfile: `${toolsStage("trixie")}FROM tools AS builder
COPY app.c .
RUN mkdir -p /out/bin && gcc -o /out/bin/app app.c
FROM ${TRIXIE}
COPY --from=builder /out/bin/ /usr/local/bin/
USER 1000
`,
    });

  it("says that a user is missing because a RUN was left out", async () => {
    const text = `FROM ${TRIXIE} AS builder
RUN mkdir /out && cp /bin/true /out/app
FROM ${TRIXIE}
COPY --from=builder /out/ /usr/local/bin/
RUN useradd app
USER app
`;
    const folder = await folderOf({ Dockerfile: text });
    const failed = await msbDeps(["verify", folder, "--run", "app", "--progress", "quiet"]);
    expect([failed.code, failed.stdout]).toEqual([2, ""]);
    expect(failed.stderr).toContain(
      "the image has no user app. The image with the computed line is built without the RUN in line 5",
    );
    expect(failed.stderr).toContain("--current");
    expect(await verify(folder, "--run", "app", "--current")).toMatchObject({ exitCode: 0 });
  });

  it("sees a library that is looked for in vain, and adds its package", async () => {
    const folder = await opening();
    const first = await verify(folder, "--run", "app");
    expect(first).toMatchObject({ exitCode: 1, install: [], proof: { sufficient: true, run: { exitCode: 1 } } });
    const missing = { name: "libgomp.so.1", by: "app", package: "libgomp1" };
    expect(first.proof.run?.missing).toMatchObject([missing, { name: "libnowhere.so.9", package: null }]);
    const second = await verify(folder, "--run", "app", "--add-observed");
    expect(second).toMatchObject({
      ...{ exitCode: 0, install: ["libgomp1"] },
      proof: { sufficient: true, line: ["libgomp1"], run: { exitCode: 0, added: ["libgomp1"] } },
    });
    expect(second.packages.find(({ name }) => name === "libgomp1")?.reasons).toMatchObject([
      { artifact: "/out/bin/app", kind: "observed", chain: [{ soname: "libgomp.so.1" }] },
    ]);
    const opened = second.proof.run?.opened.find(({ path }) => path.endsWith("/libgomp.so.1"));
    expect(opened).toMatchObject({ by: "app", package: "libgomp1", brought: true });
  });

  it("runs as the image says, without network, until the limit; a failure is told with its words", async () => {
    const folder = await opening();
    const server = await msbDeps([
      "verify",
      folder,
      "--run",
      "id -u; ls /sys/class/net; pwd; exec sleep 600",
      "--run-timeout",
      "2",
      "-q",
    ]);
    expect(server.code, server.stderr).toBe(0);
    expect(server.stdout).toMatch(/still running after 2 s/);
    expect(server.stdout).toMatch(/\| 1000\n +\| lo\n +\| \/\n/);
    const failed = await msbDeps(["verify", folder, "--run", "echo this is why >&2; exit 7", "-q"]);
    expect(failed.code, failed.stderr).toBe(1);
    expect(failed.stdout).toMatch(/exit code 7;[^\n]*\n +\| this is why\n/);
  });
});

describe("what cannot be done", () => {
  it.each([
    [["--image", TRIXIE, "-a", "/bin/ls"], /--image cannot be used with verify/],
    [[HELLO.dockerfile, "--runtime", "none"], /--runtime none cannot be used/],
    [[HELLO.dockerfile, "--add-observed"], /--add-observed needs --run/],
    [
      [HELLO.dockerfile, "--add-observed", "--run", "x", "--current"],
      /--add-observed and --current cannot be combined/,
    ],
    [[HELLO.dockerfile, "--run", "x", "--run-timeout", "0"], /number of seconds/],
  ])("%j is refused in words", async (args, expected) => {
    const { code, stdout, stderr } = await msbDeps(["verify", ...args]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(expected);
  });

  it("an apt that reaches nothing is told as that", async () => {
    const text = `${toolsStage("trixie")}FROM tools AS builder
RUN mkdir -p /out/bin && echo 'int omp_get_max_threads(void); int main(void) { return !omp_get_max_threads(); }' > a.c \\
 && gcc -o /out/bin/app a.c -fopenmp -Wl,--no-as-needed
FROM ${TRIXIE} AS base
RUN rm -rf /etc/apt/sources.list* && echo 'deb http://127.0.0.1:1/debian trixie main' > /etc/apt/sources.list
FROM base
COPY --from=builder /out/ /usr/
`;
    const { code, stdout, stderr } = await msbDeps(["verify", await folderOf({ Dockerfile: text }), "-q"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: cannot build the runtime image with the line \(apt needs network/);
    expect(stderr).toContain("Unable to locate package libgomp1");
  });
});
