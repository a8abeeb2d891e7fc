import { type Check, list, record, text } from "../base/check.ts";
import type { ImageFacts } from "../snapshot/snapshot.ts";

/** A pointer to another file of an archive (OCI image-spec, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly platform: Platform | null;
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string | null;
}

/** An image index or an image manifest, whichever it is. */
export type Manifest =
  | { readonly kind: "index"; readonly manifests: readonly Descriptor[] }
  | { readonly kind: "image"; readonly config: Descriptor; readonly layers: readonly Descriptor[] };

/** The configuration of an image. */
export interface Configuration {
  readonly image: ImageFacts;
  /** Digests of the layers without compression. */
  readonly diffIds: readonly string[];
}

const optionalText: Check<string | null> = (value, at) =>
  value === undefined || value === null || value === "" ? null : text(value, at);

const optionalWords: Check<readonly string[]> = (value, at) => {
  if (value === undefined || value === null) return [];
  return typeof value === "string" ? [value] : list(text)(value, at);
};

const platform: Check<Platform> = (value, at) => {
  const o = record(value, at);
  return {
    os: text(o.os, `${at}.os`),
    architecture: text(o.architecture, `${at}.architecture`),
    variant: optionalText(o.variant, `${at}.variant`),
  };
};

const descriptor: Check<Descriptor> = (value, at) => {
  const o = record(value, at);
  const annotations = Object.entries(o.annotations === undefined ? {} : record(o.annotations, `${at}.annotations`));
  return {
    mediaType: optionalText(o.mediaType, `${at}.mediaType`) ?? "",
    digest: text(o.digest, `${at}.digest`),
    annotations: Object.fromEntries(annotations.filter((one): one is [string, string] => typeof one[1] === "string")),
    platform: o.platform === undefined ? null : platform(o.platform, `${at}.platform`),
  };
};

/** Judges a value as an index or a manifest: OCI's, or Docker's schema 2, which has the same fields. */
export const manifest: Check<Manifest> = (value, at) => {
  const o = record(value, at);
  if (o.manifests !== undefined) return { kind: "index", manifests: list(descriptor)(o.manifests, `${at}.manifests`) };
  return {
    kind: "image",
    config: descriptor(o.config, `${at}.config`),
    layers: list(descriptor)(o.layers, `${at}.layers`),
  };
};

/** Judges a value as an image's configuration (OCI image-spec, config.md; Docker's is the same). */
export const configuration: Check<Configuration> = (value, at) => {
  const o = record(value, at);
  const config = o.config === undefined || o.config === null ? {} : record(o.config, `${at}.config`);
  const rootfs = record(o.rootfs, `${at}.rootfs`);
  return {
    image: {
      os: text(o.os, `${at}.os`),
      architecture: text(o.architecture, `${at}.architecture`),
      variant: optionalText(o.variant, `${at}.variant`),
      env: optionalWords(config.Env, `${at}.config.Env`),
      workingDir: optionalText(config.WorkingDir, `${at}.config.WorkingDir`) ?? "/",
      user: optionalText(config.User, `${at}.config.User`) ?? "",
      entrypoint: optionalWords(config.Entrypoint, `${at}.config.Entrypoint`),
      cmd: optionalWords(config.Cmd, `${at}.config.Cmd`),
    },
    diffIds: list(text)(rootfs.diff_ids, `${at}.rootfs.diff_ids`),
  };
};

/** An image of `manifest.json` as `docker save` writes it. */
export interface SavedImage {
  readonly config: string;
  readonly tags: readonly string[];
  readonly layers: readonly string[];
}

/** Judges a value as the `manifest.json` of `docker save` (moby, image/tarexport). */
export const savedImages: Check<SavedImage[]> = list((value, at) => {
  const o = record(value, at);
  return {
    config: text(o.Config, `${at}.Config`),
    tags: optionalWords(o.RepoTags, `${at}.RepoTags`),
    layers: list(text)(o.Layers, `${at}.Layers`),
  };
});
