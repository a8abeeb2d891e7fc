import { isPackageName } from "./packages.ts";

/** A package key in its parts. */
export interface PackageKey {
  readonly name: string;
  readonly architecture: string;
}

/** Parts `name:architecture`. */
export function parseKey(key: string): PackageKey {
  const colon = key.lastIndexOf(":");
  return colon < 0
    ? { name: key, architecture: "" }
    : { name: key.slice(0, colon), architecture: key.slice(colon + 1) };
}

/**
 * The word by which apt-get knows a package: the bare name for the native architecture and for `all`, else
 * `name:architecture` (apt-get(8), "install"). Null where dpkg would not accept the name. Whether apt reads it as this
 * very name is for `misreading` to tell.
 */
export function aptWord(key: string, native: string): string | null {
  const { name, architecture } = parseKey(key);
  if (!isPackageName(name) || !/^[a-z0-9-]*$/.test(architecture)) return null;
  return architecture === native || architecture === "all" || architecture === "" ? name : `${name}:${architecture}`;
}
