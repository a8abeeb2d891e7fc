// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of compose files
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { expand } from "../../../src/commands/files/expand.ts";
import { interpolate } from "../../../src/commands/files/interpolate.ts";
import { folderOf } from "../../files.ts";
import { collectedIo } from "../../io.ts";

test.each([
  ["$A-${A}", "1-1"],
  ["$$A ${none} $none", "$A  "],
  ["${none-x} ${empty-x} ${empty:-x} ${A:-x}", "x  x 1"],
  ["${A:+set}${none:+set}${empty+set}${empty:+no}", "setset"],
  ["${none:-${A}}${none:-}", "1"],
  ["a$ b${ c", "a$ b${ c"],
])("variables of a compose file: %s", (text, expected) => {
  expect(interpolate(text, { A: "1", empty: "" })).toBe(expected);
});

test("a required variable", () => {
  expect(() => interpolate("${TAG:?give one}", {})).toThrow("the variable TAG is not set: give one");
});

const COMPOSE = `x-common: &common
  target: runtime
  args: { TAG: "\${TAG:-1}", NUMBER: 3, FROM_ENVIRONMENT: }
services:
  web: { build: ./web }
  same: { build: { context: web } }
  api:
    platform: linux/arm64
    build:
      <<: *common
      context: api
      dockerfile: ../docker/api.Dockerfile
      additional_contexts: [ "shared=../shared", "base=docker-image://debian:13" ]
  inline: { build: { dockerfile_inline: "FROM debian:13" } }
  remote: { build: "https://example.com/x.git" }
  db: { image: postgres }
`;

test("a compose file, read here", async () => {
  const folder = await folderOf({ "c/compose.yaml": COMPOSE, "c/.env": "TAG=from-file\n" });
  const { io, stderr } = collectedIo({ env: { PATH: "/nonexistent" } });
  const { targets, single } = await expand([join(folder, "c/compose.yaml")], io);
  const home = join(folder, "c");
  expect(single).toBe(false);
  expect(targets).toEqual([
    {
      label: `${home}/web/Dockerfile (service web)`,
      path: `${home}/web/Dockerfile`,
      text: null,
      set: { context: `${home}/web`, buildArgs: {}, contexts: {} },
    },
    {
      label: `${home}/docker/api.Dockerfile (service api)`,
      path: `${home}/docker/api.Dockerfile`,
      text: null,
      set: {
        context: `${home}/api`,
        target: "runtime",
        platform: "linux/arm64",
        buildArgs: { TAG: "from-file", NUMBER: "3" },
        contexts: { shared: `${folder}/shared`, base: "docker-image://debian:13" },
      },
    },
    {
      label: `${home}/compose.yaml (service inline)`,
      path: null,
      text: "FROM debian:13",
      set: { context: home, buildArgs: {}, contexts: {} },
    },
  ]);
  expect(stderr()).toBe(
    `warning: ${home}/compose.yaml: service remote is skipped: its Dockerfile is in the remote context https://example.com/x.git\n`,
  );
});

/** A docker command of these answers, by its first words. */
async function fakeDocker(script: string): Promise<string> {
  const folder = await folderOf({ docker: `#!/bin/sh\n${script}\n` });
  await chmod(join(folder, "docker"), 0o755);
  return `${folder}:/usr/bin:/bin`;
}

test("a compose file, as docker compose reads it", async () => {
  const folder = await folderOf({ "compose.yaml": "not: [read" });
  const PATH = await fakeDocker(
    `case "$*" in
"compose version") ;;
"compose --file ${folder}/compose.yaml --profile * config --format json")
  echo '{"name":"x","services":{"app":{"build":{"context":"/srv/app","dockerfile":"Dockerfile","args":{"A":null,"B":"2"}}}}}' ;;
*) exit 1 ;;
esac`,
  );
  const { targets } = await expand([join(folder, "compose.yaml")], collectedIo({ env: { PATH } }).io);
  expect(targets).toEqual([
    {
      label: "/srv/app/Dockerfile (service app)",
      path: "/srv/app/Dockerfile",
      text: null,
      set: { context: "/srv/app", buildArgs: { B: "2" }, contexts: {} },
    },
  ]);
});

test("a bake file, as buildx prints it", async () => {
  const PATH = await fakeDocker(
    `[ "$1 $2 $3 $4" = "buildx bake --print --file" ] || exit 1
echo '{"group":{"default":{"targets":["app"]}},"target":{"app":{"context":"src","dockerfile":"app.Dockerfile","target":"ship","args":{"V":"1"},"contexts":{"lib":"./lib"},"platforms":["linux/amd64"]}}}'`,
  );
  const { targets } = await expand(["docker-bake.hcl"], collectedIo({ env: { PATH } }).io);
  expect(targets).toEqual([
    {
      label: "src/app.Dockerfile (target app)",
      path: "src/app.Dockerfile",
      text: null,
      set: {
        context: join(process.cwd(), "src"),
        target: "ship",
        buildArgs: { V: "1" },
        contexts: { lib: join(process.cwd(), "lib") },
      },
    },
  ]);
});

test.each([
  ["compose.yaml", "services: [", /^\S+compose\.yaml could not be read as a compose file: Flow sequence/],
  ["compose.yaml", "services: { a: { build: { args: 3 } } }", /services\.a\.build is not a build\.$/],
  ["compose.yaml", "services: { a: { build: '${X:?}' } }", /the variable X is not set\.$/],
  ["compose.yaml", "services: { a: { image: x } }", /describes no build: none of its services has build\.$/],
  ["docker-bake.json", "{}", /^docker buildx bake --print cannot read /],
])("not to be read: %s %s", async (name, text, expected) => {
  const folder = await folderOf({ [name]: text });
  const { io } = collectedIo({ env: { PATH: "/nonexistent" } });
  await expect(expand([join(folder, name)], io)).rejects.toThrow(expected);
});

test("each Dockerfile once; one path that leads nowhere stops all before anything is done", async () => {
  const folder = await folderOf({ "a/Dockerfile": "", "b/x.Dockerfile": "", "empty/x": "" });
  const { io } = collectedIo();
  const paths = (...names: string[]) => names.map((name) => join(folder, name));
  expect(await expand(paths("a", "a/Dockerfile"), io)).toMatchObject({
    targets: [{ label: `${folder}/a/Dockerfile` }],
  });
  expect(await expand(paths("b"), io)).toMatchObject({ targets: [{ path: `${folder}/b/x.Dockerfile` }], single: true });
  expect(await expand(paths("."), io)).toMatchObject({ targets: [{}, {}], single: false });
  await expect(expand(paths("a", "missing"), io)).rejects.toMatchObject({ code: "dockerfile-missing" });
  await expect(expand(paths("empty"), io)).rejects.toThrow("has no Dockerfile");
  await expect(expand(paths("*.Dockerfile"), io)).rejects.toThrow("no file matches");
});
