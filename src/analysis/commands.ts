import { keyOfName } from "../debian/packages.ts";
import { parseKey } from "../debian/words.ts";
import type { Stage } from "../dockerfile/plan.ts";
import { isShellWord } from "../dockerfile/shell-vocabulary.ts";
import { realPathOf } from "../snapshot/path.ts";
import { type Call, callsOf, scriptsNamed } from "./calls.ts";
import { type CommandWorld, candidatesOf, commandName, hasCommand, mayBeBrought } from "./command-places.ts";
import type { InterpreterNeed } from "./interpreters.ts";
import { wholeInterpreter } from "./python-modules.ts";
import type { BuilderScene, Scene } from "./scene.ts";

/** A program that the runtime stage calls and that neither the base nor the artifacts have. */
export interface CommandNeed {
  readonly call: Call;
  /** The paths where the program can be; one is enough. */
  readonly candidates: readonly string[];
  /**
   * `package`: these packages bring it · `missing`: nothing does · `unknown`: something that cannot be seen may bring it.
   */
  readonly status: "package" | "missing" | "unknown";
  /** Keys for the status `package`; else the names of packages that are known to have it. */
  readonly packages: readonly string[];
  /** The builder's package that has it, where none can be installed. */
  readonly builderPackage: string | null;
}

/**
 * The programs that the runtime stage calls and does not have yet, each with where it comes from: a package of the present
 * list, the builder's package, the one package of the release that has it, or one that apt knows.
 */
export function commandNeeds(world: CommandWorld): CommandNeed[] {
  const { input, scene, scripts } = world;
  const stage = input.plan?.runtime ?? null;
  if (input.plan === null || stage === null) return [];
  const calls = callsOf(input.plan, scene.base?.snapshot.image.entrypoint ?? [], scripts);
  const places = new Map<string, Provider | null>();
  return calls.flatMap((call): CommandNeed[] => {
    const candidates = candidatesOf(call, world);
    const key = `${call.program}\0${call.certainty}`;
    const known = places.get(key);
    const provider = known === undefined ? providerOf(call, candidates, stage, world) : known;
    places.set(key, provider);
    return provider === null ? [] : [{ call, candidates, ...provider }];
  });
}

/**
 * The interpreters that the builder has from no package which could be installed, each with where it comes from as a command
 * would: a script with `#!/usr/bin/env node` needs nodejs of the present list, whether the builder has a node or not.
 */
export function interpretersFromElsewhere(needs: readonly InterpreterNeed[], world: CommandWorld): InterpreterNeed[] {
  const stage = world.input.plan?.runtime ?? null;
  if (stage === null || world.scene.copyOnly) return [...needs];
  return needs.map((need) => {
    const isOpen = (need.status === "missing" && need.builderPackage === null) || need.status === "unknown";
    if (!isOpen || need.name.endsWith("\r")) return need;
    const call: Call = { program: need.name, calledBy: need.path, certainty: "runs" };
    const provider = providerOf(call, candidatesOf(call, world), stage, world);
    const [key = null] = provider?.packages ?? [];
    if (provider?.status === "package" && key !== null) return { ...need, status: "package", package: key };
    return provider === null || key === null ? need : { ...need, knownIn: provider.packages };
  });
}

type Provider = Pick<CommandNeed, "status" | "packages" | "builderPackage">;

/** Where a command comes from; null where it is there, or where nothing is known that speaks for a need. */
function providerOf(call: Call, candidates: readonly string[], stage: Stage, world: CommandWorld): Provider | null {
  const { scene, input, scripts, listed } = world;
  const { program, certainty } = call;
  if (program === "" || isShellWord(program) || scriptsNamed(program, scripts.read).length > 0) return null;
  const there = candidates.map((path) => realPathOf(world.view, path));
  if (there.some((one) => one.status === "found" && one.entry?.type === "file")) return null;
  const ofList = scene.copyOnly ? [] : [...listed].filter(hasCommand(program, world));
  if (ofList.length > 0) return provided(ofList.map((name) => keyOf(name, world)));
  if (certainty === "perhaps") return null;
  const command = commandName(program);
  const isInBase = (name: string): boolean => world.base.named(name).length > 0;
  const inBase = command !== null && input.knowledge.packagesWith(command).some(isInBase);
  // Without the files of the base, its packages tell what commands it has.
  if (scene.base === null && inBase) return null;
  const ofRelease = command === null ? [] : input.knowledge.packagesFor(command);
  if (candidates.length === 0 || there.some(({ status }) => status === "unknown")) return null;
  if (mayBeBrought(candidates, stage, world)) return unknown(ofRelease);
  const owner = ownerInBuilder(candidates, scene);
  if (scene.copyOnly) return { ...lacking("missing", []), builderPackage: owner?.package ?? null };
  if (owner !== null && !owner.crossRelease) return provided([wholeInterpreter(owner.package, owner.builder)]);
  // A package of the base has it, and its file is not where it is called: apt would do nothing.
  if (inBase) return unknown(ofRelease);
  const [only, ...others] = ofRelease;
  if (only !== undefined && others.length === 0) return provided([keyOf(only, world)]);
  const ofApt = candidates.map((path) => scene.archive?.program(path) ?? null).find((one) => one !== null);
  if (ofApt !== undefined) return provided([ofApt.package]);
  return lacking(isDecided(certainty, ofRelease, world) ? "missing" : "unknown", ofRelease);
}

/**
 * Whether nothing that is not seen can have the command: the tables know all packages of the release, and those of the list
 * cannot bring one of several that have it.
 */
function isDecided(
  certainty: Call["certainty"],
  ofRelease: readonly string[],
  { input, scene, listed, known }: CommandWorld,
): boolean {
  const { names } = input.knowledge;
  if (certainty !== "runs" || scene.base === null || !names.complete) return false;
  const foreign = [...listed].some((name) => !names.has(name));
  const isDark = [...listed].some((name) => known.named(name).length === 0);
  return !foreign && !(ofRelease.length > 1 && isDark);
}

const provided = (keys: readonly string[]): Provider => ({ status: "package", packages: keys, builderPackage: null });
const lacking = (status: "missing" | "unknown", names: readonly string[]): Provider => ({
  ...{ status, packages: names },
  builderPackage: null,
});
const unknown = (names: readonly string[]): Provider => lacking("unknown", names);

/** The key under which a package of the base, of apt or of the builder is known; else that of the runtime's architecture. */
function keyOf(name: string, { base, known, scene }: CommandWorld): string {
  return keyOfName(name, [base, known], scene.architecture);
}

/** The builder's package that has a file at one of some paths. */
function ownerInBuilder(
  candidates: readonly string[],
  scene: Scene,
): { readonly package: string; readonly builder: BuilderScene; readonly crossRelease: boolean } | null {
  for (const builder of scene.builders) {
    const { image, crossRelease } = builder;
    for (const path of candidates) {
      const real = realPathOf(image.view, path);
      const owner = real.status === "found" && real.entry?.type === "file" ? image.ownerOf(path).package : null;
      if (owner !== null && scene.misread(parseKey(owner).name) === null)
        return { package: owner, builder, crossRelease };
    }
  }
  return null;
}
