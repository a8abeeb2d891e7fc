import { openImage } from "../analysis/image.ts";
import type { LookedAtBuilder } from "../analysis/input.ts";
import type { Analysis, Note } from "../analysis/model.ts";
import { rootsOf } from "../analysis/placements.ts";
import { MsbDepsError } from "../base/errors.ts";
import { basename, dirname } from "../base/paths.ts";
import type { BuildPlan, Stage } from "../dockerfile/plan.ts";
import { realPathOf } from "../snapshot/path.ts";
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
  const what = id === undefined ? "no /etc/os-release" : `/etc/os-release: ${id}`;
  const where =
    stage === null || files != null
      ? `the ${kindOf(files)} ${base ?? ""}`
      : `the builder stage ${stageText(stage)} (FROM ${stage.fromText})`;
  throw new MsbDepsError(
    "no-dpkg",
    `${where} has no dpkg database (${what}). msb-deps supports only Debian, Ubuntu and their derivatives.`,
    {
      hint: "Build on an image with dpkg, or select another stage with --target.",
    },
  );
}

/** What messages call an image. */
export function kindOf(files: LookedAtBuilder["files"]): "image" | "unpacked image" | "archive" {
  return files == null ? "image" : files.origin === "oci" ? "archive" : "unpacked image";
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
    const hints = [nearby(path, snapshot), ...copiedFrom(plan, stage)];
    throw new MsbDepsError("artifact-missing", `${where} has no ${path}.`, { hint: hints.join(" ") });
  }
}

/** What the runtime stage copies out of the stage, if the command line named something else. */
function copiedFrom(plan: BuildPlan | null, stage: Stage | null): string[] {
  const copies = (plan?.copies ?? []).filter((mapping) => mapping.stage === stage?.index && mapping.line > 0);
  if (copies.length === 0 || plan?.artifacts.some(({ explicit }) => explicit) !== true) return [];
  const paths = [...new Set(copies.map(({ source, line }) => `${source} (line ${line})`))];
  const shown = paths.slice(0, SHOWN).join(", ");
  return [`The runtime stage copies ${shown}${paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : ""}.`];
}

function stageText(stage: Stage): string {
  return stage.name ?? `number ${stage.index}`;
}

/** What the nearest folder that is there holds. */
function nearby(path: string, snapshot: Snapshot): string {
  const listed = new Set(snapshot.listed);
  let folder = path;
  while (folder !== "/" && !listed.has(folder)) folder = dirname(folder);
  const under = folder === "/" ? "/" : `${folder}/`;
  const names = snapshot.files
    .filter(
      (file) => file.type !== "absent" && file.path.startsWith(under) && !file.path.slice(under.length).includes("/"),
    )
    .filter((file) => file.path !== "/")
    .map((file) => basename(file.path) + (file.type === "directory" ? "/" : ""));
  if (names.length === 0) return `The folder ${folder} is empty.`;
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return `In ${folder} there is: ${names.slice(0, SHOWN).join(" ")}${more}.`;
}

/** @throws MsbDepsError `usage` if a package that a config file keeps cannot be in the line */
export function requireKept({ packages, runtime }: Pick<Analysis, "packages" | "runtime">): void {
  const lost = packages.find(
    ({ status, reasons }) => status === "unavailable" && reasons.some(({ kind }) => kind === "kept"),
  );
  if (lost === undefined) return;
  const from = lost.reasons.find(({ kind }) => kind === "kept")?.artifact ?? "";
  throw new MsbDepsError("usage", `${lost.name}, which ${from} keeps, cannot be in the line.`, {
    tried: [
      `apt-get install ${lost.name} in ${runtime?.base ?? "the runtime base"}: no apt, or no package of this name`,
    ],
    hint: `Correct keep in ${from}.`,
  });
}

/** What is worth telling without an ELF file or a script: archives that were not read, and libraries that texts name. */
const TOLD_WITHOUT_PROGRAMS: ReadonlySet<Note["code"]> = new Set([
  "archive-not-read",
  "archives-in-archive",
  "possibly-opened",
]);

/** @throws MsbDepsError `no-artifacts` where there is nothing to ask about, and that was not said to be right */
export function requireArtifacts(
  { artifacts, packages, notes }: Pick<Analysis, "artifacts" | "packages" | "notes">,
  allowEmpty: boolean,
): void {
  const isTold = notes.some(({ code }) => TOLD_WITHOUT_PROGRAMS.has(code));
  if (artifacts.length > 0 || packages.length > 0 || isTold || allowEmpty) return;
  throw new MsbDepsError("no-artifacts", "the artifacts contain no ELF file and no script.", {
    hint: "Check the path of --artifacts, or use --allow-empty to accept this.",
  });
}
