// Compiles src to dist and puts the files beside it that are not TypeScript: the script that runs inside images.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, rmSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
const tsc = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"], {
  stdio: "inherit",
});
if (tsc.status !== 0) process.exit(tsc.status ?? 1);
copyFileSync("src/look/look.pl", "dist/look/look.pl");
chmodSync("dist/cli.js", 0o755);
