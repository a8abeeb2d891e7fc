import { compareNames, encodeName, isUtf8Name } from "../base/names.ts";
import { flatMapSteps, type Steps } from "../base/steps.ts";
import { aptWord } from "../debian/words.ts";
import type { ArtifactFile } from "./artifact-files.ts";
import { howFound, isDirect } from "./chains.ts";
import type { Need } from "./library-status.ts";
import type { Artifact, Library, LibraryStatus } from "./model.ts";
import { nameOfProvided, type SonameLookup } from "./package-names.ts";
import type { ResolvedScene } from "./resolved.ts";
import type { BuilderScene, Scene } from "./scene.ts";

/** A path, with its bytes beside it where they are not UTF-8. */
export function pathFields(path: string): { path: string; pathBase64?: string } {
  return isUtf8Name(path) ? { path } : { path, pathBase64: encodeName(path).toString("base64") };
}

/** Every artifact with its libraries, in the order of stages and paths. */
export function* describeArtifacts(
  { scene, damaged }: ResolvedScene,
  needs: readonly Need[],
  lookup: SonameLookup,
  inBase: (key: string) => boolean,
): Steps<Artifact[]> {
  const byFile = new Map<ArtifactFile, Need[]>();
  for (const need of needs) {
    const list = byFile.get(need.artifact.file);
    if (list === undefined) byFile.set(need.artifact.file, [need]);
    else list.push(need);
  }
  const all = scene.builders.flatMap((builder) => builder.files.map((file) => ({ builder, file })));
  return yield* flatMapSteps(all, ({ builder, file }) => {
    const own = (byFile.get(file) ?? []).map((need) => describeLibrary(need, scene, lookup, inBase));
    const artifact = describeArtifact(builder, file, distinct(own));
    return damaged.has(file) ? { ...artifact, kind: "damaged" as const } : artifact;
  });
}

function describeArtifact(builder: BuilderScene, file: ArtifactFile, libraries: readonly Library[]): Artifact {
  const { facts, fact, kind, shebang } = file;
  const runpath = facts?.runpath ?? facts?.rpath ?? null;
  return {
    ...pathFields(fact.path),
    stage: builder.stage,
    destinations: builder.destinations.get(fact.path) ?? [],
    kind,
    interpreter: facts?.interpreter ?? shebang?.looksUp ?? shebang?.interpreter ?? null,
    machine: facts?.machine ?? null,
    needed: facts?.needed ?? [],
    runpath: runpath === null ? [] : runpath.split(":"),
    libraries,
  };
}

/** The worst comes first where a library is judged differently at two destinations. */
const ORDER: readonly LibraryStatus[] = ["missing", "unknown", "unowned", "package", "host", "artifact", "base"];

function distinct(libraries: readonly Library[]): Library[] {
  const bySoname = new Map<string, Library>();
  for (const library of libraries) {
    const before = bySoname.get(library.soname);
    const direct = library.direct || before?.direct === true;
    const worse = before === undefined || ORDER.indexOf(library.status) < ORDER.indexOf(before.status);
    bySoname.set(library.soname, { ...(worse ? library : before), direct });
  }
  return [...bySoname.values()].sort((a, b) => compareNames(a.soname, b.soname));
}

/** A need as the answer tells it. */
export function describeLibrary(
  need: Need,
  scene: Scene,
  lookup: SonameLookup,
  inBase: (key: string) => boolean,
): Library {
  const { result, provided, builderPath } = need;
  const how = howFound(need.artifact, result);
  let { status } = need;
  let key: string | null = need.listed;
  if (provided !== null && status === "package") {
    const name = nameOfProvided(provided, scene, lookup);
    if (name.kind === "key") key = name.key;
    else status = name.kind === "unknown" ? "unknown" : "missing";
    if (key !== null && inBase(key)) status = "base";
  } else if (status === "base" && result.path !== null) {
    key = scene.base?.ownerOf(result.path).package ?? null;
  }
  return {
    soname: result.soname,
    path: builderPath?.path ?? null,
    runtimePath: status === "missing" ? null : result.path,
    direct: isDirect(need),
    package: key === null ? null : aptWord(key, scene.architecture),
    status,
    via: result.path === null ? null : how.via,
    searchPath: how.folderText,
    askedBy: result.requiredBy,
  };
}
