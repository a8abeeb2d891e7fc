import { realpath, stat } from "node:fs/promises";
import type { BuilderFiles } from "../analysis/builder-files.ts";
import type { RunOptions } from "../config.ts";
import { MsbDepsError } from "../errors.ts";
import { lookAtFolder } from "../look/by-folder.ts";
import { type LayerTar, lookAtLayers, type OnLayer } from "../look/by-layers.ts";
import { canRunIn, runHere, runIn } from "../look/run-here.ts";
import type { Snapshot } from "../look/snapshot.ts";
import type { Platform as OciPlatform } from "../oci/manifest.ts";
import { openOci } from "../oci/open-image.ts";
import { checkArtifacts, checkDpkg } from "./checks.ts";
import { declaredBase } from "./declared-base.ts";
import type { Gathered, GatherRequest } from "./gather.ts";
import { lookWithLinks } from "./look-requests.ts";
import { parsePlatform } from "./plan.ts";

/** What this machine is, for trees and archives that leave a choice. */
export interface Machine {
  /** Node's name of the architecture. */
  readonly arch: string;
  /** Null where the system has no users. */
  readonly uid: number | null;
}

/** Docker's names by Node's, where they differ. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };

/**
 * Looks at a tree (`--rootfs`) or an archive (`--oci`). No engine is asked: what the runtime base has, the tables say.
 * @throws MsbDepsError `rootfs-missing`, `oci-invalid`, `base-unknown`, and what the checks of a builder throw
 */
export async function gatherFiles(request: GatherRequest, machine: Machine, signal: AbortSignal): Promise<Gathered> {
  const { options, plan } = request;
  const stage = plan?.builders[0] ?? null;
  const paths = request.artifactPaths[0] ?? [];
  const { snapshot, files, base } =
    options.oci === null
      ? await ofTree(options, paths, machine, signal)
      : await ofArchive(request, paths, machine, signal);
  checkDpkg(snapshot, stage, base, files.origin === "rootfs" ? "tree" : "archive");
  checkArtifacts(snapshot, plan, stage);
  return {
    builders: [{ stage, base, snapshot, files }],
    base: declaredBase(request, snapshot),
  };
}

interface Looked {
  readonly snapshot: Snapshot;
  readonly files: BuilderFiles;
  readonly base: string;
}

async function ofTree(
  { rootfs, engine }: RunOptions,
  paths: readonly string[],
  machine: Machine,
  signal: AbortSignal,
): Promise<Looked> {
  const path = await realFolder(rootfs ?? "/");
  const absence = engine === "static" || path === "/" ? null : await whyNotAsked(path, machine, signal);
  const run = engine === "static" || absence !== null ? null : path === "/" ? runHere : runIn(path);
  const folder = { path, architecture: ARCHITECTURES[machine.arch] ?? machine.arch, run, asNobody: path !== "/" };
  const snapshot = await lookWithLinks(paths, run !== null, (request) => lookAtFolder(folder, request, signal));
  return { snapshot, files: { origin: "rootfs", loaderAbsence: absence }, base: path };
}

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
    hint: "--rootfs takes the folder that holds an unpacked image, or / for this machine; a tar goes to --oci.",
  });
}

async function ofArchive(
  { options: { oci, platform, engine }, onEvent }: Pick<GatherRequest, "options" | "onEvent">,
  paths: readonly string[],
  machine: Machine,
  signal: AbortSignal,
): Promise<Looked> {
  const reference = oci ?? "";
  const own = { os: "linux", architecture: ARCHITECTURES[machine.arch] ?? machine.arch, variant: null };
  const image = await openOci({ reference, platform: ociPlatform(platform), machine: own });
  try {
    const layers = await lookAtLayers(image, paths, signal, layerEvents(image.layers, onEvent));
    const snapshot = await lookWithLinks(paths, false, layers.ask);
    const loaderAbsence = engine === "static" ? null : "archive";
    return { snapshot, files: { origin: "oci", loaderAbsence }, base: reference };
  } finally {
    await image.close();
  }
}

/** Layers are shown as the steps of a build are. */
function layerEvents(layers: readonly LayerTar[], onEvent: GatherRequest["onEvent"]): OnLayer {
  const begun = new Map<number, number>();
  return (index, state) => {
    const now = performance.now();
    if (state === "started") begun.set(index, now);
    const duration = state === "started" ? null : now - (begun.get(index) ?? now);
    const name = `layer ${index + 1}/${layers.length} ${layers[index]?.name ?? ""}`;
    onEvent({ type: "step", id: String(index), name, state, duration });
  };
}

function ociPlatform(text: string | null): OciPlatform | null {
  const platform = parsePlatform(text);
  return platform === null ? null : { os: platform.os, architecture: platform.arch, variant: platform.variant ?? null };
}
