import { realpath, stat } from "node:fs/promises";
import type { BuilderFiles } from "../analysis/builder-files.ts";
import { MsbDepsError } from "../base/errors.ts";
import { lookAtFolder } from "../look/by-folder.ts";
import { lookAtLayers, type OnLayer } from "../look/by-layers.ts";
import { canRunIn, runHere, runIn } from "../look/run-here.ts";
import type { LayerTar } from "../oci/layer.ts";
import type { Platform as OciPlatform } from "../oci/manifest.ts";
import { openOci } from "../oci/open-image.ts";
import type { LookRequest, Snapshot } from "../snapshot/snapshot.ts";
import type { FilesPlace } from "./builder-given.ts";
import type { GatherRequest } from "./gather-request.ts";
import { parsePlatform } from "./plan.ts";

/** What this machine is, for trees and archives that leave a choice. */
export interface Machine {
  /** Docker's name of the architecture. */
  readonly architecture: string;
  /** Null where the system has no users. */
  readonly uid: number | null;
}

/** How files are opened. */
export interface OpenRequest {
  readonly machine: Machine;
  readonly platform: string | null;
  /** Whether the loader of a tree is to be asked, and why the one of an archive is not is to be told. */
  readonly askLoader: boolean;
  /** The paths whose files are searched for names as they are read; of others that costs one more reading. */
  readonly artifacts: readonly string[];
  readonly onEvent: GatherRequest["onEvent"];
  readonly signal: AbortSignal;
}

/** The files of an image, opened to be looked at. */
export interface OpenFiles {
  readonly files: BuilderFiles;
  /** The archive as it was named, or the real path of the tree. */
  readonly path: string;
  /** The image's environment; of a tree nothing is known. */
  readonly env: readonly string[];
  /** Whether the loader can be asked. */
  readonly hasLoader: boolean;
  ask(request: LookRequest): Promise<Snapshot>;
  close(): Promise<void>;
}

/** Docker's names by Node's, where they differ. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };

/** What this machine is. */
export function thisMachine(): Machine {
  return { architecture: ARCHITECTURES[process.arch] ?? process.arch, uid: process.getuid?.() ?? null };
}

/**
 * Opens a tree or an archive.
 * @throws MsbDepsError `rootfs-missing`, `oci-invalid`, `usage` where it is not clear which image of an archive is meant
 */
export function openFiles(place: FilesPlace, request: OpenRequest): Promise<OpenFiles> {
  return place.origin === "oci" ? openArchive(place.path, request) : openTree(place.path, request);
}

async function openTree(named: string, { machine, askLoader, signal }: OpenRequest): Promise<OpenFiles> {
  const path = await realFolder(named);
  const loaderAbsence = !askLoader || path === "/" ? null : await whyNotAsked(path, machine, signal);
  const run = !askLoader || loaderAbsence !== null ? null : path === "/" ? runHere : runIn(path);
  const folder = { path, architecture: machine.architecture, run, asNobody: path !== "/" };
  return {
    files: { origin: "rootfs", loaderAbsence },
    path,
    env: [],
    hasLoader: run !== null,
    ask: (request) => lookAtFolder(folder, request, signal),
    close: async () => {},
  };
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
    hint: "Name the folder that holds an unpacked image, or / for this machine; a tar goes to --oci or --runtime-oci.",
  });
}

async function openArchive(
  reference: string,
  { machine, platform, askLoader, artifacts, onEvent, signal }: OpenRequest,
): Promise<OpenFiles> {
  const own = { os: "linux", architecture: machine.architecture, variant: null };
  const image = await openOci({ reference, platform: ociPlatform(platform), machine: own }, signal);
  try {
    const layers = await lookAtLayers(image, artifacts, signal, layerEvents(reference, image.layers, onEvent));
    return {
      files: { origin: "oci", loaderAbsence: askLoader ? "archive" : null },
      path: reference,
      env: image.facts.env,
      hasLoader: false,
      ask: layers.ask,
      close: () => image.close(),
    };
  } catch (error) {
    await image.close();
    throw error;
  }
}

/** Layers are shown as the steps of a build are. */
function layerEvents(reference: string, layers: readonly LayerTar[], onEvent: GatherRequest["onEvent"]): OnLayer {
  const begun = new Map<number, number>();
  return (index, state) => {
    const now = performance.now();
    if (state === "started") begun.set(index, now);
    const duration = state === "started" ? null : now - (begun.get(index) ?? now);
    const name = `layer ${index + 1}/${layers.length} ${layers[index]?.name ?? ""}`;
    onEvent({ type: "step", id: `${reference} ${index}`, name, state, duration });
  };
}

function ociPlatform(text: string | null): OciPlatform | null {
  const platform = parsePlatform(text);
  return platform === null ? null : { os: platform.os, architecture: platform.arch, variant: platform.variant ?? null };
}
