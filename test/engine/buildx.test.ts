import { describe, expect, it } from "vitest";
import { PLAIN_BUILD } from "../../src/engine/buildkit/settings.ts";
import { appendFacts, appendRun, withoutSyntax } from "../../src/engine/buildx/appended.ts";
import { buildArguments, contextArgument, csv } from "../../src/engine/buildx/arguments.ts";
import { parseFacts } from "../../src/engine/buildx/facts.ts";
import { RawStatusReader } from "../../src/engine/buildx/raw-progress.ts";
import { selectedBuilder } from "../../src/engine/buildx/selected.ts";
import { NOT_NAMED } from "../../src/engine/endpoint.ts";
import type { BuildRequest } from "../../src/engine/engine.ts";
import type { NamedEndpoint } from "../../src/engine/named-endpoint.ts";

/** Of what a reader gave, the status. */
const statusOf = (read: ReturnType<RawStatusReader["take"]> | undefined) =>
  read !== undefined && "vertexes" in read ? read : undefined;

const appended = (dockerfile: string, target: string | null) =>
  Buffer.from(
    appendRun(Buffer.from(dockerfile), target, { online: false, emptied: ["LD_PRELOAD"] }).dockerfile,
  ).toString("utf8");

describe("the stages behind the user's", () => {
  it("stand on the target, with the network off and nothing of the loader's variables", () => {
    const text = appended("FROM a AS builder\nRUN x", "builder");
    expect(text).toMatch(/^FROM a AS builder\nRUN x\n\nFROM builder AS msb-deps-look\n/);
    expect(text).toContain('\nENV LD_PRELOAD=""\nRUN --network=none ');
    expect(text).toMatch(/\nFROM scratch AS msb-deps-answer\nCOPY --from=msb-deps-look \S+ \/\n$/);
  });

  it.each([
    ["FROM a", "FROM a AS msb-deps-target\n", "msb-deps-target"],
    ["FROM a AS one\nFROM b\nRUN x\n", "FROM b AS msb-deps-target\n", "msb-deps-target"],
    ["FROM \\\n  b\nRUN x\n", "FROM \\\n  b AS msb-deps-target\n", "msb-deps-target"],
    ["# escape=`\nFROM `\n b\n", "FROM `\n b AS msb-deps-target\n", "msb-deps-target"],
    ["FROM b\r\nRUN x\r\n", "FROM b AS msb-deps-target\r\n", "msb-deps-target"],
    ["FROM a as one\nRUN <<E\nFROM here\nE\n", "FROM a as one\n", "one"],
  ])("a last stage without a name gets one: %j", (dockerfile, line, name) => {
    const text = appended(dockerfile, null);
    expect(text).toContain(line);
    expect(text).toContain(`\nFROM ${name} AS msb-deps-look\n`);
  });

  it("keep every byte of the Dockerfile", () => {
    const bytes = Buffer.concat([Buffer.from("FROM a AS b\nRUN echo "), Buffer.of(0xff, 0xe9, 0xc3)]);
    const { dockerfile } = appendFacts(bytes, "b", []);
    expect(Buffer.from(dockerfile).subarray(0, bytes.length).equals(bytes)).toBe(true);
  });
});

describe("a Dockerfile for the builder's own frontend", () => {
  it.each([
    ["# syntax=docker/dockerfile:1\nFROM a\n", "#\nFROM a\n"],
    ["# syntax = x\n# escape=`\nFROM a\n", "# escape=`\n#\nFROM a\n"],
    ["# escape=`\n#syntax=x\n\nFROM a", "# escape=`\n#\n\nFROM a"],
    ["# a comment\n# syntax=x\nFROM a", "# a comment\n# syntax=x\nFROM a"],
    ["FROM a\n# syntax=x\n", "FROM a\n# syntax=x\n"],
  ])("%j", (before, after) => {
    expect(Buffer.from(withoutSyntax(Buffer.from(before))).toString()).toBe(after);
  });
});

describe("the arguments of docker buildx build", () => {
  const request: BuildRequest = {
    dockerfile: new Uint8Array(),
    dockerfilePath: null,
    contextDir: null,
    target: null,
    buildArgs: { A: "1 2" },
    platform: "linux/arm64",
    noCache: true,
    pull: true,
    settings: {
      ...PLAIN_BUILD,
      secrets: [
        { id: "a", from: { kind: "file", path: '/x/with,comma"' } },
        { id: "b", from: { kind: "env", name: "B" } },
      ],
      ssh: [{ id: "default", socket: null }],
      addHosts: [{ name: "h", address: "::1" }],
      network: "host",
    },
    onEvent: () => {},
    signal: new AbortController().signal,
  };

  it("are those of the build, each a word of its own, and hold no value of a secret", () => {
    expect(buildArguments(request)).toEqual([
      ...["--build-arg", "A=1 2", "--platform", "linux/arm64", "--no-cache", "--pull"],
      ...["--secret", '"id=a","src=/x/with,comma"""', "--secret", '"id=b","env=B"'],
      ...["--ssh", "default", "--network", "host", "--allow", "network.host", "--add-host", "h:::1"],
    ]);
  });

  it("end with the context: a URL as it is, the empty folder for none", () => {
    expect(contextArgument(request, "/empty")).toBe("/empty");
    expect(contextArgument({ ...request, contextDir: "https://x/y.git" }, "/empty")).toBe("https://x/y.git");
    expect(contextArgument({ ...request, contextDir: "/a" }, "/empty")).toBe("/a");
  });

  it("quote a value with commas", () => {
    expect(csv(["dest=/a,b"])).toBe('"dest=/a,b"');
  });
});

describe("a line of rawjson", () => {
  it("is a status", () => {
    const line =
      '{"vertexes":[{"digest":"sha256:1","name":"[a 1/2] RUN x","started":"2026-01-01T00:00:00.5Z"}],"logs":[{"vertex":"sha256:1","stream":2,"data":"aGkK"}]}';
    const status = statusOf(new RawStatusReader().take(line));
    expect(status?.vertexes[0]).toMatchObject({ digest: "sha256:1", completed: null, error: "" });
    expect(status?.vertexes[0]?.started).toEqual({ seconds: Date.UTC(2026, 0) / 1000, nanos: 5e8 });
    expect(Buffer.from(status?.logs[0]?.msg ?? "").toString()).toBe("hi\n");
  });

  it.each(["", "ERROR: failed to solve: x", "{broken", "[1]", "}"])("is none: %j", (line) => {
    expect(new RawStatusReader().take(line)).toEqual([line]);
  });

  it("may be many, as buildx 0.13 prints them", () => {
    const reader = new RawStatusReader();
    const lines = JSON.stringify({ vertexes: [{ digest: "sha256:1", name: "a" }] }, null, 2).split("\n");
    const read = lines.map((line) => reader.take(line));
    expect(read.slice(0, -1).flat()).toEqual([]);
    expect(statusOf(read.at(-1))?.vertexes).toMatchObject([{ digest: "sha256:1", name: "a" }]);
    expect(reader.take("ERROR: x")).toEqual(["ERROR: x"]);
    expect(reader.end()).toEqual([]);
  });

  it("is not lost where it is none, or has no end", () => {
    const reader = new RawStatusReader();
    expect(["{", " no JSON", "}"].map((line) => reader.take(line))).toEqual([[], [], ["{", " no JSON", "}"]]);
    expect(["{", "the last words"].map((line) => reader.take(line))).toEqual([[], []]);
    expect(reader.end()).toEqual(["{", "the last words"]);
  });
});

describe("what a stage tells of its image", () => {
  const head = (machine: number) =>
    Buffer.from(`7f454c460201${"00".repeat(12)}${machine.toString(16)}00`, "hex").toString("hex");
  const facts = (...words: string[]) => Buffer.from([head(183), ...words].join("\0"), "latin1");

  it("is machine, user, folder and environment, without what the runtime adds", () => {
    expect(parseFacts(facts("1000", "/app", "PATH=/bin", "HOME=/root", "A=b=c"), [])).toEqual({
      os: "linux",
      architecture: "arm64",
      variant: null,
      config: { env: ["PATH=/bin", "A=b=c"], workingDir: "/app", user: "1000", entrypoint: [], cmd: [] },
    });
  });

  it("has the variables that were kept under another name", () => {
    const words = ["0", "/", "MSB_DEPS_LD_PRELOAD=/x.so", "LD_PRELOAD=", "MSB_DEPS_PERL5OPT=", "PERL5OPT="];
    const { config } = parseFacts(facts(...words), ["LD_PRELOAD", "PERL5OPT"]);
    expect(config).toMatchObject({ env: ["LD_PRELOAD=/x.so"], user: "" });
  });
});

describe("the builder that is used", () => {
  const chosen = (
    env: Record<string, string>,
    named: Partial<NamedEndpoint> = {},
    files: Readonly<Record<string, unknown>> = {},
  ) =>
    selectedBuilder(
      {
        env,
        home: "/home",
        platform: "linux",
        uid: 0,
        hostname: "here",
        readFile: async (path) => {
          if (path in files) return Buffer.from(JSON.stringify(files[path]));
          throw Object.assign(new Error(path), { code: "ENOENT" });
        },
      },
      { ...NOT_NAMED, ...named },
    );
  const files = {
    "/home/.docker/buildx/current": { Key: "unix:///var/run/docker.sock", Name: "far" },
    "/home/.docker/buildx/instances/far": { Name: "far", Driver: "kubernetes" },
    "/home/.docker/buildx/instances/own": { Name: "own", Driver: "docker" },
    "/home/.docker/config.json": { currentContext: "colima" },
  };

  it.each([
    ["nothing said", {}, {}, {}, null],
    ["--builder", {}, { builder: "any" }, {}, "any"],
    ["--builder before the environment", { BUILDX_BUILDER: "far" }, { builder: "any" }, files, "any"],
    ["docker buildx use", {}, {}, files, "far"],
    ["BUILDX_BUILDER", { BUILDX_BUILDER: "far" }, {}, files, "far"],
    ["BUILDX_BUILDER is the engine's own", { BUILDX_BUILDER: "own" }, {}, files, null],
    ["BUILDX_BUILDER is a docker context", { BUILDX_BUILDER: "default" }, {}, files, null],
    ["an engine that is named is asked itself", {}, { host: "unix:///x" }, files, null],
    ["--in-build", {}, { inBuild: true }, {}, "default"],
    ["--in-build on a docker context", {}, { inBuild: true }, files, "colima"],
    ["--in-build on a host", { DOCKER_HOST: "unix:///x" }, { inBuild: true }, files, "default"],
    ["a name that leads elsewhere", { BUILDX_BUILDER: "../../x" }, {}, files, null],
  ])("%s", async (_what, env, named, there, name) => {
    expect((await chosen(env, named, there))?.name ?? null).toBe(name);
  });
});
