// Compiles src to dist and puts the files beside it that are not TypeScript: the scripts that run inside images. The new
// dist takes the old one's place at once, and only if all went well: a command that runs meanwhile finds one or the other.
import { spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, renameSync, rmSync } from "node:fs";

const made = `dist.${process.pid}.new`;
const old = `dist.${process.pid}.old`;
const tsc = spawnSync(
  process.execPath,
  ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", made],
  { stdio: "inherit" },
);
if (tsc.status !== 0) {
  rmSync(made, { recursive: true, force: true });
  process.exit(tsc.status ?? 1);
}
for (const script of ["look/execve.pl", "look/look.pl", "engine/buildx/inside.pl"])
  copyFileSync(`src/${script}`, `${made}/${script}`);
chmodSync(`${made}/cli.js`, 0o755);
try {
  renameSync("dist", old);
} catch (error) {
  if (error.code !== "ENOENT") throw error;
}
renameSync(made, "dist");
rmSync(old, { recursive: true, force: true });
