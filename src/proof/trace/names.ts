import { commandName } from "../../analysis/command-places.ts";
import type { LookedAtImage } from "../../analysis/image.ts";
import type { Knowledge } from "../../analysis/knowledge.ts";
import { basename } from "../../base/paths.ts";
import { aptWord, parseKey } from "../../debian/words.ts";
import { realPathOf } from "../../snapshot/path.ts";
import type { NameSource } from "./model.ts";

/** What names of packages are taken from. */
export interface NameSources {
  /** The full image: the builder with the artifacts. */
  readonly full: LookedAtImage;
  readonly knowledge: Knowledge;
  /** The builder's release is not that of the runtime: its names count only as far as the tables confirm them. */
  readonly crossRelease: boolean;
  /** The native architecture of the runtime. */
  readonly architecture: string;
  /** Whether apt takes the name for something else, or nothing shows that it exists. */
  isMisread(name: string): boolean;
}

/** Names a path; null where no package is known. */
export type PathNamer = (path: string) => { readonly package: string; readonly source: NameSource } | null;

/**
 * Whose path it is: the builder's dpkg says so, else its source's owner, the table of paths, and that of
 * commands.
 */
export function pathNamer(sources: NameSources): PathNamer {
  const { full, knowledge } = sources;
  return (path) => {
    const owner = ownerOf(path, full);
    if (owner !== null) return named(owner, path, "dpkg", sources);
    const source = sourceOf(path);
    const maker = source === null ? null : ownerOf(source, full);
    if (maker !== null) return named(maker, path, "source", sources);
    const known = knowledge.packageAt(path) ?? commandPackage(path, knowledge);
    return known === null ? null : { package: known, source: "table" };
  };
}

/**
 * The owner's key. A link of a development package (`libx.so`) is nothing that a runtime is meant to have: what it leads to is
 * what a program gets.
 */
function ownerOf(path: string, full: LookedAtImage): string | null {
  const key = full.ownerOf(path).package;
  if (key === null || !parseKey(key).name.endsWith("-dev")) return key;
  const real = realPathOf(full.view, path);
  return real.status === "found" && real.path !== path ? (full.ownerOf(real.path).package ?? key) : key;
}

/**
 * What a file was compiled from: Python keeps bytecode in `__pycache__/NAME.TAG.pyc` beside NAME.py (PEP 3147). Packages make it
 * when they are installed.
 */
export function sourceOf(path: string): string | null {
  const match = /^(.*)\/__pycache__\/([^/.]+)\.[^/]+\.pyc$/.exec(path);
  return match === null ? null : `${match[1]}/${match[2]}.py`;
}

function named(
  key: string,
  path: string,
  source: NameSource,
  { crossRelease, knowledge, architecture, isMisread }: NameSources,
): ReturnType<PathNamer> {
  const { name, architecture: of } = parseKey(key);
  const renamed = crossRelease ? inOtherRelease(name, path, knowledge) : name;
  if (renamed === null || isMisread(renamed)) return null;
  const word = aptWord(`${renamed}:${of}`, architecture);
  return word === null ? null : { package: word, source };
}

/** Names do not carry over to another release: a library's soname does, and what has a row in the tables. */
function inOtherRelease(name: string, path: string, knowledge: Knowledge): string | null {
  const answer = knowledge.lookup(basename(path));
  if (answer.kind === "packages") return answer.names[0] ?? null;
  return knowledge.packageAt(path) ?? commandPackage(path, knowledge) ?? (knowledge.names.has(name) ? name : null);
}

/** The only package that has a command of that name. */
function commandPackage(path: string, knowledge: Knowledge): string | null {
  const command = commandName(path);
  const [only, ...others] = command === null ? [] : knowledge.packagesFor(command);
  return only === undefined || others.length > 0 ? null : only;
}
