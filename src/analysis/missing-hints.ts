import { parseKey } from "../debian/words.ts";
import { folderOf } from "../loader/path.ts";
import type { MissingVersion } from "../loader/versions.ts";
import { confFolders } from "./destination-cache.ts";
import type { InterpreterNeed } from "./interpreters.ts";
import type { Need } from "./library-status.ts";
import type { PackageName } from "./package-names.ts";
import { releaseWords } from "./release-notes.ts";
import type { ResolvedArtifact } from "./resolve-artifacts.ts";
import type { Scene } from "./scene.ts";

/** Why no package can be named for a library that the builder has from one. */
export function absentHint({ provided }: Need, name: PackageName, { base, archive }: Scene): string {
  const there = base === null ? "the runtime base's release" : releaseWords(base);
  const owner = provided?.owner == null ? null : parseKey(provided.owner.package).name;
  const inBuilder = owner === null ? "" : `; the builder has it from ${owner}`;
  if (name.kind === "unavailable") return `apt in the runtime base has no package ${parseKey(name.key).name}`;
  const who = archive === null ? "" : "apt in ";
  return `${archive === null ? "no package of " : ""}${who}${there} has ${archive === null ? "it" : "no package with it"}${inBuilder}`;
}

/** How a copied library comes to be found: by ldconfig where ld.so.conf names its folder, else by a path of its own. */
export function misplacedHint(place: string, { base, builders }: Scene): string {
  const folder = folderOf(place);
  const line = builders.flatMap(({ placed }) => placed).find(({ to }) => to === place)?.mapping.line ?? 0;
  const behind = line > 0 ? `after the COPY in line ${line}` : "after the COPY";
  if (foundByLdconfig(place, base)) return `run ldconfig ${behind}`;
  return `${folder} is in no ld.so.conf of the base: give the artifact a RUNPATH, or add a file to /etc/ld.so.conf.d and run ldconfig ${behind}`;
}

/** Whether ldconfig in the runtime base would find a library there. */
export function foundByLdconfig(place: string, base: Scene["base"]): boolean {
  return base !== null && confFolders(base).includes(folderOf(place));
}

/** For a symbol version that the base lacks: which version the builder has, and which the base. */
export function versionHint(artifact: ResolvedArtifact, lack: MissingVersion, { base }: Scene): string | null {
  const { builder } = artifact;
  const owner = base?.ownerOf(lack.providedByPath).package ?? null;
  const there = owner === null ? undefined : base?.installed.set.all.get(owner)?.version;
  const path = builder.answers.get(artifact.file.fact.path)?.libraries.get(lack.file) ?? null;
  const builders = path === null ? null : builder.image.ownerOf(path).package;
  const here = builders === null ? undefined : builder.image.installed.set.all.get(builders)?.version;
  if (owner === null || builders === null || there === undefined || here === undefined || here === there) return null;
  const advice = builder.crossRelease ? "; build on the runtime's release" : "";
  return `built against ${parseKey(builders).name} ${here}, the base has ${parseKey(owner).name} ${there}${advice}`;
}

/** For an interpreter that the builder has from a package which cannot be had in the runtime stage. */
export function interpreterHint({ name, found, builderPackage }: InterpreterNeed, { copyOnly }: Scene): string | null {
  if (name.endsWith("\r")) return "the script's first line ends in a carriage return (CRLF)";
  if (builderPackage === null) return null;
  const owner = parseKey(builderPackage).name;
  if (copyOnly) return `the runtime base has no apt; the builder has ${found} from ${owner}`;
  return `apt in the runtime base has no ${found}; the builder has it from ${owner}`;
}
