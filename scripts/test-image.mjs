// Builds the image of the project's Dockerfile and uses it: `npm run test:image`. Needs the engine and the base image of the
// examples (scripts/engine).
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, run } from "./lib/expect.mjs";

const BASE = "debian:trixie-slim";
const tag = (name) => `msb-deps-test-${name}:${process.pid}`;
const made = [];
const directory = mkdtempSync(join(tmpdir(), "msb-deps-image-"));
try {
  build("image", buildContext());
  makeReadable();
  check();
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
} finally {
  for (const name of made) run("docker", ["image", "rm", "--force", tag(name)]);
  rmSync(directory, { recursive: true, force: true });
}

/** What a clone has after `npm pack`, as far as the Dockerfile copies it. */
function buildContext() {
  run("npm", ["pack", "--ignore-scripts", "--pack-destination", directory]);
  for (const file of ["Dockerfile", ".dockerignore"]) copyFileSync(file, join(directory, file));
  return directory;
}

/** The user of the image is not the owner of the files. */
function makeReadable() {
  run("chmod", ["-R", "a+rX", directory]);
}

function build(name, context, options = []) {
  run("docker", ["build", "-q", "-t", tag(name), "--build-arg", `BASE_IMAGE=${BASE}`, ...options, context]);
  made.push(name);
}

function check() {
  const { version } = JSON.parse(readFileSync("package.json", "utf8"));
  const mount = ["-v", `${directory}:/work:ro`];
  const image = (args, options = []) => run("docker", ["run", "--rm", ...mount, ...options, tag("image"), ...args]);
  const id = ["run", "--rm", "--entrypoint", "id", tag("image"), "-u"];
  expect("the image runs as another user than root", run("docker", id), "65532\n");
  expect("--version", image(["--version"]), `${version}\n`);
  expect("--help without arguments", image([]), image(["--help"]));
  // "no findings" is on standard error.
  expect("audit --no-build of its own Dockerfile", image(["audit", "--no-build", "Dockerfile"]), "");

  build("hello", "examples/hello", ["--target", "builder"]);
  run("docker", ["save", "-o", join(directory, "hello.tar"), tag("hello")]);
  makeReadable();
  const list = image(["--oci", "hello.tar", "--artifacts", "/out", "-f", "list", "-q"]);
  expect("--oci of the builder of examples/hello", list, "libarchive13t64\n");

  const socket = "/var/run/docker.sock";
  const engine = ["-v", `${socket}:${socket}`, "--group-add", `${statSync(socket).gid}`];
  expect("audit of its own Dockerfile, built by the engine", image(["audit", "-q", "Dockerfile"], engine), "");
}
