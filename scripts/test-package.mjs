// Packs the package, installs it into an empty directory without the network, and uses it there: the program, its tables,
// the library and its types. `npm run test:package` builds first.
//
//   node scripts/test-package.mjs              pack, install, check
//   node scripts/test-package.mjs --release    also refuse placeholders in package.json; `npm publish` calls this
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, run } from "./lib/expect.mjs";

const DOCKERFILE = `FROM debian:trixie-slim AS builder
RUN apt-get update && apt-get install -y --no-install-recommends gcc libpq-dev && rm -rf /var/lib/apt/lists/*
RUN mkdir /out && cp /bin/true /out/app

FROM debian:trixie-slim
COPY --from=builder /out/ /usr/local/bin/
CMD ["app"]
`;

/** Valid JavaScript and TypeScript. */
const LIBRARY = `import { makePlan, parseDockerfile } from "msb-deps";

const plan = makePlan(parseDockerfile("FROM a AS builder\\nFROM b\\nCOPY --from=builder /out /\\n"));
console.log(plan.builders.map(({ name }) => name).join());
`;

const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const directory = mkdtempSync(join(tmpdir(), "msb-deps-package-"));
try {
  if (process.argv.includes("--release") && JSON.stringify(manifest).includes("/OWNER/"))
    throw new Error("package.json has placeholders: write the owner of the repository for OWNER");
  checkInstalled(install());
} catch (error) {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

/** Installs the packed package into an empty directory; offline, so it can have no dependencies. */
function install() {
  const packed = run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", directory]);
  const [pack] = Object.values(JSON.parse(packed));
  const { filename, size, unpackedSize, entryCount } = pack;
  console.log(`packed: ${kilobytes(size)} kB, ${kilobytes(unpackedSize)} kB unpacked, ${entryCount} files`);
  writeFileSync(join(directory, "package.json"), '{ "type": "module", "private": true }\n');
  run("npm", ["install", "--offline", "--no-audit", "--no-fund", `./${filename}`], directory);
  const lock = JSON.parse(readFileSync(join(directory, "package-lock.json"), "utf8"));
  expect("npm installs this package alone", Object.keys(lock.packages).join(" "), " node_modules/msb-deps");
  return join(directory, "node_modules/.bin/msb-deps");
}

/** Runs a command in that directory. */
function inside(command, args) {
  return run(command, args, directory);
}

function checkInstalled(program) {
  expect("--version", inside(program, ["--version"]), `${manifest.version}\n`);
  expect("--help", inside(program, ["--help"]).slice(0, 15), "Usage: msb-deps");
  writeFileSync(join(directory, "Dockerfile"), DOCKERFILE);
  const audit = inside(program, ["audit", "--no-build", "Dockerfile"]);
  const codes = audit.split("\n").map((line) => line.split(" ")[1] ?? "");
  expect("audit --no-build", codes.join(" ").trim(), "likely-missing root-user");

  writeFileSync(join(directory, "library.js"), LIBRARY);
  writeFileSync(join(directory, "library.ts"), LIBRARY);
  expect("import from msb-deps", inside(process.execPath, ["library.js"]), "builder\n");
  const types = ["--types", "node", "--typeRoots", resolve("node_modules/@types")];
  const options = ["--strict", "--noEmit", "--module", "nodenext", ...types];
  const compiled = inside(process.execPath, [resolve("node_modules/typescript/bin/tsc"), ...options, "library.ts"]);
  expect("types of msb-deps", compiled, "");
}

function kilobytes(bytes) {
  return Math.round(bytes / 1000);
}
