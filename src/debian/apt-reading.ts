/** What is known of the names that apt in the runtime base has. */
export interface KnownNames {
  /** Whether a package of exactly this name is known. */
  has(name: string): boolean;
  /** The names that a pattern could match. */
  readonly all: Iterable<string>;
  /** True where a name that is not in it does not exist. */
  readonly complete: boolean;
}

/** What apt-get takes a name for that no package has. */
export interface Misreading {
  /** An order to remove or install what stands before the last character, or a pattern. */
  readonly as: "remove" | "install" | "pattern";
  /** For a pattern the first names that it matches, as far as they are known. */
  readonly matches: readonly string[];
}

/** So many names are enough to show what a pattern matches. */
const SHOWN = 2;

/**
 * How `apt-get install` reads a package name, where that is not as this very name; null where it can only install that
 * package or refuse.
 *
 * apt (apt-pkg/cacheset.cc, `FromModifierCommandLine` and `PackageFromString`) tries the exact name first. Where no package
 * has it, a `+` or `-` at its end asks to install or remove what stands before, and a name with `.` or `+` is searched for
 * in all names as an extended regular expression, in any case. Of the names that dpkg accepts no other means anything else.
 *
 * Where not all names are known, a pattern counts only if it matches a name that does not hold it letter by letter:
 * `python3.12-minimal` is in `libpython3.12-minimal`, and most likely a package of its own.
 */
export function misreading(name: string, known: KnownNames): Misreading | null {
  if (!/[.+]|-$/.test(name) || known.has(name)) return null;
  if (name.endsWith("-")) return { as: "remove", matches: [] };
  if (name.endsWith("+")) return { as: "install", matches: [] };
  // No real name has `.+`, and matching it could take long.
  if (name.includes(".+")) return { as: "pattern", matches: [] };
  // Without `.+` each repetition matches a run of one letter alone.
  const pattern = new RegExp(name.replace(/\++/g, "+"), "i");
  const wanted = name.toLowerCase();
  const matches: string[] = [];
  for (const other of known.all) {
    if (!pattern.test(other) || (!known.complete && other.toLowerCase().includes(wanted))) continue;
    matches.push(other);
    if (matches.length === SHOWN) break;
  }
  return matches.length === 0 ? null : { as: "pattern", matches };
}
