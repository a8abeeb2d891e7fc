import { execFile, execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Analysis } from "../../src/analysis/model.ts";
import type { Engine, Image } from "../../src/engine/engine.ts";
import { lookAtFolder } from "../../src/look/by-folder.ts";
import { lookAtLayers } from "../../src/look/by-layers.ts";
import { look } from "../../src/look/look.ts";
import { canRunIn, runIn } from "../../src/look/run-here.ts";
import { openOci } from "../../src/oci/open-image.ts";
import { writeSnapshot } from "../../src/snapshot/saved.ts";
import type { LookRequest, Snapshot } from "../../src/snapshot/snapshot.ts";
import { layoutOfSaved } from "./oci-layout.ts";
import { buildExample, HELLO, openEngine, POSTFIX } from "./scenarios.ts";
import { docker, msbDeps } from "./support.ts";

const { signal } = new AbortController();
const isRoot = process.getuid?.() === 0;
/** No command of this file may find an engine; what a variable names is the only place that is tried. */
const NO_ENGINE = { ...process.env, DOCKER_HOST: "unix:///nowhere/docker.sock" };
const machine = { os: "linux", architecture: "amd64", variant: null };

let engine: Engine;
let work: string;
const images: Image[] = [];
let postfix: { image: Image; saved: string; tree: string };
/** The runtime base, as `docker save` gives it. */
let base: string;

beforeAll(async () => {
  engine = await openEngine();
  work = await mkdtemp(join(tmpdir(), "msb-deps-test-"));
  const image = await exampleImage(POSTFIX);
  postfix = { image, ...(await taken(image, "postfix")) };
  base = join(work, "base.tar");
  await docker("save", "debian:trixie-slim", "-o", base);
});
afterAll(async () => {
  for (const image of images) await image.release();
  await engine?.close();
  await rm(work, { recursive: true, force: true });
});

/** An image as it would come without an engine: saved, and unpacked (as root, who alone can keep owners). */
async function taken(image: Image, name: string): Promise<{ saved: string; tree: string }> {
  images.push(image);
  const [saved, tree] = [join(work, `${name}.tar`), join(work, name)];
  await docker("save", image.reference, "-o", saved);
  await mkdir(tree, { mode: 0o755 });
  const container = (await docker("create", image.reference, "true")).stdout.trim();
  try {
    execFileSync("sh", ["-c", 'docker export "$1" | tar -x -p -C "$2"', "sh", container, tree], { stdio: "pipe" });
  } finally {
    await docker("rm", container);
  }
  return { saved, tree };
}

const UNPACK = `
container=$(docker create "$1" true) && docker export "$container" | tar -x -p -C "$2"
docker rm "$container"
`;

const exampleImage = async (example: typeof HELLO): Promise<Image> =>
  buildExample(engine, example, await readFile(example.dockerfile, "utf8"), "trixie", "builder");

async function analysis(args: readonly string[], env: NodeJS.ProcessEnv = NO_ENGINE): Promise<Analysis> {
  const run = await msbDeps([...args, "-f", "json"], { env });
  expect(run.code, run.stderr).toBe(0);
  return JSON.parse(run.stdout) as Analysis;
}

/** Without what may differ: where the builder is from, and that an archive has no loader to ask. */
function withoutSource(found: Analysis): Analysis {
  return {
    ...found,
    builders: found.builders.map((builder) => ({ ...builder, base: null, origin: "image" })),
    notes: found.notes.filter(({ code }) => code !== "loader-not-run"),
  };
}

describe("the builder of postfix", () => {
  it("gives the same answer as an image, as a tree, and as a tar of docker save", async () => {
    const { image, saved, tree } = postfix;
    const args = ["--artifacts", "/out"];
    const expected = withoutSource(await analysis(["--image", image.reference, ...args], process.env));
    expect(expected.install).toEqual(POSTFIX.install.trixie);

    const byTree = await analysis(["--rootfs", tree, ...args]);
    expect(withoutSource(byTree)).toEqual(expected);
    expect(byTree.builders).toMatchObject([{ origin: "rootfs", base: await realpath(tree) }]);

    const byTar = await analysis(["--oci", saved, ...args]);
    expect(withoutSource(byTar)).toEqual(expected);
    expect(byTar.notes).toContainEqual({ code: "loader-not-run", path: null, base: saved, reason: "archive" });
  });
});

const LAYERED = `FROM debian:bookworm-slim
RUN mkdir -p /out/old/deep /out/gone && cp /bin/ls /out/old/deep && cp /bin/cat /out/gone && cp /bin/true /out/one && ln /out/one /out/two \\
 && printf x > /out/file && ln -s /out/old /out/link && printf y > "$(printf '/out/bad\\377')"
RUN rm -r /out/gone /out/file && rm -r /out/old && mkdir /out/old && cp /bin/cp /out/old && mkdir /out/file && chmod 4755 /out/two
RUN cp /bin/grep /out/link/through && rm /out/one && truncate -s 40M /out/old/cp && mkfifo /out/fifo && chown 12:34 /out/file && ln /out/old/cp /out/cp
`;

describe("an image with layers that hide, replace and link", () => {
  let image: Image;
  let files: { saved: string; tree: string };
  let expected: Snapshot;
  const request: LookRequest = {
    artifactPaths: ["/"],
    folders: [],
    paths: ["/usr/bin/sh"],
    askLoader: true,
    searchStrings: true,
  };
  beforeAll(async () => {
    image = await buildExample(engine, HELLO, LAYERED, "bookworm");
    files = await taken(image, "layered");
    expected = await look(engine, image, request, signal);
    expect(expected.questions.length).toBeGreaterThan(100);
  });

  it.each<readonly [string, () => string | Promise<string>]>([
    ["docker save", () => files.saved],
    ["docker save, compressed with gzip", () => gzipped(files.saved)],
    ["an OCI layout", () => layoutFrom(files.saved)],
    ["a tar of an OCI layout, compressed with gzip", () => gzipped(tarred(join(work, "layout")))],
  ])(
    "looks byte for byte the same in the layers of %s as in a container; only the loader is not asked",
    async (_, make) => {
      const reference = await make();
      const archive = await openOci({ reference, platform: null, machine }, signal);
      const layers = await lookAtLayers(archive, ["/"], signal);
      const snapshot = await layers.ask(request);
      await archive.close();
      const paths = snapshot.files.map(({ path, type }) => (type === "absent" ? "" : path));
      expect(paths).toEqual(
        expect.arrayContaining(["/out/old/through", "/out/file", "/out/two", "/out/cp", "/out/bad\udcff"]),
      );
      for (const gone of ["/out/one", "/out/gone", "/out/old/deep"]) expect(paths).not.toContain(gone);
      expect(writeSnapshot(snapshot)).toBe(writeSnapshot(unasked(expected, snapshot)));
    },
  );

  it.runIf(isRoot)("looks the same as a tree, with the loader asked apart from this machine", async () => {
    const tree = await realpath(files.tree);
    expect(await canRunIn(tree, signal)).toBe(true);
    const folder = { path: tree, architecture: "amd64", run: runIn(tree), asNobody: true };
    const snapshot = await lookAtFolder(folder, request, signal);
    const open = (one: Snapshot) => one.questions.filter(({ asked }) => asked.startsWith("/out/"));
    expect(open(snapshot).length).toBeGreaterThan(2);
    expect(open(snapshot)).toEqual(open(expected));
    const { image: _, questions, ...rest } = snapshot;
    expect(questions.length).toBe(expected.questions.length);
    const here = { ...rest, image: expected.image, questions: [] };
    expect(writeSnapshot(here)).toBe(writeSnapshot({ ...expected, questions: [] }));
  });

  it.runIf(isRoot)("runs programs of a tree as nobody, who can write, reach and gain nothing", async () => {
    const script =
      "id -u; id -G; grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status; touch /x /dev/x; echo hit > /tmp/x; ls /sys /proc; kill -0 2; cat /etc/shadow";
    const { stdout, stderr } = await runIn(await realpath(files.tree))({
      command: ["/bin/sh", "-c", script],
      stdin: new Uint8Array(0),
      endStdin: true,
      env: {},
      maxOutput: 65536,
      timeoutMs: 60_000,
      signal,
    });
    expect(stdout.toString()).toMatch(/^65534\n65534\n/);
    const denied = stderr.toString();
    for (const what of [
      "'/x': Read-only file system",
      "'/dev/x': Permission denied",
      "/tmp/x: Read-only",
      "/etc/shadow: Permission denied",
    ]) {
      expect(denied).toContain(what);
    }
    expect(stdout.toString()).not.toMatch(/^1$/m);
  });
});

/** The same image as an OCI layout with gzip layers. */
async function layoutFrom(saved: string): Promise<string> {
  const unpacked = join(work, "saved");
  await mkdir(unpacked);
  execFileSync("tar", ["-xf", saved, "-C", unpacked]);
  return layoutOfSaved(unpacked, join(work, "layout"));
}

/** The unpacked base. */
async function baseTree(): Promise<string> {
  const tree = join(work, "base");
  await mkdir(tree, { mode: 0o755 });
  execFileSync("sh", ["-c", UNPACK, "sh", "debian:trixie-slim", tree], { stdio: "pipe" });
  return tree;
}

/** A tar of a folder, its files in the order of their names: that of the layers is another. */
function tarred(folder: string): string {
  execFileSync("tar", ["--sort=name", "-cf", `${folder}.tar`, "-C", folder, "."]);
  return `${folder}.tar`;
}

function gzipped(path: string): string {
  execFileSync("gzip", ["-1", "-k", "-f", path]);
  return `${path}.gz`;
}

/** What of an answer hangs on what the loader said: the paths it opened are looked at, and its owner is asked for. */
function unasked(expected: Snapshot, own: Snapshot): Snapshot {
  const paths = new Set(own.files.map(({ path }) => path));
  const owners = new Set(own.dpkg?.owners);
  const { dpkg } = expected;
  return {
    ...expected,
    questions: [],
    files: expected.files.filter(({ path }) => paths.has(path)),
    dpkg: dpkg === null ? null : { ...dpkg, owners: dpkg.owners.filter((line) => owners.has(line)) },
  };
}

describe("where no engine answers", () => {
  it("works inside the builder, without network", async () => {
    const image = await exampleImage(HELLO);
    images.push(image);
    const mounts = [
      [process.execPath, "/usr/bin/node"],
      [resolve("dist"), "/app/dist"],
      [resolve("mappings"), "/app/mappings"],
      [resolve("package.json"), "/app/package.json"],
      [await realpath("node_modules"), "/app/node_modules"],
    ].flatMap(([from, to]) => ["-v", `${from}:${to}:ro`]);
    const command = ["node", "/app/dist/cli.js", "-a", "/out", "-f", "list"];
    const run = await docker("run", "--rm", "--network", "none", ...mounts, image.reference, ...command);
    expect(run.stdout, run.stderr).toBe("libarchive13t64\n");
    expect(run.stderr).toContain("looking at this machine (--rootfs /)");
    expect(run.stderr).toMatch(/^this machine, linux\/amd64, debian 13 \(trixie\)$/m);
  });

  it("answers for a Dockerfile with the base that its runtime stage names", async () => {
    const args = [POSTFIX.dockerfile, "--build-arg", "BASE_IMAGE=debian:trixie-slim", "--oci", postfix.saved];
    const { runtime, notes, install } = await analysis(args);
    expect(install).toEqual(POSTFIX.install.trixie);
    expect(runtime).toMatchObject({ base: "debian:trixie-slim", source: "mappings" });
    expect(notes).toContainEqual({ code: "assumed-base", path: null, base: "debian:trixie-slim", declared: true });
  });

  it("looks at the runtime base in an archive, and gives the engine's answer", async () => {
    const dockerfile = [POSTFIX.dockerfile, "--build-arg", "BASE_IMAGE=debian:trixie-slim"];
    const expected = await analysis([...dockerfile, "--image", postfix.image.reference], process.env);
    const given = ["--runtime-oci", gzipped(base)];
    const found = await analysis([...dockerfile, "--oci", postfix.saved, ...given]);
    const { files, ...runtime } = found.runtime ?? {};
    expect(files).toEqual({ origin: "oci", path: `${base}.gz` });
    expect(withoutSource({ ...found, runtime: runtime as Analysis["runtime"] })).toEqual(withoutSource(expected));
  });

  it("has audit and why look at the same base, and keeps what it saw", async () => {
    const hello = await exampleImage(HELLO);
    const builder = ["--rootfs", (await taken(hello, "hello")).tree, "--engine", "static"];
    const args = [HELLO.dockerfile, "--build-arg", "BASE_IMAGE=debian:trixie-slim", ...builder];
    const tree = await baseTree();
    const saved = join(work, "saved-run");
    const inTree = ["--runtime-rootfs", tree];
    const run = await msbDeps([...args, ...inTree, "-f", "list", "--save-snapshot", saved], { env: NO_ENGINE });
    expect(run.stdout, run.stderr).toBe("libarchive13t64\n");
    expect(run.stderr).toContain(`debian:trixie-slim (looked at as the tree ${await realpath(tree)}) already has`);
    expect(run.stderr).toContain("has no image configuration");
    const replayed = await msbDeps(["--snapshot", saved, "-f", "list"], { env: NO_ENGINE });
    expect(replayed.stderr).toContain("looked at as the tree");
    const codes = async (base: readonly string[]): Promise<readonly string[]> => {
      const { stdout } = await msbDeps(["audit", ...args, ...base, "-q"], { env: NO_ENGINE });
      return [...stdout.matchAll(/:\d+ ([a-z-]+) /g)].map(([, code]) => code ?? "");
    };
    expect(await codes(["--runtime-oci", base])).toEqual(["missing", "root-user"]);
    // Of a tree nobody knows the user.
    expect(await codes(inTree)).toEqual(["missing"]);
    const built = await analysis([...args.slice(0, 3), "--image", hello.reference, ...inTree], process.env);
    expect(built.install).toEqual(["libarchive13t64"]);
    expect(built.runtime?.files).toEqual({ origin: "rootfs", path: await realpath(tree) });
    const why = await msbDeps(["why", ...args, ...inTree, "zlib1g"], { env: NO_ENGINE });
    expect(why.stdout).toMatch(/^zlib1g: not in the line: debian:trixie-slim has /);
  });

  it("says what to do where a build is asked for", async () => {
    const run = await msbDeps([HELLO.dockerfile], { env: NO_ENGINE });
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(/no container engine answers.*--oci takes a built image's archive/s);
  });

  it("has the demo show this machine's own programs", async () => {
    const run = await new Promise<{ code: number | null; stdout: string; stderr: string }>((done) => {
      execFile(resolve("scripts/demo"), { env: NO_ENGINE }, (error, stdout, stderr) =>
        done({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
    });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toMatch(/^demo: no engine can be had: showing programs of this machine/m);
    expect(run.stderr).toMatch(/^this machine, linux\/amd64, /m);
    expect(run.stdout).toMatch(/^(?:RUN apt-get update|# No package is needed)/m);
  });

  it.each([
    [["--oci", "/no.tar", "--rootfs", "/", "-a", "/out"], "--rootfs and --oci both say what to look at"],
    [["--rootfs", "/", "-a", "/out", "--online"], "--online asks apt"],
    [["--rootfs", "/"], "the artifacts have to be named"],
    [["--rootfs", "/no/such", "-a", "/out"], "there is no folder /no/such"],
    [["--rootfs", "/", "-a", "/no/such"], "has no /no/such"],
    [["--rootfs", "/", "-a", "/bin/sh", "--runtime-oci", "/no.tar"], "there is no such file"],
    [["--rootfs", "/", "-a", "/bin/sh", "--runtime-oci", "/no.tar", "--runtime", "none"], "--runtime none"],
    [["verify", HELLO.dockerfile, "--runtime-oci", "/no.tar"], "have no place in it"],
    [["--rootfs", "/", "-a", "/bin/sh", "--runtime", "alpine:3"], "the runtime base alpine:3 is not one of the images"],
  ])("refuses %j", async (args, message) => {
    const run = await msbDeps(args, { env: NO_ENGINE });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
  });
});
