import type { ImageSource, Machine, OpenImage, OpenRequest } from "./image-source.ts";
import type { Place, PlaceKind } from "./places.ts";

/** Every source of images by the kind of place: a new one is one file and one line here. Each is loaded when it is used. */
const SOURCES: Readonly<Record<PlaceKind, ImageSource>> = {
  image: async (path, request) => (await import("./engine-image.ts")).openEngineImage(path, request),
  rootfs: async (path, request) => (await import("./tree.ts")).openTree(path, request),
  oci: async (path, request) => (await import("./archive.ts")).openArchive(path, request),
};

/** Opens the image at a place, as its {@link ImageSource} does. */
export function openPlace({ kind, path }: Place, request: OpenRequest): Promise<OpenImage> {
  return SOURCES[kind](path, request);
}

/** Docker's names by Node's, where they differ. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };

export function thisMachine(): Machine {
  return { architecture: ARCHITECTURES[process.arch] ?? process.arch, uid: process.getuid?.() ?? null };
}
