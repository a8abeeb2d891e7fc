import { decodeName } from "../base/names.ts";
import type { ImageFacts } from "../snapshot/snapshot.ts";
import type { Observations } from "./observations.ts";
import { resolveInImage } from "./resolve.ts";
import { parseStatus } from "./status.ts";
import { Tracker } from "./tracker.ts";

const MAX_STATUS = 64 * 1024 * 1024;

/** Docker's names by Debian's, where they differ. */
const DOCKER_NAMES: Readonly<Record<string, readonly [architecture: string, variant: string | null]>> = {
  armel: ["arm", "v5"],
  armhf: ["arm", "v7"],
  i386: ["386", null],
  mips64el: ["mips64le", null],
  ppc64el: ["ppc64le", null],
};

/**
 * The image facts of a tree without a configuration: its architecture is dpkg's own, else the one given; environment,
 * user and command of an image are not known.
 */
export function unpackedFacts(observations: Observations, architecture: string): ImageFacts {
  const real = resolveInImage(new Tracker(observations), "/var/lib/dpkg/status").real;
  const file = real === null ? undefined : observations.lstat(real);
  const readable = real !== null && file?.type === "file" && file.size <= MAX_STATUS;
  const status = readable ? decodeName(observations.peek(real, 0, file.size)) : "";
  const own = parseStatus(status).find((one) => one.Package === "dpkg")?.Architecture;
  const [name, variant] = own === undefined ? [architecture, null] : (DOCKER_NAMES[own] ?? [own, null]);
  return { os: "linux", architecture: name, variant, env: [], workingDir: "/", user: "", entrypoint: [], cmd: [] };
}
