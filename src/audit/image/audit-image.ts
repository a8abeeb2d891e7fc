import { examination } from "../../analysis/analyze.ts";
import type { BuilderFiles } from "../../analysis/builder-files.ts";
import { openImage } from "../../analysis/image.ts";
import type { AnalysisInput } from "../../analysis/input.ts";
import { knowledgeFor } from "../../analysis/knowledge.ts";
import type { Analysis } from "../../analysis/model.ts";
import { note } from "../../analysis/notes.ts";
import type { RuntimeBase } from "../../analysis/runtime-base.ts";
import { literalPattern } from "../../base/go-patterns.ts";
import type { Steps } from "../../base/steps.ts";
import type { Tables } from "../../debian/tables.ts";
import { explicitMapping } from "../../dockerfile/artifacts.ts";
import { makePlan } from "../../dockerfile/make-plan.ts";
import { parseDockerfile } from "../../dockerfile/parse.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { type Audit, audit } from "../audit.ts";
import { auditFacts } from "../facts.ts";
import type { Finding, FindingCode } from "../finding.ts";
import type { AuditInput } from "../input.ts";
import { releaseOfImage } from "../release.ts";
import { asDockerfile } from "./as-dockerfile.ts";
import { askedPackages, isPackageList, unownedFiles } from "./contents.ts";
import { costOf } from "./cost.ts";

/** The rules that have something to say of an image whose Dockerfile is not at hand. */
const CODES: readonly FindingCode[] = [
  "missing",
  "skew",
  "unused",
  "no-evidence",
  "redundant",
  "dev-package",
  "lists-left",
  "root-user",
  "secret-in-build",
];

/** Those of them that judge an image's configuration, which a tree has not. */
const OF_CONFIGURATION: ReadonlySet<FindingCode> = new Set(["root-user", "secret-in-build"]);

const NO_CONFIGURATION = { code: "no-configuration" } as const;

/** The codes of findings about packages that could go. */
const REMOVABLE: ReadonlySet<FindingCode> = new Set(["unused", "no-evidence", "redundant", "dev-package"]);

/** A built image, looked at as a whole. */
export interface SeenImage {
  readonly reference: string;
  /** Its files that no package owns are the artifacts. */
  readonly snapshot: Snapshot;
  /** The official image of its release. */
  readonly base: RuntimeBase & { readonly source: "mappings" };
  /** Where it was looked at without an engine; else null. */
  readonly files: BuilderFiles | null;
}

/** Audits a built image: what nobody owns in it are the artifacts, what apt was asked for beyond the base is its list. */
export function* auditImage(
  { reference, snapshot, base, files }: SeenImage,
  tables: Tables,
  { policy, ...choice }: Pick<AnalysisInput, "withRecommended" | "keep"> & Pick<AuditInput, "policy">,
): Steps<{ readonly analysis: Analysis; readonly audit: Audit }> {
  const image = openImage(snapshot, "builder");
  const artifactPaths = unownedFiles(image);
  const names = new Set(base.packages.keys());
  const asked = askedPackages(image, names);
  const listsLeft = snapshot.files.some(({ path, type }) => type === "file" && isPackageList(path));
  const { architecture } = image;
  const configuration = files?.origin === "rootfs" ? null : snapshot.image;
  const parsed = parseDockerfile(
    asDockerfile({ base: base.reference, asked, architecture, image: configuration, listsLeft }),
  );
  const copies = artifactPaths.map((path) => explicitMapping(0, { source: literalPattern(path), destination: path }));
  const plan = { ...makePlan(parsed, { target: "image" }), copies, artifacts: [], notLookedAt: [] };
  const input: AnalysisInput = {
    plan,
    mappings: [],
    builders: [{ stage: plan.stages[0] ?? null, base: reference, snapshot: { ...snapshot, artifactPaths }, files }],
    base,
    apt: null,
    knowledge: knowledgeFor(tables, [snapshot], base),
    explicit: false,
    ...choice,
  };
  const examined = yield* examination(input);
  const { analysis: analyzed } = examined;
  const untold = configuration === null ? [note("configuration-unknown", null, { tree: reference })] : [];
  const analysis = { ...analyzed, notes: [...analyzed.notes, ...untold] };
  const installed = image.installed.set;
  const facts = {
    ...auditFacts(tables, input, examined),
    release: releaseOfImage(tables, snapshot),
    baseUser: "",
    installed: new Set(installed.all.keys()),
  };
  // A base image is there to be built on: who its programs run as is for those to say that do.
  const isBase = artifactPaths.length + asked.length === 0;
  const codes = CODES.filter(
    (code) => !(configuration === null && OF_CONFIGURATION.has(code)) && !(isBase && code === "root-user"),
  );
  const found = audit({ parsed, plan, analysis, facts, ...(policy === undefined ? {} : { policy }) }, codes);
  const roots = new Set([
    ...asked,
    ...[...installed.all.values()].flatMap((one) => (names.has(one.name) ? one.key : [])),
  ]);
  const priced = (finding: Finding): Finding => {
    const key = asked.find((one) => installed.all.get(one)?.name === finding.package);
    return key === undefined || !REMOVABLE.has(finding.code)
      ? finding
      : { ...finding, cost: costOf(key, installed, roots) };
  };
  const open = configuration === null ? OF_CONFIGURATION : [];
  const judged = [
    ...found.judged,
    ...[...open].map((rule) => ({ rule, status: "not-judged", reason: NO_CONFIGURATION }) as const),
  ];
  return { analysis, audit: { ...found, findings: found.findings.map(priced), judged } };
}
