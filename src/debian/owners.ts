import { compareNames } from "../base/names.ts";
import { Diversions } from "./diversions.ts";
import type { NamedOwner } from "./owner-lines.ts";
import { isPackageName, type PackageSet } from "./packages.ts";

/** What the lines of `dpkg -S` say. */
export interface OwnerTable {
  /** Whose file lists name a path, diversions not yet applied. */
  listed(path: string): readonly NamedOwner[];
  /** Whose content lies at a path, diversions applied. */
  owning(path: string): readonly NamedOwner[];
  /** Lines that were not understood. */
  readonly unread: readonly string[];
}

/**
 * Reads the lines of `dpkg -S` (LC_ALL=C): `pkg: /path`, `pkg:arch: /path`, `a, b:arch: /path`, and the two lines of
 * each diversion, `diversion by X from: /path` and `diversion by X to: /path` (`local diversion from: …` where the
 * administrator made it); `searchoutput` in dpkg's src/query/main.c prints them. A path may hold `: ` itself, but what
 * stands before it may not hold `: /`, so the first one parts the line.
 */
export function readOwners(lines: readonly string[]): OwnerTable {
  const listed = new Map<string, NamedOwner[]>();
  const diversions = new Diversions();
  const unread: string[] = [];
  for (const line of lines) {
    const colon = line.indexOf(": /");
    const head = colon < 0 ? "" : line.slice(0, colon);
    const path = line.slice(colon + 2);
    if (diversions.read(head, path)) continue;
    const owners = colon < 0 ? null : readNames(head);
    if (owners === null) unread.push(line);
    else listed.set(path, merge(listed.get(path) ?? [], owners));
  }
  const named = (path: string): readonly NamedOwner[] => listed.get(path) ?? [];
  return { listed: named, owning: (path) => diversions.apply(path, named), unread };
}

function readNames(head: string): NamedOwner[] | null {
  const owners: NamedOwner[] = [];
  for (const word of head.split(", ")) {
    const [name = "", architecture, ...rest] = word.split(":");
    if (!isPackageName(name) || rest.length > 0) return null;
    if (architecture !== undefined && !/^[a-z0-9-]+$/.test(architecture)) return null;
    owners.push({ name, architecture: architecture ?? null });
  }
  return owners;
}

function merge(one: readonly NamedOwner[], other: readonly NamedOwner[]): NamedOwner[] {
  const result = [...one];
  for (const owner of other) {
    if (!result.some((known) => known.name === owner.name && known.architecture === owner.architecture)) {
      result.push(owner);
    }
  }
  return result;
}

/**
 * The keys (`name:arch`) of owners, the architecture completed from dpkg's status: the only installed one of that name,
 * else the native one (dpkg leaves the architecture out for native and `all` packages that are not `Multi-Arch: same`).
 * Native packages come first, then by bytes.
 */
export function ownerKeys(owners: readonly NamedOwner[], packages: PackageSet): string[] {
  const keys = owners.map(({ name, architecture }) => {
    if (architecture !== null) return `${name}:${architecture}`;
    return packages.named(name)[0]?.key ?? `${name}:${packages.architecture}`;
  });
  const rank = (key: string): number => (key.endsWith(`:${packages.architecture}`) || key.endsWith(":all") ? 0 : 1);
  return [...new Set(keys)].sort((a, b) => rank(a) - rank(b) || compareNames(a, b));
}
