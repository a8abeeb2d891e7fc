import { audit } from "../../audit/audit.ts";
import { auditFacts } from "../../audit/facts.ts";
import { type InstallList, installList } from "../../audit/listed.ts";
import { parseKey } from "../../debian/words.ts";
import type { AptPackageWord } from "../../dockerfile/plan.ts";
import { exemptionOf, type Member } from "../../proof/removals.ts";
import { shippedTables } from "../shipped-tables.ts";
import type { Work } from "./work.ts";

/** The list that is verified: ours, or the one of the runtime stage. */
export interface VerifiedList {
  readonly members: readonly Member[];
  /** Whether apt installs what packages recommend. */
  readonly recommends: boolean;
  /** What may install more and could not be read. */
  readonly unread: readonly string[];
  /** Where a word stands that can be taken out of the Dockerfile, by word. */
  readonly places: ReadonlyMap<string, { readonly start: number; readonly end: number }>;
}

/** Our line. */
export function ourList({ examination }: Work): VerifiedList {
  const { packages, install } = examination.analysis;
  const members = install.map((word): Member => {
    const [name = "", architecture] = word.split(":");
    const item = packages.find(
      (one) => one.name === name && (architecture === undefined || one.architecture === architecture),
    );
    return { word, name, exempt: exemptionOf(item) };
  });
  return { members, recommends: false, unread: [], places: new Map() };
}

/** The list of the runtime stage as it stands. */
export function presentList(work: Work): VerifiedList {
  const list = installList(work.plan.runtime === null ? [] : [work.plan.runtime]);
  const exempt = exemptionsOf(work);
  const members = list.words.map((word): Member => ({ word: textOf(word), name: word.name, exempt: exempt(word) }));
  return {
    members,
    recommends: list.installs.some(({ install }) => !install.noInstallRecommends),
    unread: list.unread,
    places: placesOf(list),
  };
}

/** The word for apt, without what only a shell would make of it. */
function textOf({ name, architecture, version, suite }: AptPackageWord): string {
  const end = version !== null ? `=${version}` : suite !== null ? `/${suite}` : "";
  return `${name}${architecture === null ? "" : `:${architecture}`}${end}`;
}

function placesOf({ words, installs }: InstallList): VerifiedList["places"] {
  const named = installs.flatMap(({ install }) => install.packages);
  // A package that is named twice is still there when one of the words is gone.
  const once = words.filter((word) => word.literal && named.filter(({ name }) => name === word.name).length === 1);
  return new Map(once.map((word) => [textOf(word), { start: word.start, end: word.end }]));
}

/**
 * Why taking a word out proves nothing: the audit has something that speaks for it, or that it could not look into, and
 * the loader is not who would miss it.
 */
function exemptionsOf({ examination, parsed, plan, input }: Work): (word: AptPackageWord) => string | null {
  const { analysis } = examination;
  const facts = auditFacts(shippedTables(), input, examination);
  const { findings } = audit({ parsed, plan, analysis, facts });
  const idle = new Set(
    findings.flatMap(({ code, confidence, package: name }) =>
      code === "redundant" || (code === "unused" && confidence !== "heuristic") ? [name] : [],
    ),
  );
  const silent = new Set(findings.flatMap(({ code, package: name }) => (code === "no-evidence" ? [name] : [])));
  const provides = (name: string): string[] =>
    examination.scene.builders.flatMap(({ image }) =>
      image.installed.set.providing(name).map(({ key }) => parseKey(key).name),
    );
  return ({ name }) => {
    if (silent.has(name)) return "no-evidence";
    if (idle.has(name)) return null;
    const names = new Set([name, ...provides(name)]);
    const item = analysis.packages.find((one) => names.has(one.name));
    return item === undefined ? "spoken-for" : exemptionOf(item);
  };
}
