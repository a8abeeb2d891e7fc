import { realpath, stat } from "node:fs/promises";
import { MsbDepsError } from "../../base/errors.ts";
import { lookAtFolder } from "../../look/by-folder.ts";
import { canRunIn, runIn } from "../../look/run-here.ts";
import type { ImageSource } from "./image-source.ts";

/** `--rootfs`: an unpacked tree; `/` is this machine. */
export const openTree: ImageSource = async (named, { machine, askLoader, signal }) => {
  const path = await realFolder(named);
  const { architecture, uid } = machine;
  // Never with our own rights, also on this machine: what the loader maps is not to be trusted.
  const isolated = askLoader && uid !== null && (await canRunIn(path, uid, signal)) ? runIn(path, uid) : null;
  const folder = { path, architecture, run: isolated, asNobody: uid === 0 };
  return {
    reference: path,
    files: { origin: "rootfs", loaderAbsence: askLoader && isolated === null ? "not-isolated" : null },
    env: [],
    hasLoader: isolated !== null,
    ask: (request) => lookAtFolder(folder, request, signal),
    close: async () => {},
  };
};

async function realFolder(path: string): Promise<string> {
  const real = await realpath(path).catch(() => null);
  const isFolder = real !== null && (await stat(real).catch(() => null))?.isDirectory() === true;
  if (isFolder) return real;
  throw new MsbDepsError("rootfs-missing", `no such directory: ${path}.`, {
    hint: "Give the directory of an unpacked image, or / for this machine. For an archive use --oci or --runtime-oci.",
  });
}
