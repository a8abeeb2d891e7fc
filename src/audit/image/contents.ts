import type { LookedAtImage } from "../../analysis/image.ts";
import { compareNames } from "../../base/names.ts";

/** Where package managers keep scripts of their own, which no package owns. */
const KEPT_BY_TOOLS = /^\/(?:var\/(?:lib\/(?:dpkg|apt|ucf|pam|systemd)|cache)|etc\/(?:alternatives|rc[0-6S]\.d))\//;

/** The files of an image that no package owns, and that could be programs, libraries or scripts. */
export function unownedFiles(image: LookedAtImage): string[] {
  return image.snapshot.files
    .filter((fact) => fact.type === "file" && fact.ranges !== undefined && !KEPT_BY_TOOLS.test(fact.path))
    .filter((fact) => startsLikeCode(fact.ranges?.[0]) && image.ownerOf(fact.path).package === null)
    .map(({ path }) => path);
}

function startsLikeCode(range: readonly [number, string] | undefined): boolean {
  if (range === undefined || range[0] !== 0) return false;
  const bytes = Buffer.from(range[1].slice(0, 8), "base64");
  return bytes.subarray(0, 4).equals(ELF_MAGIC) || bytes.subarray(0, 2).equals(HASH_BANG);
}

const ELF_MAGIC = Buffer.from("\x7fELF", "latin1");
const HASH_BANG = Buffer.from("#!");

/** Whether a path is a package index that apt-get update fetched. */
export function isPackageList(path: string): boolean {
  return /^\/var\/lib\/apt\/lists\/[^/]*_Packages(?:\.[a-z0-9]+)?$/.test(path);
}

/**
 * Keys of the packages that somebody asked for beyond the base image: apt does not mark them as automatic (apt-mark(8),
 * `showmanual`), and the base has them not.
 *
 * @param base names of the base image's packages
 */
export function askedPackages(
  { installed, snapshot, architecture }: LookedAtImage,
  base: ReadonlySet<string>,
): string[] {
  const automatic = new Set(snapshot.dpkg?.automatic ?? []);
  const asked = [...installed.set.all.values()].filter((one) => {
    const native = one.architecture === "all" ? architecture : one.architecture;
    return !base.has(one.name) && !automatic.has(one.key) && !automatic.has(`${one.name}:${native}`);
  });
  return asked.map(({ key }) => key).sort(compareNames);
}
