import { decodeName } from "../base/names.ts";
import { dirname } from "../base/paths.ts";
import type { CacheEntry } from "../loader/cache.ts";
import { confLines, ldconfigFolders, readLoaderConf } from "../loader/conf.ts";
import { abiOf } from "../loader/machine.ts";
import { makeCache } from "../loader/make-cache.ts";
import type { FileSystemView, ViewEntry } from "../snapshot/view.ts";
import type { LookedAtImage } from "./image.ts";
import type { Provision } from "./provision.ts";
import { type BuilderScene, layerOf, type Scene } from "./scene.ts";

/** The contents of a small text file that a look kept in full, by the snapshot that its layer is from. */
export function textOf(scene: Scene, entry: ViewEntry): string | null {
  const { kind, builder } = layerOf(entry);
  const image = kind === "base" ? scene.base : (scene.builders[builder]?.image ?? null);
  return image === null ? null : textOfFile(image, entry.source);
}

/** The contents of a small text file of an image, or null where they were not kept. */
export function textOfFile(image: LookedAtImage, path: string): string | null {
  const fact = image.snapshot.files.find((one) => one.path === path);
  if (fact?.size === 0) return "";
  const range = fact?.ranges?.[0];
  if (fact === undefined || range === undefined || range[0] !== 0) return null;
  const bytes = Buffer.from(range[1], "base64");
  return bytes.length === fact.size ? decodeName(bytes) : null;
}

/** The folders of ld.so.conf and the files that it includes. */
export function confFolders(image: LookedAtImage): readonly string[] {
  return readLoaderConf(image.view, (entry) => textOfFile(image, entry.source)).folders;
}

/** The folders that the ld.so.conf files among what a builder's files bring to the runtime stage name. */
export function copiedConfFolders({ image, placed }: BuilderScene): string[] {
  return placed.flatMap(({ from, to, type }) => {
    if (type !== "file" || !/^\/etc\/ld\.so\.conf(?:\.d\/[^/]*\.conf)?$/.test(to)) return [];
    return confLines(textOfFile(image, from) ?? "").flatMap(({ folder }) => folder ?? []);
  });
}

/** The folders that the ldconfig of the runtime stage goes through, as far as no package brings further ones. */
export function destinationFolders(scene: Scene): readonly string[] {
  const images = scene.base === null ? scene.builders.map(({ image }) => image) : [scene.base];
  const named = [...images.flatMap(confFolders), ...scene.builders.flatMap(copiedConfFolders)];
  return [...named, ...ldconfigFolders(scene.architecture)];
}

/**
 * ld.so.cache as it will be. An apt run ends in ldconfig, so what packages bring is in it. What a COPY brings is in it
 * only if ldconfig (or an apt run) comes behind that COPY: `cached` has just these artifacts.
 */
export function destinationCache(
  scene: Scene,
  provision: Provision,
  cached: { readonly view: FileSystemView; readonly any: boolean },
): readonly CacheEntry[] | null | "unknown" {
  if (cached.any) {
    const conf = readLoaderConf(cached.view, (entry) => textOf(scene, entry)).folders;
    const folders = new Set([
      ...conf,
      ...scene.builders.flatMap(({ image }) => confFolders(image)),
      ...ldconfigFolders(scene.architecture),
    ]);
    const { entries, links } = makeCache(cached.view, [...folders], scene.architecture);
    // The links that ldconfig makes are in no view; their entries lead to the files themselves.
    const targets = new Map(links.map(({ path, target }) => [path, `${dirname(path)}/${target}`]));
    return entries.map((entry) => ({ ...entry, path: targets.get(entry.path) ?? entry.path }));
  }
  const before = scene.base === null ? null : scene.base.cache;
  if (before === "unknown") return before;
  return [...(before ?? []), ...providedEntries(scene, provision)];
}

/** Entries for what packages and copies bring into a folder of the builder's ld.so.conf. */
function providedEntries(scene: Scene, provision: Provision): CacheEntry[] {
  if (scene.copyOnly) return [];
  const folders = scene.builders.map(({ image }) => new Set(confFolders(image)));
  return provision.all.flatMap((item) => {
    if (folders[item.builder]?.has(dirname(item.place)) !== true) return [];
    const entry = scene.builders[item.builder]?.image.view.lstat(item.realSource);
    const reading = entry === undefined || typeof entry === "string" ? null : entry.elf();
    const abi = reading?.kind === "elf" ? abiOf(reading.facts) : null;
    return abi === null ? [] : [{ soname: item.soname, path: item.place, flags: abi.cacheFlags, hwcap: null }];
  });
}
