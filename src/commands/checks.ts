import { openImage } from "../analysis/image.ts";
import type { LookedAtBuilder } from "../analysis/input.ts";
import type { Analysis } from "../analysis/model.ts";
import { rootsOf } from "../analysis/placements.ts";
import { MsbDepsError } from "../base/errors.ts";
import type { BuildPlan, Stage } from "../dockerfile/plan.ts";
import { nameOf, realPathOf } from "../snapshot/path.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

/** How many names an error lists. */
const SHOWN = 20;

/** Distroless images tell their packages, but have no dpkg to ask whose a file is. */
export function hasDpkg({ dpkg }: Snapshot): boolean {
  return dpkg?.packages.some(({ Package: name }) => name === "dpkg") === true;
}

/** @throws MsbDepsError `no-dpkg` if the packages of the builder cannot be known */
export function checkDpkg({ snapshot, stage, base, files }: LookedAtBuilder): void {
  if (hasDpkg(snapshot)) return;
  const id = /^ID=["']?([\w.-]+)/m.exec(snapshot.osRelease ?? "")?.[1];
  const what = id === undefined ? "an image without /etc/os-release" : `an image of ${id}`;
  const where =
    stage === null || files != null
      ? `the ${kindOf(files)} ${base ?? ""}`
      : `the builder stage ${stageText(stage)} (FROM ${stage.fromText})`;
  throw new MsbDepsError(
    "no-dpkg",
    `${where} has no dpkg database: it is ${what}, and packages can only be named for Debian, Ubuntu and their derivatives.`,
    {
      hint: "Build on an image with dpkg, or name another stage with --target.",
    },
  );
}

/** What messages call an image. */
export function kindOf(files: LookedAtBuilder["files"]): "image" | "tree" | "archive" {
  return files == null ? "image" : files.origin === "oci" ? "archive" : "tree";
}

/** @throws MsbDepsError `artifact-missing` where a path that is copied or named is not in the image */
export function checkArtifacts(snapshot: Snapshot, plan: BuildPlan | null, stage: Stage | null): void {
  const named =
    plan === null
      ? snapshot.artifactPaths
      : plan.artifacts.filter((root) => root.stage === stage?.index).map(({ path }) => path);
  const image = openImage(snapshot, "builder");
  for (const path of named) {
    const roots = rootsOf(path, image);
    if (roots.some((root) => realPathOf(image.view, root).status !== "absent")) continue;
    const where = stage === null ? "the image" : `the stage ${stageText(stage)}`;
    throw new MsbDepsError("artifact-missing", `${where} has no ${path}.`, { hint: nearby(path, snapshot) });
  }
}

function stageText(stage: Stage): string {
  return stage.name ?? `number ${stage.index}`;
}

/** What the nearest folder that is there holds. */
function nearby(path: string, snapshot: Snapshot): string {
  const listed = new Set(snapshot.listed);
  let folder = path;
  while (folder !== "/" && !listed.has(folder)) folder = folder.slice(0, folder.lastIndexOf("/")) || "/";
  const under = folder === "/" ? "/" : `${folder}/`;
  const names = snapshot.files
    .filter(
      (file) => file.type !== "absent" && file.path.startsWith(under) && !file.path.slice(under.length).includes("/"),
    )
    .map((file) => nameOf(file.path) + (file.type === "directory" ? "/" : ""))
    .filter((name) => name !== "");
  if (names.length === 0) return `The folder ${folder} is empty.`;
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return `In ${folder} there is: ${names.slice(0, SHOWN).join(" ")}${more}.`;
}

/** @throws MsbDepsError `no-artifacts` where there is nothing to ask about, and that was not said to be right */
export function requireArtifacts(analysis: Pick<Analysis, "artifacts">, allowEmpty: boolean): void {
  if (analysis.artifacts.length > 0 || allowEmpty) return;
  throw new MsbDepsError("no-artifacts", "there is no ELF file and no script among the artifacts.", {
    hint: "Look whether the right path is named with --artifacts; --allow-empty takes this for an answer.",
  });
}
