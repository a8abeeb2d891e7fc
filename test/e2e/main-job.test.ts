import { spawn } from "node:child_process";
import { open, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Analysis } from "../../src/analysis/model.ts";
import type { Engine } from "../../src/engine/engine.ts";
import { breaches } from "./contract.ts";
import { buildExample, CASES, HELLO, openEngine, withInstruction } from "./scenarios.ts";
import { analysisOf, baseImage, CLI, docker, folderOf, msbDeps, RELEASES } from "./support.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine?.close());

const TRIXIE = baseImage("trixie");
const hello = ["examples/hello/Dockerfile", "--artifacts", "/out", "--build-arg", `BASE_IMAGE=${TRIXIE}`];
/** No engine can be reached: whoever asks one fails. */
const noEngine = { ...process.env, DOCKER_HOST: "unix:///nonexistent" };

/** The three formats that are text, from the names of the packages alone. */
function expected(names: readonly string[], comments: string): Readonly<Record<"list" | "line" | "text", string>> {
  const install = "apt-get update && apt-get install -y --no-install-recommends";
  return {
    list: names.map((name) => `${name}\n`).join(""),
    line: `${install} ${names.join(" ")} && rm -rf /var/lib/apt/lists/*\n`,
    text: [`${comments}RUN ${install} \\\n`, ...names.map((name) => `    ${name} \\\n`), END].join(""),
  };
}
const END = " && rm -rf /var/lib/apt/lists/*\n";

describe.each(CASES)("$name on $release", ({ example, release, args }) => {
  const names = example.install[release];
  const texts = expected(names, example.comments);

  it("text: exactly this, alone on standard output", async () => {
    const run = await msbDeps([...args, "--progress", "plain"]);
    expect({ code: run.code, stdout: run.stdout }, run.stderr).toEqual({ code: 0, stdout: texts.text });
    // Standard error has the rest: the build's steps and the summary.
    expect(run.stderr).toMatch(/^#\d+ \[internal\] load build definition from .*Dockerfile$/m);
    expect(run.stderr).toMatch(/^stage builder, linux\/\w+, debian \d+ \(\w+\)$/m);
  });

  it("-f json: by the contract, the same when run again, and in every format from what was saved, without an engine", async () => {
    const folder = await folderOf({});
    const [one, two] = [join(folder, "one"), join(folder, "two")];
    const run = (saved: string) => msbDeps([...args, "-f", "json", "-q", "--save-snapshot", saved]);
    const [first, second] = await Promise.all([run(one), run(two)]);
    expect(first).toEqual({ code: 0, stdout: expect.stringMatching(/^\{\n/), stderr: "" });
    expect(second.stdout).toBe(first.stdout);
    expect((await readFile(two)).equals(await readFile(one))).toBe(true);

    const document: unknown = JSON.parse(first.stdout);
    expect(breaches(document)).toEqual([]);
    const { install, runtime, builders, missing, copy, complete } = document as Analysis;
    expect({ install, missing, copy, complete }).toEqual({ install: names, missing: [], copy: [], complete: true });
    expect(builders).toMatchObject([{ stage: "builder", base: baseImage(release) }]);
    expect(runtime).toMatchObject({ stage: "runtime", base: baseImage(release), source: "image" });

    for (const [format, stdout] of [...Object.entries(texts), ["json", first.stdout] as const]) {
      const replayed = await msbDeps(["--snapshot", one, "-f", format, "-q"], { env: noEngine });
      expect(replayed).toEqual({ code: 0, stdout, stderr: "" });
    }
  });
});

describe("where the result goes", () => {
  it.each(RELEASES)(
    "> FILE, its text in the runtime stage: the image builds and the program runs (%s)",
    async (release) => {
      const folder = await folderOf({});
      const file = await open(join(folder, "line"), "w");
      const args = [CLI, HELLO.dockerfile, "-a", "/out", "--build-arg", `BASE_IMAGE=${baseImage(release)}`];
      const child = spawn(process.execPath, args, { stdio: ["ignore", file.fd, "ignore"] });
      expect(await new Promise((done) => child.on("close", done))).toBe(0);
      await file.close();
      const dockerfile = withInstruction(
        await readFile(HELLO.dockerfile, "utf8"),
        await readFile(join(folder, "line"), "utf8"),
      );
      const image = await buildExample(engine, HELLO, dockerfile, release);
      try {
        const said = await docker("run", "--rm", "--network", "none", image.reference);
        expect(said, said.stderr).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/^hello: \d+ bytes of .tar.gz/),
        });
      } finally {
        await image.release();
      }
    },
  );

  it("-o FILE: the same bytes, and nothing on standard output", async () => {
    const folder = await folderOf({ line: "what was there before, and longer than the result\n".repeat(20) });
    const path = join(folder, "line");
    const run = await msbDeps([...hello, "-o", path]);
    expect(run, run.stderr).toMatchObject({ code: 0, stdout: "" });
    expect(await readFile(path, "utf8")).toBe(expected(["libarchive13t64"], "").text);
    expect(await readdir(folder)).toEqual(["line"]);
  });

  it("-q: nothing on standard error", async () => {
    expect(await msbDeps([...hello, "-f", "list", "-q"])).toEqual({ code: 0, stdout: "libarchive13t64\n", stderr: "" });
  });
});

describe("where the Dockerfile comes from", () => {
  const answer = { code: 0, stdout: "libarchive13t64\n", stderr: "" };
  const rest = ["--artifacts", "/out", "-f", "list", "-q"];

  it("a folder, by its Dockerfile; a build argument from the environment", async () => {
    const env = { ...process.env, BASE_IMAGE: TRIXIE };
    expect(await msbDeps(["examples/hello", ...rest, "--build-arg", "BASE_IMAGE"], { env })).toEqual(answer);
  });

  it("a folder, by its Containerfile", async () => {
    const folder = await folderOf({
      Containerfile: (await readFile(HELLO.dockerfile, "utf8")).replace("ubuntu:24.04", TRIXIE),
      "hello.c": await readFile("examples/hello/hello.c"),
    });
    expect(await msbDeps([".", ...rest], { cwd: folder })).toEqual(answer);
  });

  it("standard input, with --context", async () => {
    const stdin = await readFile(HELLO.dockerfile, "utf8");
    const args = ["-", ...rest, "--context", "examples/hello", "--build-arg", `BASE_IMAGE=${TRIXIE}`];
    expect(await msbDeps(args, { stdin })).toEqual(answer);
  });

  it("standard input, with an empty context", async () => {
    const stdin = `FROM ${TRIXIE} AS builder\nRUN mkdir /out && cp /bin/ls /out\nFROM ${TRIXIE}\nCOPY --from=builder /out/ /\n`;
    expect(await msbDeps(["-", "-f", "list", "-q"], { stdin })).toEqual({ ...answer, stdout: "" });
  });

  it("ARG before FROM: the default, and --build-arg over it", async () => {
    const dockerfile = [
      "ARG RELEASE=bookworm",
      `ARG IMAGE=debian:\${RELEASE}-slim`,
      "FROM $IMAGE AS builder",
      "RUN mkdir /out && cp /bin/ls /out",
      `FROM \${IMAGE}`,
      "COPY --from=builder /out/ /usr/bin/",
    ].join("\n");
    const folder = await folderOf({ Dockerfile: dockerfile });
    expect((await analysisOf([folder])).builders[0]?.base).toBe(baseImage("bookworm"));
    const changed = await analysisOf([folder, "--build-arg", "RELEASE=trixie"]);
    expect(changed.builders).toMatchObject([{ base: TRIXIE, distribution: { codename: "trixie" } }]);
    expect(changed.runtime).toMatchObject({ base: TRIXIE, distribution: { codename: "trixie" } });
  });

  it("--image REF in place of a build: its base is taken to be the official image of its release", async () => {
    const image = await buildExample(engine, HELLO, await readFile(HELLO.dockerfile, "utf8"), "trixie", "builder");
    try {
      const args = ["--image", image.reference, "--artifacts", "/out"];
      expect(await msbDeps([...args, "-f", "list", "-q"])).toEqual(answer);
      const { builders, runtime, notes } = await analysisOf(args);
      expect(builders).toMatchObject([{ stage: null, base: image.reference }]);
      expect(runtime).toMatchObject({ stage: null, base: TRIXIE, source: "mappings" });
      expect(notes).toContainEqual({ code: "assumed-base", path: null, base: TRIXIE });
      // The image was the user's before and is so after.
      expect((await docker("image", "inspect", image.reference)).code).toBe(0);
    } finally {
      await image.release();
    }
  });
});

describe("what the line is for", () => {
  it("--runtime none takes nothing away; --explicit lists what is implied too", async () => {
    const list = async (...args: string[]) => (await msbDeps([...hello, "-f", "list", "-q", ...args])).stdout;
    expect(await list("--runtime", "none")).toBe("libarchive13t64\n");
    expect(await list("--runtime", "none", "--explicit")).toBe("libarchive13t64\nlibc6\nzlib1g\n");
    expect((await analysisOf([...hello, "--runtime", "none"])).packages).toMatchObject([
      { name: "libarchive13t64", status: "install" },
      { name: "libc6", status: "implied", impliedBy: ["libarchive13t64"] },
      { name: "zlib1g", status: "implied", impliedBy: ["libarchive13t64"] },
    ]);
  });

  it("--explicit of Postfix on bookworm: libssl3, which libmariadb3 pulls in and the base has not", async () => {
    const args = ["examples/postfix", "--artifacts", "/out", "--build-arg", `BASE_IMAGE=${baseImage("bookworm")}`];
    const { stdout } = await msbDeps([...args, "-f", "line", "-q", "--explicit"]);
    expect(stdout).toContain(" libicu72 liblmdb0 libmariadb3 libsasl2-2 libssl3 && ");
  });

  it.each([
    ["", 0],
    [" AS only", "only"],
  ])("a file of one stage (FROM …%s): the official image of its release stands in", async (name, stage) => {
    const text = `FROM ${TRIXIE}${name}\nRUN mkdir /out && cp /bin/ls /out\n`;
    const run = await analysisOf(["-", "--artifacts", "/out"], { stdin: text });
    expect(run).toMatchObject({ exitCode: 0, builders: [{ stage: String(stage) }], install: [] });
    expect(run.runtime).toMatchObject({ stage: null, base: TRIXIE, source: "mappings" });
    expect(run.packages.map(({ name, status }) => [name, status])).toContainEqual(["libselinux1", "base"]);
  });

  it("a stage without a name in the middle of the file", async () => {
    const stdin = [
      `FROM ${TRIXIE} AS first`,
      "RUN mkdir /other",
      `FROM ${TRIXIE}`,
      "RUN mkdir /out && cp /bin/ls /out",
      `FROM ${TRIXIE}`,
      "COPY --from=1 /out/ls /usr/local/bin/",
      "RUN exit 1",
    ].join("\n");
    expect(await analysisOf(["-"], { stdin })).toMatchObject({
      exitCode: 0,
      builders: [{ stage: "1" }],
      artifacts: [{ path: "/out/ls", destinations: ["/usr/local/bin/ls"] }],
    });
  });
});

describe("what must not be overlooked", () => {
  const stages = (run: string, ...runtime: string[]) =>
    [`FROM ${TRIXIE} AS builder`, `RUN ${run}`, `FROM ${TRIXIE}`, ...runtime, "COPY --from=builder /out/ /usr/"].join(
      "\n",
    );

  it("packages of the present line that nothing needs, and those whose commands HEALTHCHECK and ENTRYPOINT call", async () => {
    const stdin = stages(
      "mkdir -p /out/bin && cp /bin/ls /out/bin/app",
      "RUN apt-get update && apt-get install -y curl ca-certificates libselinux1 tini",
      "HEALTHCHECK CMD curl -f http://localhost/",
      `ENTRYPOINT ["tini", "--"]`,
      `CMD ["app", "-l"]`,
    );
    const run = await msbDeps(["-"], { stdin });
    expect(run.code, run.stderr).toBe(0);
    // What is called stays. libselinux1 of the present line is in the base: no reason to keep it.
    expect(run.stdout).toMatch(
      /^# Dropped from your list: ca-certificates \(.*\)\nRUN apt-get update && apt-get install -y --no-install-recommends \\\n {4}curl \\\n {4}tini \\\n/,
    );
    expect(run.stdout).not.toContain("libselinux1");
    expect(run.stderr).not.toContain("neither in the base nor among the artifacts");
    expect(run.stderr).not.toContain("CMD calls app");
  });

  it("nothing needed: a comment, an empty line, an empty list", async () => {
    const stdin = stages("mkdir -p /out/bin && cp /bin/ls /out/bin/app");
    const only =
      "# No package is needed: the runtime base has every library and interpreter that the artifacts need.\n";
    const saved = join(await folderOf({}), "saved");
    const live = await msbDeps(["-", "-q", "--save-snapshot", saved], { stdin });
    expect(live).toEqual({ code: 0, stdout: only, stderr: "" });
    for (const [format, stdout] of [
      ["text", only],
      ["line", "\n"],
      ["list", ""],
    ] as const) {
      const replayed = await msbDeps(["--snapshot", saved, "-f", format, "-q"], { env: noEngine });
      expect(replayed).toEqual({ code: 0, stdout, stderr: "" });
    }
  });

  it("a static program: looked at, and in need of nothing", async () => {
    // ldconfig is the one static program of the base.
    const stdin = stages("mkdir -p /out/bin && cp /sbin/ldconfig /out/bin/app");
    const run = await analysisOf(["-"], { stdin });
    expect(run).toMatchObject({ exitCode: 0, install: [], packages: [], artifacts: [{ kind: "static", needed: [] }] });
  });

  it("a program that needs libc alone", async () => {
    const stdin = stages("mkdir -p /out/bin && cp /bin/true /out/bin/app");
    const run = await analysisOf(["-"], { stdin });
    expect(run).toMatchObject({ exitCode: 0, install: [], artifacts: [{ kind: "executable", needed: ["libc.so.6"] }] });
    expect(run.packages).toMatchObject([{ name: "libc6", status: "base" }]);
  });
});
