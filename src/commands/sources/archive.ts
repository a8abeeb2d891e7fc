import { lookAtLayers, type OnLayer } from "../../look/by-layers.ts";
import type { LayerTar } from "../../oci/layer.ts";
import type { Platform as OciPlatform } from "../../oci/manifest.ts";
import { openOci } from "../../oci/open-image.ts";
import { parsePlatform } from "../plan.ts";
import type { ImageSource, OpenRequest } from "./image-source.ts";

/** `--oci`: an OCI layout, or a `docker save` archive. */
export const openArchive: ImageSource = async (
  reference,
  { machine, platform, askLoader, artifacts, onEvent, signal },
) => {
  const own = { os: "linux", architecture: machine.architecture, variant: null };
  const image = await openOci({ reference, platform: ociPlatform(platform), machine: own }, signal);
  try {
    const layers = await lookAtLayers(image, artifacts, signal, layerEvents(reference, image.layers, onEvent));
    return {
      reference,
      files: { origin: "oci", loaderAbsence: askLoader ? "archive" : null },
      env: image.facts.env,
      hasLoader: false,
      ask: layers.ask,
      close: () => image.close(),
    };
  } catch (error) {
    await image.close();
    throw error;
  }
};

/** Layers are shown as the steps of a build are. */
function layerEvents(reference: string, layers: readonly LayerTar[], onEvent: OpenRequest["onEvent"]): OnLayer {
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
