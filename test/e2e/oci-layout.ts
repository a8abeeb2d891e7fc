import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { layoutOf, writeFiles } from "../oci/make-archive.ts";

/** Makes an OCI layout with gzip layers out of an unpacked `docker save` of one image, in a folder. */
export async function layoutOfSaved(saved: string, into: string): Promise<string> {
  const [image] = JSON.parse(await readFile(join(saved, "manifest.json"), "utf8")) as {
    Config: string;
    Layers: string[];
  }[];
  if (image === undefined) throw new Error(`no image in ${saved}: ${(await readdir(saved)).join(" ")}`);
  const config = await readFile(join(saved, image.Config), "utf8");
  const layers = await Promise.all(
    image.Layers.map(async (name) => {
      const tar = await readFile(join(saved, name));
      return { tar, blob: gzipSync(tar, { level: 1 }), mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" };
    }),
  );
  return writeFiles(into, layoutOf([{ layers, config }]));
}
