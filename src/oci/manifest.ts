import * as v from "valibot";
import { checked, list, object, type Schema, text } from "../base/schema.ts";
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

/** Docker leaves out what is empty, or writes null or an empty text. */
const optionalText = v.pipe(
  v.nullish(text, null),
  v.transform((value) => (value === "" ? null : value)),
);

const optionalWords = v.pipe(
  v.nullish(
    v.union(
      [
        v.pipe(
          text,
          v.transform((word) => [word]),
        ),
        list(text),
      ],
      "is not a list",
    ),
    [],
  ),
  v.readonly(),
);

const platform = object<Platform>({ os: text, architecture: text, variant: optionalText });

const descriptor: Schema<Descriptor> = v.object(
  {
    mediaType: v.pipe(
      optionalText,
      v.transform((type) => type ?? ""),
    ),
    digest: text,
    annotations: v.pipe(
      v.optional(v.record(v.string(), v.unknown(), "is not an object"), {}),
      v.transform((all) =>
        Object.fromEntries(Object.entries(all).filter((one): one is [string, string] => typeof one[1] === "string")),
      ),
    ),
    platform: v.optional(v.nullable(platform), null),
  },
  "is not an object",
);

const index = v.object({ manifests: list(descriptor) });
const image = v.object({ config: descriptor, layers: list(descriptor) }, "is not an object");

/**
 * An index or a manifest: OCI's, or Docker's schema 2, which has the same fields.
 * @throws Refusal
 */
export function manifest(value: unknown, at: string): Manifest {
  const isIndex = typeof value === "object" && value !== null && "manifests" in value;
  return isIndex ? { kind: "index", ...checked(index, value, at) } : { kind: "image", ...checked(image, value, at) };
}

const configSchema = v.object(
  {
    os: text,
    architecture: text,
    variant: optionalText,
    config: v.nullish(
      v.object(
        {
          Env: optionalWords,
          WorkingDir: optionalText,
          User: optionalText,
          Entrypoint: optionalWords,
          Cmd: optionalWords,
        },
        "is not an object",
      ),
      {},
    ),
    rootfs: v.object({ diff_ids: list(text) }, "is not an object"),
  },
  "is not an object",
);

/**
 * An image's configuration (OCI image-spec, config.md; Docker's is the same).
 * @throws Refusal
 */
export function configuration(value: unknown, at: string): Configuration {
  const { os, architecture, variant, config, rootfs } = checked(configSchema, value, at);
  const { Env: env, WorkingDir, User, Entrypoint: entrypoint, Cmd: cmd } = config;
  const workingDir = WorkingDir ?? "/";
  return {
    image: { os, architecture, variant, env, workingDir, user: User ?? "", entrypoint, cmd },
    diffIds: rootfs.diff_ids,
  };
}

/** An image of `manifest.json` as `docker save` writes it. */
export interface SavedImage {
  readonly config: string;
  readonly tags: readonly string[];
  readonly layers: readonly string[];
}

const savedImage = v.object({ Config: text, RepoTags: optionalWords, Layers: list(text) }, "is not an object");

/**
 * The `manifest.json` of `docker save` (moby, image/tarexport).
 * @throws Refusal
 */
export function savedImages(value: unknown, at: string): SavedImage[] {
  const images = checked(list(savedImage), value, at);
  return images.map(({ Config: config, RepoTags: tags, Layers: layers }) => ({ config, tags, layers }));
}
