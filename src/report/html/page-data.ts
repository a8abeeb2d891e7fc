import type { Analysis, LibraryStatus, Package } from "../../analysis/model.ts";
import { dockerfileReport } from "../dockerfile.ts";
import { addedText } from "../megabytes.ts";
import { printable } from "../names.ts";
import { withoutCredentials } from "../output.ts";
import { headingText, missingText } from "../wording.ts";

/** Chains of a package that a page has; the rest is counted. */
const MAX_CHAINS = 200;

/** What the page shows of an analysis: lists that refer to each other by index. */
export interface PageData {
  readonly heading: string;
  readonly base: string | null;
  readonly complete: boolean;
  readonly added: string | null;
  readonly instruction: string;
  readonly missing: readonly string[];
  readonly binaries: readonly { readonly name: string; readonly kind: string; readonly libraries: readonly number[] }[];
  readonly libraries: readonly { readonly name: string; readonly status: string; readonly package: number | null }[];
  readonly packages: readonly PagePackage[];
}

export interface PagePackage {
  readonly name: string;
  readonly status: string;
  readonly version: string | null;
  readonly bytes: number | null;
  readonly impliedBy: readonly string[];
  readonly binaries: readonly number[];
  readonly chains: readonly { readonly kind: string; readonly chain: readonly string[] }[];
  readonly moreChains: number;
}

/** The words of the page's legend for what becomes of a library. */
const LIBRARY_WORDS: Readonly<Record<LibraryStatus, string>> = {
  package: "install",
  base: "base",
  artifact: "artifact",
  unowned: "copied",
  missing: "missing",
  host: "host",
  unknown: "unknown",
};

export function pageOf(analysis: Analysis): PageData {
  const { runtime, complete, added, missing } = analysis;
  const packages = packagesOf(analysis);
  const byName = new Map(packages.map(({ name }, index) => [name, index]));
  const libraries: PageData["libraries"][number][] = [];
  const known = new Map<string, number>();
  const binaries = analysis.artifacts.map(({ path, kind, libraries: all }) => {
    const own = all.map(({ soname, status, package: name }) => {
      const key = JSON.stringify([soname, status, name]);
      const index = known.get(key) ?? libraries.length;
      known.set(key, index);
      if (index === libraries.length) {
        const of = name === null ? null : (byName.get(text(name)) ?? null);
        const word = of === null || status !== "package" ? LIBRARY_WORDS[status] : (packages[of]?.status ?? "install");
        libraries.push({ name: text(soname), status: word, package: of });
      }
      return index;
    });
    return { name: text(path), kind, libraries: [...new Set(own)] };
  });
  return {
    ...{ heading: text(headingText(analysis)), base: runtime?.base == null ? null : text(runtime.base), complete },
    added: added.from === null ? null : addedText(analysis),
    instruction: withoutCredentials(dockerfileReport(analysis)),
    missing: missing.map((one) => text(missingText(one))),
    ...{ binaries, libraries, packages },
  };
}

/** The needed packages, and those that come only as dependencies of others. */
function packagesOf({ packages, added, artifacts }: Analysis): PagePackage[] {
  const indexes = new Map(artifacts.map(({ path }, index) => [path, index]));
  const sizes = new Map(added.packages.map((one) => [`${one.name}:${one.architecture}`, one]));
  const needed = packages.map((one): PagePackage => {
    const size = sizes.get(`${one.name}:${one.architecture}`);
    return {
      ...{ name: text(one.name), status: one.status, version: size?.version ?? one.builderVersion },
      ...{ bytes: size?.bytes ?? null, impliedBy: one.impliedBy.map(text), ...chainsOf(one) },
      binaries: [...new Set(one.reasons.flatMap(({ artifact }) => indexes.get(artifact) ?? []))],
    };
  });
  const told = new Set(packages.map((one) => `${one.name}:${one.architecture}`));
  const others = added.packages
    .filter((one) => !told.has(`${one.name}:${one.architecture}`))
    .map(
      (one): PagePackage => ({
        ...{ name: text(one.name), status: "implied", version: one.version, bytes: one.bytes },
        impliedBy: added.packages
          .filter(({ depends }) => depends.includes(`${one.name}:${one.architecture}`))
          .map(({ name }) => text(name)),
        ...{ binaries: [], chains: [], moreChains: 0 },
      }),
    );
  return [...needed, ...others];
}

function chainsOf({ reasons }: Package): Pick<PagePackage, "chains" | "moreChains"> {
  const chains = reasons.slice(0, MAX_CHAINS).map(({ artifact, kind, chain }) => ({
    kind,
    chain: [artifact, ...chain.map(({ soname }) => soname)].map(text),
  }));
  return { chains, moreChains: reasons.length - chains.length };
}

function text(name: string): string {
  return withoutCredentials(printable(name));
}
