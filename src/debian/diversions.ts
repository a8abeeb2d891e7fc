import type { NamedOwner } from "./owner-lines.ts";

interface Lines {
  readonly from: string[];
  readonly to: string[];
  /** The order in which they stood: "f" and "t". */
  order: string;
}

/** The package that diverts, or null for the administrator. */
type Diverter = string | null;

/**
 * dpkg's diversions (dpkg-divert(1)): what every package but the diverting one ships at `from` lies at `to`. File lists
 * keep the name `from` for all of them.
 */
export class Diversions {
  readonly #lines = new Map<Diverter, Lines>();
  readonly #from = new Map<string, Diverter>();
  #to: Map<string, string | null> | null = null;

  /** Takes the head of a line of `dpkg -S` if it tells of a diversion. */
  read(head: string, path: string): boolean {
    const match = /^(?:local diversion|diversion by ([^\s:]+)) (from|to)$/.exec(head);
    if (match === null) return false;
    const diverter = match[1] ?? null;
    const lines = this.#lines.get(diverter) ?? { from: [], to: [], order: "" };
    this.#lines.set(diverter, lines);
    lines[match[2] === "from" ? "from" : "to"].push(path);
    lines.order += match[2] === "from" ? "f" : "t";
    if (match[2] === "from") this.#from.set(path, diverter);
    this.#to = null;
    return true;
  }

  /**
   * Whose content lies at a path: at `from` the diverting package's alone (nobody's where it ships no such file, and
   * always nobody's for a local diversion), at `to` that of the other packages which ship `from`.
   */
  apply(path: string, listed: (path: string) => readonly NamedOwner[]): readonly NamedOwner[] {
    const diverter = this.#from.get(path);
    if (diverter !== undefined) return listed(path).filter((owner) => owner.name === diverter);
    this.#to ??= this.#pairs();
    const from = this.#to.get(path);
    if (from === undefined) return listed(path);
    if (from === null) return [];
    const by = this.#from.get(from);
    return listed(from).filter((owner) => owner.name !== by);
  }

  /** `to` → `from`; null where the lines do not say which one. */
  #pairs(): Map<string, string | null> {
    const pairs = new Map<string, string | null>();
    for (const lines of this.#lines.values()) pair(lines, pairs);
    return pairs;
  }
}

/**
 * dpkg prints `from` and `to` one after the other, but a snapshot holds its lines sorted, where several diversions of
 * one package are no longer told apart by their order. There a name pairs with the one it is made from (`X` →
 * `X.distrib`), else with the only one left; where several are left, none is chosen.
 */
function pair(lines: Lines, pairs: Map<string, string | null>): void {
  if (/^(?:ft)+$/.test(lines.order)) {
    lines.to.forEach((to, index) => {
      pairs.set(to, lines.from[index] ?? null);
    });
    return;
  }
  const from = new Set(lines.from);
  const open: string[] = [];
  for (const to of new Set(lines.to)) {
    const origin = originOf(to, from);
    pairs.set(to, origin);
    if (origin === null) open.push(to);
  }
  for (const origin of pairs.values()) if (origin !== null) from.delete(origin);
  const [last] = [...from];
  if (open.length === 1 && from.size === 1 && last !== undefined && open[0] !== undefined) pairs.set(open[0], last);
}

/** The longest name of the set that this one begins with, cut at a dot or a hyphen. */
function originOf(to: string, from: ReadonlySet<string>): string | null {
  for (let at = to.length - 1; at > 0; at--) {
    const char = to[at];
    if ((char === "." || char === "-") && from.has(to.slice(0, at))) return to.slice(0, at);
  }
  return null;
}
