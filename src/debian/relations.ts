import { compareVersions } from "./version.ts";

export type VersionOperator = "<<" | "<=" | "=" | ">=" | ">>";

/** One alternative of a relationship field: `name[:qualifier] [(operator version)]`. */
export interface Relation {
  /** Empty where the text could not be read: nothing satisfies such a relation. */
  readonly name: string;
  /** `any`, an architecture, or null. */
  readonly qualifier: string | null;
  readonly operator: VersionOperator | null;
  readonly version: string | null;
}

/** Alternatives joined by `|`, in order; any one of them is enough. */
export interface RelationGroup {
  readonly alternatives: readonly Relation[];
  /** The group as the field has it, with single spaces. */
  readonly text: string;
}

export type MultiArch = "no" | "same" | "foreign" | "allowed";

/** What of a package matters for the question whether it satisfies a relation. */
export interface Satisfier {
  readonly name: string;
  /** `all` for packages of every architecture. */
  readonly architecture: string;
  readonly version: string;
  readonly multiArch: MultiArch;
  readonly provides: readonly Relation[];
}

/** Whose relation it is: its architecture, and the native one of the system, which `all` stands for. */
export interface Requester {
  readonly architecture: string;
  readonly native: string;
}

// Every gap is one optional space (white space is made single before), so the pattern takes linear time.
const RELATION =
  /^([A-Za-z0-9][A-Za-z0-9+._-]*) ?(?::([a-z0-9-]+))? ?(?:\( ?(<<|<=|=|>=|>>|<|>) ?([^\s()]+) ?\))? ?(?:\[ ?([^\]]*)\])?(?: ?<[^>]*>)*$/;

/**
 * Reads a field of the Depends kind (Debian Policy §7.1, deb-control(5)). Groups are parted by commas, alternatives by
 * `|`. Restrictions to architectures (`[amd64]`, `[!i386]`) belong to source packages; where one stands all the same it
 * is applied for the architecture given.
 */
export function parseRelations(text: string, architecture: string | null = null): RelationGroup[] {
  const groups: RelationGroup[] = [];
  for (const part of text.replace(/\s+/g, " ").split(",")) {
    const group = part.trim();
    if (group === "") continue;
    const alternatives: Relation[] = [];
    for (const alternative of group.split("|")) {
      const relation = parseRelation(alternative.trim(), architecture);
      if (relation !== null) alternatives.push(relation);
    }
    if (alternatives.length > 0) groups.push({ alternatives, text: group });
  }
  return groups;
}

/** Reads Provides: single relations, of which `=` alone may carry a version (Policy §7.5). */
export function parseProvides(text: string, architecture: string | null = null): Relation[] {
  return parseRelations(text, architecture)
    .flatMap((group) => group.alternatives)
    .filter((relation) => relation.name !== "");
}

/** Null where the relation does not apply to the architecture. */
function parseRelation(text: string, architecture: string | null): Relation | null {
  const match = RELATION.exec(text);
  if (match === null) return { name: "", qualifier: null, operator: null, version: null };
  const [, name = "", qualifier, operator, version, restriction] = match;
  if (restriction !== undefined && architecture !== null && !applies(restriction, architecture)) return null;
  return {
    // As dpkg and apt read it.
    name: name.toLowerCase(),
    qualifier: qualifier ?? null,
    operator: operator === undefined ? null : modern(operator),
    version: version ?? null,
  };
}

/** `<` and `>` are the obsolete spellings of `<=` and `>=`, and dpkg still reads them so (Policy §7.1). */
function modern(operator: string): VersionOperator {
  if (operator === "<") return "<=";
  if (operator === ">") return ">=";
  return operator as VersionOperator;
}

function applies(restriction: string, architecture: string): boolean {
  const words = restriction.split(" ").filter((word) => word !== "");
  const negated = words.some((word) => word.startsWith("!"));
  const named = words.some((word) => word.replace(/^!/, "") === architecture || word === "any");
  return negated ? !named : named;
}

/**
 * Whether a package satisfies a relation, by itself or by what it provides (versions included). A relation without a
 * version is satisfied by every Provides, one with a version by a Provides with `=` and a fitting version alone
 * (Policy §7.5).
 */
export function satisfies(candidate: Satisfier, relation: Relation, requester: Requester): boolean {
  return satisfiesByName(candidate, relation, requester) || satisfiesByProvides(candidate, relation, requester);
}

/** {@link satisfies}, by the package's own name. */
export function satisfiesByName(candidate: Satisfier, relation: Relation, requester: Requester): boolean {
  if (relation.name === "" || candidate.name !== relation.name) return false;
  return (
    architectureFits(candidate.architecture, candidate.multiArch, relation, requester) &&
    versionFits(candidate.version, relation)
  );
}

/** {@link satisfies}, by the package's Provides. */
export function satisfiesByProvides(candidate: Satisfier, relation: Relation, requester: Requester): boolean {
  return candidate.provides.some((provided) => {
    if (provided.name !== relation.name || provided.name === "") return false;
    const architecture = provided.qualifier ?? candidate.architecture;
    if (!architectureFits(architecture, candidate.multiArch, relation, requester)) return false;
    if (relation.operator === null) return true;
    return provided.operator === "=" && provided.version !== null && versionFits(provided.version, relation);
  });
}

/** Whether a version is what a relation asks for. */
export function versionFits(version: string, relation: Relation): boolean {
  if (relation.operator === null || relation.version === null) return true;
  const order = compareVersions(version, relation.version);
  switch (relation.operator) {
    case "<<":
      return order < 0;
    case "<=":
      return order <= 0;
    case "=":
      return order === 0;
    case ">=":
      return order >= 0;
    case ">>":
      return order > 0;
  }
}

/**
 * dpkg's rules (`deparchsatisfied` in lib/dpkg/depcon.c; Multi-Arch specification): without a qualifier the same
 * architecture, or any where the target is `Multi-Arch: foreign`; `:any` needs a target that is `allowed`; `:arch`
 * needs that very architecture; `all` counts as the native one on both sides.
 */
function architectureFits(
  architecture: string,
  multiArch: MultiArch,
  relation: Relation,
  requester: Requester,
): boolean {
  if (relation.qualifier === "any") return multiArch === "allowed" || architecture === "any";
  if (relation.qualifier === null && multiArch === "foreign") return true;
  const concrete = (name: string): string => (name === "all" || name === "" ? requester.native : name);
  return concrete(architecture) === concrete(relation.qualifier ?? requester.architecture);
}
