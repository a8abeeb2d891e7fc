// Builds dist: the program and its dependencies bundled into a few chunks (loading hundreds of small modules takes most of
// a short run), the scripts that run inside images, and the type declarations of the library. The new dist replaces the
// old one at once, and only if everything went well: a command that runs meanwhile finds one or the other.
//
//   node scripts/build.mjs            dist
//   node scripts/build.mjs --judges   also .build/judges.js, the parts that scripts/judges call
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";

const made = `dist.${process.pid}.new`;
const old = `dist.${process.pid}.old`;

/**
 * dockerode loads an SSH client and a gRPC stack for features that this program has of its own (src/engine/ssh.ts,
 * src/engine/session): they are left out of the bundle, which halves its load time and leaves no install scripts.
 * The CycloneDX library can write and check XML, which nothing here asks of it.
 */
const UNUSED = /^(?:@grpc\/|ssh2$|protobufjs|xmlbuilder2$|libxmljs2$|ajv)/;
const leaveOut = {
  name: "leave-out",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: UNUSED }, ({ path }) => ({ path, namespace: "left-out" }));
    onLoad({ filter: /.*/, namespace: "left-out" }, () => ({ contents: "module.exports = {};", loader: "js" }));
  },
};

const OPTIONS = {
  bundle: true,
  platform: "node",
  target: "node20.19",
  format: "esm",
  plugins: [leaveOut],
  // For the dependencies that are CommonJS.
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  // Errors are recognized by the names of their classes.
  keepNames: true,
  logLevel: "warning",
};

/** Files that modules read from beside themselves. */
const BESIDE = [
  ...["look/execve.pl", "look/look.pl", "look/trace.pl", "engine/buildx/inside.pl"],
  ...["report/html/page.css", "report/html/page.js"],
];

try {
  await main();
} catch (error) {
  rmSync(made, { recursive: true, force: true });
  // esbuild and tsc have printed their errors.
  if (!("errors" in error)) console.error(error.message);
  process.exitCode = 1;
}

async function main() {
  // Two levels below the package's root, as in src: paths relative to a module lead to the same files.
  const bundle = join(made, "bundle");
  const { metafile } = await build({
    ...OPTIONS,
    entryPoints: ["src/cli.ts", "src/index.ts"],
    outdir: bundle,
    splitting: true,
    chunkNames: "[name]-[hash]",
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "none",
    metafile: true,
  });
  for (const file of BESIDE) copyFileSync(`src/${file}`, join(bundle, file.replace(/.*\//, "")));
  writeFileSync(join(made, "LICENSES.txt"), licenses(Object.keys(metafile.inputs)));
  // For scripts/sizes.mjs.
  mkdirSync(".build", { recursive: true });
  writeFileSync(".build/bundle.json", JSON.stringify(metafile));
  // Node.js 22 can keep the compiled code from run to run.
  const start = 'import module from "node:module";\nmodule.enableCompileCache?.();\nawait import("./bundle/cli.js");\n';
  writeFileSync(join(made, "cli.js"), `#!/usr/bin/env node\n${start}`);
  chmodSync(join(made, "cli.js"), 0o755);
  declarations(join(made, "types"));
  if (process.argv.includes("--judges"))
    await build({ ...OPTIONS, entryPoints: ["scripts/judges/ours.ts"], outfile: ".build/judges/ours.js" });
  swap();
}

/** The licences of the bundled packages, which ask to be kept with their code. */
function licenses(inputs) {
  const roots = inputs.map((input) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(input)?.[0]);
  const texts = [...new Set(roots.filter((root) => root !== undefined))].sort().map((root) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    const file = readdirSync(root).find((one) => /^(?:licen[cs]e|copying)(?:\.|$)/i.test(one));
    return `${name} ${version} (${license})\n\n${file === undefined ? "" : readFileSync(join(root, file), "utf8").trim()}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

function declarations(folder) {
  const args = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", folder];
  const tsc = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (tsc.status !== 0) throw Object.assign(new Error("tsc failed"), { errors: [] });
}

function swap() {
  mkdirSync(dirname(made), { recursive: true });
  try {
    renameSync("dist", old);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  renameSync(made, "dist");
  rmSync(old, { recursive: true, force: true });
}
