import { compareNames } from "../base/names.ts";
import { finish, type Steps } from "../base/steps.ts";
import { keyOfName, type PackageSet } from "../debian/packages.ts";
import { parseKey } from "../debian/words.ts";
import type { Stage } from "../dockerfile/plan.ts";
import { addedPackages } from "./added.ts";
import { archiveNotes, dependedPackages } from "./archives.ts";
import { describeArtifacts, pathFields } from "./artifacts.ts";
import { calledPackages, commandNotes, missingCommands } from "./command-answers.ts";
import { presentPackages } from "./command-places.ts";
import { type CommandNeed, commandNeeds, interpretersFromElsewhere } from "./commands.ts";
import { absentCompanions, presentNames, takeRecommended } from "./companions.ts";
import { copyNeeds } from "./copy-needs.ts";
import { distributionOf } from "./distribution.ts";
import { droppedPackages } from "./dropped.ts";
import type { AnalysisInput, KeptPackage } from "./input.ts";
import { type InterpreterNeed, interpreterNeeds, moduleNeeds } from "./interpreters.ts";
import { type TextNames, textNames } from "./library-mentions.ts";
import { judgeNeeds, type Need } from "./library-status.ts";
import { findMissing } from "./missing.ts";
import type { Analysis, BuilderInfo, Note, Reason, RuntimeInfo } from "./model.ts";
import { artifactNotes, distinct, invalidNames, note, reductionNotes } from "./notes.ts";
import { originNotes } from "./origins.ts";
import { answerPackages, basePackages, knownPackages, type PackageAnswer } from "./packages.ts";
import { packedNotes } from "./packed.ts";
import { brokenByLinks } from "./placements.ts";
import { possiblyOpened, takeOpened } from "./possibly-opened.ts";
import { missingPreloads, preloadNeeds, preloadReasons } from "./preloads.ts";
import { releaseNotes } from "./release-notes.ts";
import { resolveArtifacts } from "./resolve-artifacts.ts";
import type { ResolvedScene } from "./resolved.ts";
import { runtimeScripts } from "./runtime-scripts.ts";
import type { Scene } from "./scene.ts";
import { environmentOf, pathFoldersOf, sceneSteps } from "./set-scene.ts";
import { shadowNotes } from "./shadows.ts";
import { findUnseen } from "./unseen.ts";

/** The answer, and what it was worked out from, for questions that go deeper. */
export interface Examination {
  readonly analysis: Analysis;
  readonly scene: Scene;
  readonly resolved: ResolvedScene;
  readonly needs: readonly Need[];
  readonly interpreters: readonly InterpreterNeed[];
  readonly commands: readonly CommandNeed[];
  readonly answer: PackageAnswer;
}

/** The whole pure part: from what was seen to the answer. */
export function analyze(input: AnalysisInput): Analysis {
  return examine(input).analysis;
}

/** {@link analyze}, with what lies between. */
export function examine(input: AnalysisInput): Examination {
  return finish(examination(input));
}

/** {@link examine}, with pauses. */
export function* examination(input: AnalysisInput): Steps<Examination> {
  const scene = yield* sceneSteps(input);
  const resolved = yield* resolveArtifacts(scene, input.withRecommended);
  const listed = presentPackages(input.plan?.runtime ?? null);
  const needs = yield* judgeNeeds(resolved, input.knowledge, listed);
  const folders = pathFoldersOf(environmentOf(input.plan, scene.base?.snapshot.image.env ?? []));
  const { lookup } = input.knowledge;
  const preloads = preloadNeeds(scene, resolved.provision, resolved.destination, lookup);
  const preloaded = preloadReasons(preloads);
  const answerWith = (more: Iterable<readonly [string, readonly Reason[]]>): Steps<PackageAnswer> => {
    const asked = new Map([...(input.observed ?? []), ...more, ...preloaded]);
    for (const [key, reason] of kept) asked.set(key, [...(asked.get(key) ?? []), reason]);
    return answerPackages(resolved, input.base, needs, interpreters, lookup, input, asked);
  };
  const artifacts = scene.builders.flatMap(({ files }) => files);
  const scripts = runtimeScripts(input.plan, input.contextSources ?? {}, artifacts);
  const known = knownPackages(scene);
  const base = basePackages(scene, input.base, known);
  const kept = (input.keep ?? []).map((one) => keptPackage(one, [known, base], scene.architecture));
  const { view } = resolved.destination;
  const world = { input, scene, view, folders, scripts, listed, base, known };
  const commands = commandNeeds(world);
  const own = scene.builders.flatMap((builder) => interpreterNeeds(builder, resolved.destination, folders, scene));
  const interpreters = [...interpretersFromElsewhere(own, world), ...moduleNeeds(resolved, folders)];
  const called = new Map([...dependedPackages(scene, known, base), ...calledPackages(commands)]);
  const needed = yield* answerWith(called);
  const texts = textNames(input.plan, input.contextSources ?? {}, scene.builders);
  const answer = input.withRecommended
    ? yield* answerWith([
        ...called,
        ...(yield* recommendedPackages(input.knowledge, resolved, needed, { texts, listed })),
      ])
    : needed;
  const unseen = yield* findUnseen(resolved, texts, input.knowledge, answer);
  const inBase = new Set(answer.reduction.base);
  const unreadable = unreadablePaths(input, resolved);
  const notes = yield* artifactNotes(resolved, needs, interpreters);
  const invalid = invalidNames(scene);
  const packed = [...packedNotes(input, scene), ...archiveNotes(scene)];
  const isWhole = unreadable.length === 0 && invalid.length === 0 && packed.length === 0;
  const missing = [
    ...(yield* findMissing(resolved, needs, interpreters, input.knowledge)),
    ...missingCommands(commands),
    ...missingPreloads(preloads),
  ];
  const analysis: Analysis = {
    schemaVersion: 1,
    complete: isWhole && missing.every(({ hint }) => hint?.kind !== "misread"),
    builders: builderInfos(input),
    runtime: runtimeInfo(input),
    artifacts: yield* describeArtifacts(resolved, needs, lookup, (key) => inBase.has(key)),
    packages: answer.packages,
    install: answer.install,
    added: addedPackages(answer, scene),
    copy: copyNeeds(resolved, needs, preloads),
    missing,
    suggested: unseen.suggested,
    dropped: droppedPackages(listed, answer, commands),
    unreadable,
    notes: distinct([
      ...unseen.notes,
      ...notes,
      ...shadowNotes(resolved, needs),
      ...reductionNotes(answer.reduction, scene),
      ...stageNotes(input, scene),
      ...invalid,
      ...packed,
      ...releaseNotes(resolved, needs, interpreters, lookup, answer.install),
      ...originNotes(scene, needs, input.knowledge),
      ...commandNotes(commands),
    ]),
  };
  return { analysis, scene, resolved, needs, interpreters, commands, answer };
}

function keptPackage(
  { word, reason: because, from }: KeptPackage,
  sets: readonly PackageSet[],
  own: string,
): readonly [string, Reason] {
  const { name, architecture } = parseKey(word);
  const key = architecture === "" ? keyOfName(name, sets, own) : word;
  return [key, { artifact: from, kind: "kept", chain: [], because }];
}

/** What `--with-recommended` adds: companions, and libraries that are named in files and may be opened. */
function* recommendedPackages(
  knowledge: AnalysisInput["knowledge"],
  resolved: ResolvedScene,
  needed: PackageAnswer,
  { texts, listed }: { readonly texts: readonly TextNames[]; readonly listed: ReadonlySet<string> },
): Steps<readonly (readonly [string, readonly Reason[]])[]> {
  const { scene } = resolved;
  const opened = yield* possiblyOpened(resolved, texts, knowledge, presentNames(needed));
  return [
    ...takeOpened(opened, listed, needed, scene.architecture),
    ...takeRecommended(absentCompanions(knowledge, needed), needed, scene),
  ];
}

/** What could not be looked at, and what was too much to look at. */
function unreadablePaths(input: AnalysisInput, { damaged }: ResolvedScene): Analysis["unreadable"] {
  const snapshots = [
    ...input.builders.map(({ snapshot }) => snapshot),
    ...(input.base.source === "image" ? [input.base.snapshot] : []),
  ];
  const all = snapshots.flatMap(({ unreadable }) =>
    unreadable.map(({ path, reason }) => ({ ...pathFields(path), reason })),
  );
  for (const [{ fact }, { reason, isLimit }] of damaged) if (isLimit) all.push({ ...pathFields(fact.path), reason });
  return all.sort((a, b) => compareNames(a.path, b.path));
}

function builderInfos(input: AnalysisInput): BuilderInfo[] {
  return input.builders.map(({ stage, base, snapshot, files }) => ({
    stage: stage === null ? null : (stage.name ?? String(stage.index)),
    base,
    origin: files?.origin ?? (stage !== null && base === stage.from ? "stage" : "image"),
    platform: platformOf(snapshot.image),
    distribution: distributionOf(snapshot),
  }));
}

function platformOf({
  os,
  architecture,
  variant,
}: {
  os: string;
  architecture: string;
  variant: string | null;
}): string {
  return [os, architecture, ...(variant === null || variant === "" ? [] : [variant])].join("/");
}

function runtimeInfo({ plan, base, builders }: AnalysisInput): RuntimeInfo | null {
  const stage = plan?.runtime == null ? null : (plan.runtime.name ?? String(plan.runtime.index));
  const common = { stage, base: base.reference, source: base.source };
  if (base.source === "none")
    return stage === null && base.reference === null ? null : { ...common, distribution: null, packages: 0 };
  if (base.source === "mappings") {
    const [builder] = builders;
    const distribution = builder === undefined ? null : distributionOf(builder.snapshot);
    return { ...common, distribution, packages: base.packages.size };
  }
  const packages = base.snapshot.dpkg?.packages.length ?? 0;
  const files = base.files == null ? {} : { files: base.files };
  return { ...common, ...files, distribution: distributionOf(base.snapshot), packages };
}

function stageNotes(input: AnalysisInput, scene: Scene): Note[] {
  const { plan, base } = input;
  const notes: Note[] = [];
  if (plan?.passedOver != null && plan.runtime !== null) {
    const nameOf = ({ name, index }: Stage): string => name ?? String(index);
    notes.push(note("last-stage-passed-over", null, { stage: nameOf(plan.passedOver), chosen: nameOf(plan.runtime) }));
  }
  for (const { from, line, reason } of plan?.notLookedAt ?? [])
    notes.push(note("not-looked-at", null, { from, line, reason }));
  const looked = new Set(input.builders.map(({ stage }) => stage?.index));
  for (const { index, name, line } of input.builders.length < 1 ? [] : (plan?.builders ?? [])) {
    if (!looked.has(index) && !looked.has(undefined))
      notes.push(note("not-looked-at", null, { from: name ?? String(index), line, reason: "no-dpkg" }));
  }
  if (base.source === "mappings") {
    notes.push(
      note("assumed-base", null, { base: base.reference, ...(plan?.runtime == null ? {} : { declared: true }) }),
    );
  }
  for (const { base: from, files } of input.builders) {
    if (files?.loaderAbsence != null)
      notes.push(note("loader-not-run", null, { base: from, reason: files.loaderAbsence }));
  }
  if (base.source === "image" && base.files?.origin === "rootfs")
    notes.push(note("configuration-unknown", null, { tree: base.files.path }));
  if (scene.copyOnly) notes.push(note("no-apt-runtime", null, { base: base.reference }));
  for (const { placed } of scene.builders) {
    for (const { path, link } of brokenByLinks(placed, scene.baseView))
      notes.push(note("copy-breaks-merged-usr", path, { link }));
  }
  const assumed = [...(plan?.copies ?? input.mappings)].filter((mapping) => mapping.assumed && plan?.runtime != null);
  return [...notes, ...assumed.map(({ source, destination }) => note("assumed-destination", source, { destination }))];
}
