// Writes man/msb-deps.1 from the command line's own definitions (scripts/man/page.ts): npm run man
import { mkdirSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

await build({
  entryPoints: ["scripts/man/page.ts"],
  outdir: ".build/man",
  bundle: true,
  // What only a running command loads stays apart, and is not loaded.
  splitting: true,
  external: ["ssh2", "@grpc/*", "protobufjs", "xmlbuilder2", "libxmljs2", "ajv*"],
  platform: "node",
  target: "node20.19",
  format: "esm",
  banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  logLevel: "warning",
});
const { commandTree, manPage } = await import("../.build/man/page.js");
mkdirSync("man", { recursive: true });
writeFileSync("man/msb-deps.1", manPage(commandTree()));
