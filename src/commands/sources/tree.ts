import { realpath, stat } from "node:fs/promises";
import type { BuilderFiles } from "../../analysis/builder-files.ts";
import { MsbDepsError } from "../../base/errors.ts";
import { lookAtFolder } from "../../look/by-folder.ts";
import { canRunIn, runHere, runIn } from "../../look/run-here.ts";
import type { ImageSource, Machine } from "./image-source.ts";

/** `--rootfs`: an unpacked tree; `/` is this machine. */
export const openTree: ImageSource = async (named, { machine, askLoader, signal }) => {
  const path = await realFolder(named);
  const loaderAbsence = !askLoader || path === "/" ? null : await whyNotAsked(path, machine, signal);
  const run = !askLoader || loaderAbsence !== null ? null : path === "/" ? runHere : runIn(path);
  const folder = { path, architecture: machine.architecture, run, asNobody: path !== "/" };
  return {
    reference: path,
    files: { origin: "rootfs", loaderAbsence },
    env: [],
    hasLoader: run !== null,
    ask: (request) => lookAtFolder(folder, request, signal),
    close: async () => {},
  };
};

async function whyNotAsked(
  path: string,
  { uid }: Machine,
  signal: AbortSignal,
): Promise<BuilderFiles["loaderAbsence"]> {
  if (uid !== 0) return "not-root";
  return (await canRunIn(path, signal)) ? null : "not-isolated";
}

async function realFolder(path: string): Promise<string> {
  const real = await realpath(path).catch(() => null);
  const isFolder = real !== null && (await stat(real).catch(() => null))?.isDirectory() === true;
  if (isFolder) return real;
  throw new MsbDepsError("rootfs-missing", `there is no folder ${path} to look at.`, {
    hint: "Name the folder that holds an unpacked image, or / for this machine; a tar goes to --oci or --runtime-oci.",
  });
}
