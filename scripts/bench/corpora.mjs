// What is measured, and the commands that do the same work.
import { docker, hasImage, run } from "../judges/docker.mjs";

const ROOT = new URL("../..", import.meta.url).pathname;
const HERE = new URL(".", import.meta.url).pathname;
const ARG = ["--build-arg", "BASE_IMAGE=debian:trixie-slim"];
const TRIPLET = "/usr/lib/x86_64-linux-gnu";
const LARGE = [
  ...["/usr/bin", "/usr/sbin", "/usr/lib/apache2", "/usr/lib/dovecot", "/usr/lib/postgresql"],
  ...["ImageMagick-7.1.1", "gimp", "perl", "ruby", "samba", "vlc"].map((name) => `${TRIPLET}/${name}`),
];

/** docker-library's: one ldd for each file. */
const ONE_LINER = (paths) =>
  `find ${paths} -type f -exec ldd '{}' ';' 2>/dev/null | awk '/=>/ { so = $(NF-1); gsub("^/(usr/)?", "", so); printf "*%s\\n", so }' | sort -u | xargs -r dpkg-query --search 2>/dev/null | cut -d: -f1 | sort -u`;
const ONE_LDD = (paths) =>
  `find ${paths} -type f -exec ldd {} + 2>/dev/null | awk '/=> \\//{print $3}' | sort -u | xargs -r realpath | xargs -r dpkg -S 2>/dev/null | cut -d: -f1 | sort -u`;

/** @typedef {{ usage?: { cpu: number, peakMemory: number, phases: { name: string, milliseconds: number }[] } }} Outcome */
/** @typedef {Readonly<Record<string, () => Promise<Outcome>>>} Ways ours is the first one */
/** @typedef {{ what: string, maxPairs?: number, prepare: () => Promise<void>, ways: Ways }} Corpus */

/** @type {Readonly<Record<string, Corpus>>} */
export const CORPORA = {
  hello: example("hello"),
  postfix: example("postfix"),
  large: {
    what: "`--image`: the programs and plugins of an image with more than 900 packages, 1,900 ELF files",
    prepare: () => made("peers"),
    ways: {
      "msb-deps": () => ours("peers", LARGE),
      "msb-deps --engine static": () => ours("peers", LARGE, "--engine", "static"),
      "one ldd for each file (docker-library)": () => inImage("peers", ONE_LINER(LARGE.join(" "))),
      "one ldd for all files": () => inImage("peers", ONE_LDD(LARGE.join(" "))),
      lddtree: () => inImage("peers", `find ${LARGE.join(" ")} -type f -exec lddtree -l {} + 2>/dev/null | sort -u`),
      libtree: () => inImage("peers", `find ${LARGE.join(" ")} -type f -exec libtree -p {} + 2>/dev/null`),
      "dpkg-shlibdeps": () =>
        inImage(
          "peers",
          `find ${LARGE.join(" ")} -type f -exec dpkg-shlibdeps --ignore-missing-info -O {} + 2>/dev/null`,
        ),
    },
  },
  huge: {
    what: "`--image`: 10,000 ELF files, copies of programs under other names",
    maxPairs: 2,
    prepare: () => made("huge"),
    ways: {
      "msb-deps": () => ours("huge", ["/huge"]),
      "one ldd for all files": () => inImage("huge", ONE_LDD("/huge")),
    },
  },
};

/** @returns {Corpus} */
function example(name) {
  const tag = `msb-deps-bench:${name}`;
  const folder = `${ROOT}examples/${name}`;
  const build = () => docker(["build", "-q", "--target", "builder", ...ARG, "-t", tag, folder]);
  return {
    what: `\`examples/${name}\`, builder stage in the engine's cache`,
    prepare: async () => {
      await build();
    },
    ways: {
      "msb-deps": () => msbDeps([folder, ...ARG]),
      "`docker build`, `docker run … ldd … dpkg -S`": async () => {
        await build();
        return inImage(name, ONE_LDD("/out"));
      },
      "`docker build`, `docker run … true`": async () => {
        await build();
        return inImage(name, "true");
      },
    },
  };
}

/** Builds a corpus unless it is there. */
async function made(target) {
  const tag = `msb-deps-bench:${target}`;
  if (await hasImage(tag)) return;
  await docker(["build", "-q", "--target", target, "-t", tag, "-f", `${HERE}large.Dockerfile`, HERE]);
}

async function inImage(target, script) {
  await run("docker", ["run", "--rm", "--network", "none", `msb-deps-bench:${target}`, "sh", "-c", script]);
  return {};
}

function ours(target, paths, ...more) {
  return msbDeps(["--image", `msb-deps-bench:${target}`, ...paths.flatMap((path) => ["-a", path]), ...more]);
}

async function msbDeps(args) {
  const { code, stderr } = await run("node", [`${ROOT}dist/cli.js`, ...args, "-q", "-f", "list", "--timings", "json"]);
  const line = stderr.split("\n").findLast((one) => one.startsWith("{"));
  if (code === 2 && line === undefined) throw new Error(stderr.slice(-1500));
  return { usage: JSON.parse(line ?? "null") };
}
