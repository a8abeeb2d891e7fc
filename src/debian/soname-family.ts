import { compareNames } from "../base/names.ts";
import { certaintyOf, knownReleases } from "./mappings.ts";
import type { Tables } from "./tables.ts";
import { compareVersions } from "./version.ts";

/** A library of a release. */
export interface ReleaseLibrary {
  readonly soname: string;
  /** The first one is the preferred one. */
  readonly packages: readonly string[];
}

/** What is known of a soname that a release may not have. */
export interface SonameStory {
  /**
   * The same library under another SONAME: Debian added `t64` to the SONAME of a few libraries when time_t became 64 bits
   * wide on 32-bit architectures. On 64-bit architectures nothing else changed, and a link makes one do for the other.
   */
  readonly same: ReleaseLibrary | null;
  /** Other versions of the library that the release has, newest first. They are no replacement. */
  readonly versions: readonly ReleaseLibrary[];
  /** Other releases that have the soname. */
  readonly elsewhere: readonly { readonly release: string; readonly packages: readonly string[] }[];
}

/** What the tables know of a soname, seen from a release; null for the release if it is not known. */
export function sonameStory(tables: Tables, release: string | null, soname: string): SonameStory {
  const relatives = release === null ? [] : relativesOf(tables, release, soname);
  return {
    same: relatives.find((one) => withoutT64(one.soname) === withoutT64(soname)) ?? null,
    versions: relatives,
    elsewhere: knownReleases(tables).flatMap(({ key }) => {
      const found = key === release ? undefined : librariesBeginning(tables, key, `${soname}\t`)[0];
      return found === undefined ? [] : [{ release: key, packages: found.packages }];
    }),
  };
}

/** The other libraries of a release that are versions of one, newest first. */
export function relativesOf(tables: Tables, release: string, soname: string): readonly ReleaseLibrary[] {
  const family = familyOf(soname);
  const relatives = librariesBeginning(tables, release, family)
    .filter((one) => one.soname !== soname && familyOf(one.soname) === family)
    .sort((a, b) => compareVersions(versionOf(b.soname), versionOf(a.soname)) || compareNames(a.soname, b.soname));
  const asked = numbersOf(soname).length;
  const shown = relatives.filter(
    (one) => numbersOf(one.soname).length === asked || !relatives.some((other) => isShorter(other, one)),
  );
  // `libpcre2-8.so.0` and `libpcre2-16.so.0` are one family, but not one library in two versions.
  const close = shown.filter((one) => partsOf(one.soname).base === partsOf(soname).base);
  return close.length > 0 ? close : shown;
}

/** `libtinfo.so.6` beside `libtinfo.so.6.4` of the same package, which is the file behind it. */
function isShorter(short: ReleaseLibrary, long: ReleaseLibrary): boolean {
  return long.soname.startsWith(`${short.soname}.`) && short.packages[0] === long.packages[0];
}

function numbersOf(soname: string): string[] {
  return partsOf(soname).version.split(".");
}

function withoutT64(soname: string): string {
  return soname.replace(/t64$/, "");
}

/**
 * A rough name for a library and its packages, the same for all their versions: what stands before the first digit.
 * libicui18n.so.72 has `libicui`, libssl3t64 and libssl.so.1.1 have `libssl`.
 */
export function stemOf(name: string): string {
  const base = (name.split(".so")[0] ?? name).toLowerCase().replaceAll("_", "-");
  const stem = (/^[^0-9]*/.exec(base)?.[0] ?? "").replace(/[-.]+$/, "");
  return stem === "lib" ? base : stem;
}

/** `libssl.so.1.1` is libssl and 1.1. */
function partsOf(soname: string): { readonly base: string; readonly version: string } {
  const match = /^(.*?)\.so(?:\.(.*))?$/.exec(soname);
  return { base: match?.[1] ?? soname, version: match?.[2] ?? "" };
}

/** The base without a version at its end: libLLVM-14 is libLLVM, libpython3.11 libpython; libpcre2-8 stays libpcre2. */
function familyOf(soname: string): string {
  return partsOf(soname).base.replace(/(?:-[0-9][0-9.]*|[0-9]+\.[0-9][0-9.]*)$/, "");
}

/** The libraries proved for a release whose rows begin with a prefix. */
function librariesBeginning(tables: Tables, release: string, prefix: string): ReleaseLibrary[] {
  return [...tables.startingWith(`sonames/${release}.tsv`, prefix)].flatMap(
    ([soname = "", packages = "", source = "contents"]) =>
      certaintyOf(source) === "proved" && !soname.includes("*") ? [{ soname, packages: packages.split("|") }] : [],
  );
}

/** The whole version: 14.1 of libLLVM-14.so.1, 3.11.1.0 of libpython3.11.so.1.0. */
function versionOf(soname: string): string {
  const { base, version } = partsOf(soname);
  return `${base.slice(familyOf(soname).length)}.${version}`.replace(/^[-.]+/, "");
}
