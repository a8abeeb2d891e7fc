// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of Dockerfiles
import { expect, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { destinations } from "../../src/dockerfile/copy.ts";
import { makePlan, type PlanOptions, runtimeEnv } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";

function plan(text: string, options: PlanOptions = {}) {
  return makePlan(parseDockerfile(text), options);
}

/** `stage:source → destination` of every mapping. */
function copies(text: string, options: PlanOptions = {}): string[] {
  return plan(text, options).copies.map(
    ({ stage, source, destination, assumed }) => `${stage}:${source} → ${destination}${assumed ? " ?" : ""}`,
  );
}

const TWO = "FROM debian AS builder\nFROM debian\nCOPY --from=builder /out /\n";

test.each<[string, string, PlanOptions, number[], number | null]>([
  ["a builder and a runtime", TWO, {}, [0], 1],
  ["a single stage", "FROM debian\nRUN x\n", {}, [0], null],
  ["a single stage named builder", "FROM debian AS builder\n", {}, [0], null],
  [
    "no stage is named builder",
    "FROM a AS one\nFROM b AS two\nFROM c\nCOPY --from=one /x /\nCOPY --from=1 /y /\n",
    {},
    [0, 1],
    2,
  ],
  [
    "builder alone is looked at",
    "FROM a AS Builder\nFROM b AS two\nFROM c\nCOPY --from=builder /x /\nCOPY --from=two /y /\n",
    {},
    [0],
    2,
  ],
  ["the builder feeds nothing", "FROM a AS builder\nFROM b AS two\nFROM c\nCOPY --from=two /y /\n", {}, [1], 2],
  [
    "an explicit target",
    "FROM a AS builder\nFROM b AS two\nFROM c\nCOPY --from=builder /x /\nCOPY --from=two /y /\n",
    { target: "TWO" },
    [1],
    2,
  ],
  ["a target by number", TWO, { target: "0" }, [0], 1],
  ["the target is the last stage", "FROM a\nFROM b AS builder\n", {}, [1], null],
  ["runtime none", TWO, { runtime: "none" }, [0], null],
  [
    "runtime by name",
    "FROM a AS builder\nFROM b AS run\nCOPY --from=builder /x /\nFROM c AS test\n",
    { runtime: "run" },
    [0],
    1,
  ],
  ["runtime is an image", TWO, { runtime: "ubuntu:24.04" }, [0], null],
  ["nothing is copied", "FROM a AS one\nFROM b\n", {}, [1], 1],
  [
    "an opaque hop is looked at",
    "FROM a AS builder\nFROM b AS dist\nCOPY --from=builder /out /dist\nRUN patchelf /dist/x\nFROM c\nCOPY --from=dist /dist /\n",
    {},
    [0, 1],
    2,
  ],
  [
    "a stage on the builder",
    "FROM a AS builder\nFROM builder AS more\nRUN make\nFROM c\nCOPY --from=more /out /\n",
    {},
    [0, 1],
    2,
  ],
])("stages: %s", (_, text, options, builders, runtime) => {
  const found = plan(text, options);
  expect(found.builders.map((stage) => stage.index)).toEqual(builders);
  expect(found.runtime?.index ?? null).toBe(runtime);
});

const SHIPPED = "FROM a AS builder\nFROM b AS app\nCOPY --from=builder /x /\nCMD x\n";

test.each<[string, string, PlanOptions, string | null, string | null]>([
  ["a test stage on top of it", `${SHIPPED}FROM app AS test\nRUN apt-get install -y bats\n`, {}, "app", "test"],
  ["a development stage of its own", `${SHIPPED}FROM a AS dev\nCMD y\n`, {}, "app", "dev"],
  ["a part of its name", `${SHIPPED}FROM app AS e2e-tests\n`, {}, "app", "e2e-tests"],
  ["two of them", `${SHIPPED}FROM app AS debug\nFROM app AS lint\n`, {}, "app", "lint"],
  ["files without a program", `${SHIPPED}FROM scratch AS binaries\nCOPY --from=builder /x /\n`, {}, "app", "binaries"],
  ["files, without a name", `${SHIPPED}FROM scratch\nCOPY --from=builder /x /\n`, {}, "app", "2"],
  [
    "a runtime stage that says so and starts nothing",
    "FROM a AS builder\nFROM b AS runtime\nCOPY --from=builder /x /\nFROM runtime AS test\n",
    {},
    "runtime",
    "test",
  ],
  [
    "CMD of the stage below",
    "FROM b AS common\nENTRYPOINT x\nFROM a AS builder\nFROM common AS web\nCOPY --from=builder /x /\nFROM web AS ci\n",
    {},
    "web",
    "ci",
  ],
  ["--runtime takes it", `${SHIPPED}FROM app AS test\n`, { runtime: "test" }, "test", null],
  ["a scratch stage that is the program", `${SHIPPED}FROM scratch\nCMD ["/x"]\n`, {}, "2", null],
  ["nothing else is shipped", "FROM a AS builder\nFROM builder AS test\nCMD x\n", {}, "test", null],
  ["only files are handed out", "FROM a AS builder\nFROM scratch\nCOPY --from=builder /x /\n", {}, "1", null],
  ["a stage before it that only builds", "FROM a AS deps\nFROM a AS builder\nFROM builder AS test\n", {}, "test", null],
  ["a name that only begins alike", `${SHIPPED}FROM b AS testament\nCOPY --from=builder /x /\n`, {}, "testament", null],
  ["an exporter is a program", `${SHIPPED}FROM b AS node-exporter\nCMD y\n`, {}, "node-exporter", null],
])("the stage that is shipped: %s", (_, text, options, runtime, passedOver) => {
  const found = plan(text, options);
  expect(found.runtime?.name ?? String(found.runtime?.index)).toBe(runtime);
  expect(found.passedOver === null ? null : (found.passedOver.name ?? String(found.passedOver.index))).toBe(passedOver);
});

test("the image of --runtime", () => {
  expect(plan(TWO, { runtime: "ubuntu:24.04" }).runtimeImage).toBe("ubuntu:24.04");
});

test("an unknown target names those that are there", () => {
  const run = () => plan("FROM a AS one\nFROM b\n", { target: "builder" });
  expect(run).toThrow(MsbDepsError);
  expect(run).toThrow(/builder/);
  try {
    run();
  } catch (error) {
    expect((error as MsbDepsError).code).toBe("stage-missing");
    expect((error as MsbDepsError).tried.join()).toContain("one (line 1), stage 1 (line 2)");
  }
});

const HOP = (hop: string, copy: string) => `FROM a AS builder\nFROM scratch AS dist\n${hop}\nFROM c\n${copy}\n`;

test.each<[string, string, string[]]>([
  ["hop, whole", HOP("COPY --from=builder /out /dist", "COPY --from=dist /dist /"), ["0:/out → /"]],
  ["hop, all of scratch", HOP("COPY --from=builder /out /", "COPY --from=dist / /"), ["0:/out → /"]],
  [
    "hop, two parts",
    HOP("COPY --from=builder /o/bin /d/bin/\nCOPY --from=0 /o/lib /d/lib", "COPY --from=dist /d /opt"),
    ["0:/o/bin → /opt/bin/", "0:/o/lib → /opt/lib"],
  ],
  [
    "hop, a path inside",
    HOP("COPY --from=builder /out /dist", "COPY --from=dist /dist/bin/app /usr/bin/"),
    ["0:/out/bin/app → /usr/bin/"],
  ],
  [
    "hop, a file by its name",
    HOP("COPY --from=builder /out/app /dist/", "COPY --from=dist /dist/app /usr/bin/"),
    ["0:/out/app → /usr/bin/"],
  ],
  [
    "hop, one of two files",
    HOP("COPY --from=builder /out/a /out/b /dist/", "COPY --from=dist /dist/b /usr/bin/"),
    ["0:/out/b → /usr/bin/"],
  ],
  [
    "hop, wildcard",
    HOP("COPY --from=builder /out/*.so /dist/", "COPY --from=dist /dist/x.so /lib/"),
    ["0:/out/x.so → /lib/"],
  ],
  [
    "hop over hop",
    "FROM a AS builder\nFROM scratch AS x\nCOPY --from=builder /a /b\nFROM scratch AS y\nCOPY --from=x /b /c\nFROM d\nCOPY --from=y /c /d\n",
    ["0:/a → /d"],
  ],
  [
    "hop with a RUN that harms nothing",
    "FROM a AS builder\nFROM debian AS dist\nRUN mkdir -p /dist\nCOPY --from=builder /out /dist\nRUN chmod -R a+rX /dist\nFROM c\nCOPY --from=dist /dist /\n",
    ["0:/out → /"],
  ],
  [
    "hop with a RUN that may",
    "FROM a AS builder\nFROM debian AS dist\nCOPY --from=builder /out /dist\nRUN rm /dist/x\nFROM c\nCOPY --from=dist /dist /\n",
    ["1:/dist → /"],
  ],
  [
    "hop on a base with files of its own",
    "FROM a AS builder\nFROM debian AS dist\nCOPY --from=builder /out /usr/local\nFROM c\nCOPY --from=dist /usr/local /usr/local\n",
    ["1:/usr/local → /usr/local"],
  ],
  [
    "hop on an image that may have such a folder",
    "FROM a AS builder\nFROM acme/app AS dist\nCOPY --from=builder /conf /app/conf\nFROM c\nCOPY --from=dist /app /app\n",
    ["1:/app → /app"],
  ],
  [
    "a file by its name over any base",
    "FROM a AS builder\nFROM acme/app AS dist\nCOPY --from=builder /out/app /usr/local/bin/\nFROM c\nCOPY --from=dist /usr/local/bin/app /app\n",
    ["0:/out/app → /app"],
  ],
  [
    "no hop: nothing was copied there",
    "FROM a AS builder\nFROM debian AS dist\nRUN make\nFROM c\nCOPY --from=builder /x /x\nCOPY --from=dist /dist /\n",
    ["0:/x → /x"],
  ],
])("%s", (_, text, expected) => {
  expect(copies(text)).toEqual(expected);
});

test("a hop that renames a file keeps the new name", () => {
  const { copies: found } = plan(HOP("COPY --from=builder /out/app-1.0 /app", "COPY --from=dist /app /usr/bin/"));
  const facts = { isFolder: () => false };
  expect(destinations(found, 0, "/out/app-1.0", facts).map((hit) => hit.path)).toEqual(["/usr/bin/app"]);
});

test.each<[string, string, string[], string[], string[]]>([
  ["above", TWO, ["/out/bin"], ["0:/out → /"], ["0:/out/bin"]],
  [
    "below",
    "FROM a AS builder\nFROM c\nCOPY --from=builder /out/bin /usr/bin\n",
    ["/out"],
    ["0:/out/bin → /usr/bin"],
    ["0:/out"],
  ],
  ["not mentioned", TWO, ["/dist"], ["0:/out → /", "0:/dist → / ?"], ["0:/dist"]],
  ["with a destination", TWO, ["/out:/opt"], ["0:/out → /", "0:/out → /opt"], ["0:/out"]],
  ["relative", TWO, ["out/"], ["0:/out → /"], ["0:/out"]],
  [
    "in two stages",
    "FROM a AS x\nFROM b AS y\nFROM c\nCOPY --from=x /o /1\nCOPY --from=y /o /2\n",
    ["/o"],
    ["0:/o → /1", "1:/o → /2"],
    ["0:/o", "1:/o"],
  ],
])("artifacts: %s", (_, text, artifacts, mappings, roots) => {
  expect(copies(text, { artifacts })).toEqual(mappings);
  expect(plan(text, { artifacts }).artifacts.map(({ stage, path }) => `${stage}:${path}`)).toEqual(roots);
});

test("SRC:DEST beats the Dockerfile", () => {
  const { copies: found } = plan(TWO, { artifacts: ["/out:/opt"] });
  expect(destinations(found, 0, "/out/x", { isFolder: (path) => path === "/out" }).map((hit) => hit.path)).toEqual([
    "/opt/x",
  ]);
});

test.each(["", ":/x", "/a:", "/a:/b:/c"])("the artifact %j is refused", (artifact) => {
  expect(() => plan(TWO, { artifacts: [artifact] })).toThrow(MsbDepsError);
});

test("without --artifacts every source is one", () => {
  const text = "FROM a AS builder\nFROM c\nCOPY --from=builder /x /y /d/\nCOPY --from=builder /x /e/\n";
  expect(plan(text).artifacts.map((root) => root.path)).toEqual(["/x", "/y"]);
});

test("what is not looked at", () => {
  const text = `FROM a AS builder
FROM b AS other
FROM c
COPY --from=nginx:1.27 /etc/nginx /etc/nginx
COPY --from=other /x /x
COPY --from=$X /x /x
COPY --from=7 /x /x
COPY --from=late /x /x
COPY --from=builder /$U /x
RUN --mount=type=bind,from=other,target=/o cp /o/x /x
ADD https://example.com/x.tar.gz local.tar /opt/
COPY --from=builder /out /
FROM d AS late
`;
  expect(plan(text, { runtime: "2" }).notLookedAt.map(({ from, line, reason }) => `${line} ${reason} ${from}`)).toEqual(
    [
      "4 image nginx:1.27",
      "5 other-stage other",
      "6 unresolved $X",
      "7 unresolved 7",
      "8 unresolved late",
      "9 unresolved builder",
      "10 mount other",
      "11 url https://example.com/x.tar.gz",
    ],
  );
});

test.each<[string, boolean]>([
  ["RUN ldconfig\nCOPY --from=builder /o /", false],
  ["COPY --from=builder /o /\nRUN ldconfig", true],
  ["COPY --from=builder /o /\nRUN apt-get update && apt-get install -y curl", true],
  ["COPY --from=builder /o /\nRUN apt-get update", false],
])("ldconfig: %s", (text, expected) => {
  expect(plan(`FROM a AS builder\nFROM c\n${text}\n`).copies.map((mapping) => mapping.ldconfigAfter)).toEqual([
    expected,
  ]);
});

test("a runtime stage on another stage has that as its base, and none of its copies", () => {
  const found = plan(
    "FROM a AS builder\nFROM debian AS base\nCOPY --from=builder /b /b\nFROM BASE\nCOPY --from=builder /o /\n",
  );
  expect(found.runtime?.parent).toBe(1);
  expect(found.copies.map((mapping) => mapping.source)).toEqual(["/o"]);
});

test.each<[string, PlanOptions, (string | null)[]]>([
  ["ARG B=debian:13\nFROM $B\n", {}, ["debian:13"]],
  ["ARG B=debian:13\nFROM ${B}-slim\n", { buildArgs: { B: "debian:12" } }, ["debian:12-slim"]],
  ["ARG V=13\nARG B=debian:$V\nFROM $B\n", {}, ["debian:13"]],
  ["ARG B\nFROM $B\n", {}, [null]],
  ["FROM ${B:-debian}\n", {}, ["debian"]],
  ["FROM x-$TARGETARCH\n", { platform: { os: "linux", arch: "amd64" } }, ["x-amd64"]],
  ["FROM x-$TARGETARCH$TARGETVARIANT\n", { platform: { os: "linux", arch: "arm", variant: "v7" } }, ["x-armv7"]],
  ["FROM x-$TARGETARCH\n", {}, [null]],
])("FROM %j", (text, options, expected) => {
  expect(plan(text, options).stages.map((stage) => stage.from)).toEqual(expected);
});

test.each<[string, Record<string, string> | null, string | null | undefined]>([
  ["ENV L=/opt/lib", null, "/opt/lib"],
  ["ENV L=/opt/lib:$L", { L: "/base" }, "/opt/lib:/base"],
  ["ENV L=/opt/lib:$L", {}, "/opt/lib:"],
  ["ENV L=/opt/lib:$L", null, null],
  ["ENV L=/opt/lib${L:+:$L}", {}, "/opt/lib"],
  ["ARG L=/x", {}, undefined],
  ["ARG D=/x\nENV L=$D/lib", null, "/x/lib"],
  ["ARG D\nENV L=$D/lib", null, "/global/lib"],
  ["ENV D=1\nENV D=2 L=$D", null, "1"],
  ["ENV L old form", null, "old form"],
  ["CMD x", { L: "/base" }, "/base"],
])("runtime ENV: %s on %j", (lines, base, expected) => {
  const found = plan(
    `ARG D=/global\nFROM a AS builder\nFROM debian AS below\n${lines}\nFROM below\nCOPY --from=builder /o /\n`,
  );
  expect(runtimeEnv(found, base).get("L")).toBe(expected);
});

test("ONBUILD of a parent stage belongs to the stage that begins with it", () => {
  const found = plan("FROM a AS builder\nFROM c AS base\nONBUILD COPY --from=builder /o /\nFROM base\n");
  expect(found.copies.map((mapping) => [mapping.source, mapping.line])).toEqual([["/o", 3]]);
});

test("a WORKDIR that nobody knows is said", () => {
  const text = "FROM a AS builder\nFROM c\nCOPY --from=builder /o sub/\n";
  expect(copies(text)).toEqual(["0:/o → /sub/ ?"]);
  expect(copies(text, { baseConfigOf: () => ({ env: {}, workdir: "/go" }) })).toEqual(["0:/o → /go/sub/"]);
});
