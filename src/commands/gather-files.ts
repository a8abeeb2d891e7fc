import { basePlace, type FilesPlace } from "./builder-given.ts";
import { checkArtifacts, checkDpkg } from "./checks.ts";
import { declaredBase } from "./declared-base.ts";
import type { Gathered, GatherRequest } from "./gather-request.ts";
import { lookAtGivenBase } from "./given-base.ts";
import { lookWithLinks } from "./look-requests.ts";
import { openFiles, thisMachine } from "./open-files.ts";

/**
 * Looks at a tree (`--rootfs`) or an archive (`--oci`). No engine is asked: what the runtime base has, another tree or archive
 * tells, or the tables do.
 * @throws MsbDepsError `rootfs-missing`, `oci-invalid`, `base-unknown`, and what the checks of a builder throw
 */
export async function gatherFiles(place: FilesPlace, request: GatherRequest, signal: AbortSignal): Promise<Gathered> {
  const { options, plan, onEvent } = request;
  const { platform, engine } = options;
  const stage = plan?.builders[0] ?? null;
  const artifacts = request.artifactPaths[0] ?? [];
  const machine = thisMachine();
  const opened = await openFiles(place, { machine, platform, askLoader: engine === "ldd", artifacts, onEvent, signal });
  const { files, path } = opened;
  const snapshot = await lookWithLinks(artifacts, opened.hasLoader, opened.ask).finally(() => opened.close());
  checkDpkg(snapshot, stage, path, files.origin === "rootfs" ? "tree" : "archive");
  checkArtifacts(snapshot, plan, stage);
  const builders = [{ stage, base: path, snapshot, files }];
  const given = basePlace(options);
  if (given === null) return { builders, base: declaredBase(request, snapshot) };
  return { builders, base: await lookAtGivenBase(given, request, builders, signal) };
}
