import { MsbDepsError } from "../base/errors.ts";
import type { LayerTar } from "./layer.ts";
import type { Configuration, Platform } from "./manifest.ts";
import { ociFailed } from "./trouble.ts";

/** Which image of an archive is meant. */
export interface Wish {
  /** As on the command line: `PATH`, `PATH:NAME` or `PATH@DIGEST`. */
  readonly reference: string;
  /** The platform that was asked for; null takes this machine's where there is a choice. */
  readonly platform: Platform | null;
  readonly machine: Platform;
}

/** An image that an archive has, with what it is called there. */
export interface Candidate {
  readonly names: readonly string[];
  readonly digest: string | null;
  readonly platform: Platform;
  readonly open: () => Promise<readonly LayerTar[]>;
  readonly configuration: Configuration;
}

/**
 * The image that is meant.
 * @throws MsbDepsError `usage` where that is not clear: what there is stands in it; `oci-invalid` where there is none
 */
export function chooseImage(path: string, all: readonly Candidate[], name: string | null, wish: Wish): Candidate {
  return choose(path, byName(path, all, name), wish);
}

function byName(path: string, all: readonly Candidate[], name: string | null): readonly Candidate[] {
  if (all.length === 0) throw ociFailed(path, "it contains no image");
  if (name === null) return all;
  const found = all.filter(({ names, digest }) => digest === name || names.some((one) => isName(one, name)));
  if (found.length > 0) return found;
  throw unclear(`${path} has no image ${name}`, path, all);
}

/** `latest` and `app:latest` both mean `docker.io/library/app:latest`. */
function isName(own: string, name: string): boolean {
  return own === name || own.endsWith(`/${name}`) || own.endsWith(`:${name}`);
}

function choose(path: string, all: readonly Candidate[], { platform, machine }: Wish): Candidate {
  const wanted = platform ?? (all.length > 1 ? machine : null);
  const fitting = wanted === null ? all : all.filter((one) => fits(one.platform, wanted));
  const [only, ...others] = fitting;
  if (only !== undefined && others.length === 0) return only;
  const what = only === undefined ? "no image of" : `${fitting.length} images of`;
  throw unclear(`${path} has ${what} ${wanted === null ? "any platform" : platformText(wanted)}`, path, all);
}

/** A variant counts where both sides name one: arm64 is arm64/v8. */
function fits(own: Platform, wanted: Platform): boolean {
  const sameVariant = own.variant === null || wanted.variant === null || own.variant === wanted.variant;
  return own.os === wanted.os && own.architecture === wanted.architecture && sameVariant;
}

function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === null ? [] : [variant])].join("/");
}

function unclear(what: string, path: string, all: readonly Candidate[]): MsbDepsError {
  return new MsbDepsError("usage", `${what}. It has:`, {
    tried: all.map(({ names, digest, platform }) =>
      [names.join(", ") || "no name", digest ?? "", platformText(platform)].filter((word) => word !== "").join("  "),
    ),
    hint: `Select one with ${path}:NAME, ${path}@DIGEST or --platform.`,
  });
}
