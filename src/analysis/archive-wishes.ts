import { compareNames } from "../base/names.ts";
import { basename } from "../base/paths.ts";
import type { Steps } from "../base/steps.ts";
import { parseKey } from "../debian/words.ts";
import type { BuildPlan } from "../dockerfile/plan.ts";
import type { AptWishes } from "../snapshot/apt.ts";
import { examination } from "./analyze.ts";
import type { AnalysisInput } from "./input.ts";
import type { SonameLookup } from "./package-names.ts";

/**
 * What to ask apt in the runtime base: the candidates of all packages of the answer and of the present list, and for what comes from a builder
 * of another release the contents of every package that may have it there. Null where nothing can be installed.
 */
export function* archiveWishes(input: AnalysisInput): Steps<AptWishes | null> {
  const { scene, resolved, analysis } = yield* examination(input);
  if (scene.copyOnly || scene.base === null) return null;
  const { lookup } = input.knowledge;
  const contents: string[] = [];
  for (const { owner, soname, builder } of resolved.provision.all) {
    if (owner === null || scene.builders[builder]?.crossRelease !== true) continue;
    contents.push(...candidateNames(basename(soname), parseKey(owner.package).name, lookup));
  }
  const { packages, notes } = analysis;
  const interpreters = notes.flatMap((note) => (note.code === "interpreter-unknown" ? [note.hint] : []));
  const names = packages.flatMap(({ name, status }) => (status === "base" ? [] : [name]));
  return {
    packages: [...new Set([...names, ...listedNames(input.plan)])].sort(compareNames),
    contents: [...new Set([...contents, ...interpreters])],
  };
}

/** What the runtime stage's own install commands name: whether apt has it is for the audit to tell. */
function listedNames(plan: BuildPlan | null): string[] {
  const runs = (plan?.runtime?.instructions ?? []).filter((one) => one.kind === "run");
  return runs.flatMap(({ aptInstalls }) => aptInstalls.flatMap(({ packages }) => packages.map(({ name }) => name)));
}

/**
 * The names that a package with a library may have in another release, best first: what the tables say; the builder's
 * own name, as a package keeps it for as long as its SONAME (Debian Policy §8.1), on either side of the transition to a
 * 64-bit time_t; and the name that Policy makes of a SONAME.
 */
export function candidateNames(soname: string, owner: string, lookup: SonameLookup): string[] {
  const answer = lookup(soname);
  const known = answer.kind === "packages" ? answer.names : answer.kind === "unknown" ? [answer.hint ?? ""] : [];
  const own = owner.endsWith("t64") ? [owner, owner.slice(0, -"t64".length)] : [owner, `${owner}t64`];
  const names = [...known, ...own, ...policyNames(soname)];
  return [...new Set(names)].filter((name) => name !== "");
}

/** `libfoo.so.2` → libfoo2; `libfoo4.so.2` and `libfoo-4.so` → libfoo4-2, libfoo-4. */
function policyNames(soname: string): string[] {
  const match = /^(.+?)\.so(?:\.([0-9][0-9.]*))?$/.exec(soname) ?? null;
  if (match === null) return [];
  const [, stem = "", version] = match;
  const base = stem.toLowerCase().replaceAll("_", "-");
  if (version === undefined) return [base];
  const name = /[0-9]$/.test(base) ? `${base}-${version}` : `${base}${version}`;
  return [name, `${name}t64`];
}
