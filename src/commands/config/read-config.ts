import { lstatSync, realpathSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import picomatch from "picomatch";
import { type Document, isCollection, isMap, isScalar, LineCounter, type Node, parseDocument, visit } from "yaml";
import { MsbDepsError, reasonOf } from "../../base/errors.ts";
import { checked, Refusal } from "../../base/schema.ts";
import { isLocalContext, isRemoteContext } from "../../engine/buildkit/contexts.ts";
import { shownPath } from "../files/shown-path.ts";
import type { Output } from "../options.ts";
import { readGiven } from "../read-given.ts";
import { type ConfigText, configText, type Section } from "./config-schema.ts";
import type { Layer, Origin, Settings } from "./settings.ts";

/** A config file that was read, with its paths made absolute. */
export interface ConfigFile {
  /** The path that messages name. */
  readonly path: string;
  readonly directory: string;
  /** What it sets for all Dockerfiles. */
  readonly top: Layer;
  /** What it sets for some, in its order: for those whose path from its directory matches. */
  readonly sections: readonly (Layer & { readonly matches: (path: string) => boolean })[];
  /** What a command writes, by the name of the command. */
  readonly formats: Readonly<Partial<Record<"analyze" | "audit", readonly Output[]>>>;
  /** Where something at its top level is written. */
  readonly originOf: Layer["originOf"];
}

type Path = readonly (string | number)[];

/** A config file is smaller. */
const MAX_BYTES = 1024 * 1024;

/**
 * Reads a config file. One that was found, and not named with `--config`, can name only what is below its directory: it may
 * have come with Dockerfiles that the user did not write.
 * @throws MsbDepsError `usage`, with the line of the first fault
 */
export async function readConfig(path: string, isNamed: boolean, signal: AbortSignal): Promise<ConfigFile> {
  const name = shownPath(path);
  const bytes = await readGiven(path, MAX_BYTES, signal).catch((cause: unknown) => {
    if (signal.aborted) throw cause;
    throw refused(name, `could not be read: ${reasonOf(cause)}`, cause);
  });
  const lines = new LineCounter();
  const document = parseDocument(bytes.toString("utf8"), { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault !== undefined)
    throw refused(`${name}:${lines.linePos(fault.pos[0]).line}`, `is not valid YAML: ${fault.message}`, fault);
  // A version 1.10 is a text, and not the number 1.1.
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value === "number" || typeof node.value === "boolean") node.value = node.source ?? node.value;
    },
  });
  const at = (keys: Path): string => `${name}:${lineOf(document.contents, keys, lines)}`;
  try {
    const text = checked(configText, plainValue(document));
    const home = dirname(resolve(path));
    const resolved = (keys: Path, given: string): string => placed(home, given, isNamed, at(keys));
    const originOf = (keys: Path): Origin => ({ kind: "file", name, line: lineOf(document.contents, keys, lines) });
    const layers = layersOf(text, resolved, originOf);
    return { path: name, directory: home, ...layers, formats: formatsOf(text, resolved), originOf };
  } catch (cause) {
    if (!(cause instanceof Refusal)) throw cause;
    throw refused(at(cause.path), cause.message, cause);
  }
}

/** @throws Refusal if its aliases stand for too much, or for nothing */
function plainValue(document: Document): unknown {
  try {
    return document.toJS() ?? {};
  } catch (cause) {
    throw new Refusal(`is not valid YAML: ${reasonOf(cause)}`, []);
  }
}

function refused(at: string, what: string, cause: unknown): MsbDepsError {
  return new MsbDepsError("usage", `${at} ${what.replace(/([^?])$/, "$1.")}`, {
    hint: "docs/config.md lists the settings; --no-config ignores config files.",
    cause,
  });
}

type Resolved = (keys: Path, given: string) => string;

function layersOf(
  { $schema: _, formats: __, files = [], ...own }: ConfigText,
  resolved: Resolved,
  origin: (keys: Path) => Origin,
): Pick<ConfigFile, "top" | "sections"> {
  const layer = (settings: Settings, keys: Path): Layer => ({
    settings: withPaths(settings, keys, resolved),
    originOf: (path) => origin([...keys, ...path]),
  });
  const section = ({ path = [], ...settings }: Section, index: number) => ({
    matches: picomatch(typeof path === "string" ? path : [...path], { dot: true }),
    ...layer(settings, ["files", index]),
  });
  return { top: layer(own, []), sections: files.map(section) };
}

/** The same settings with absolute paths of directories. */
function withPaths({ context, contexts, ...others }: Settings, keys: Path, resolved: Resolved): Settings {
  const named = Object.entries(contexts ?? {}).map(([name, place]) => [
    name,
    isLocalContext(place) ? resolved([...keys, "contexts", name], place) : place,
  ]);
  return {
    ...others,
    ...(context === undefined
      ? {}
      : { context: isRemoteContext(context) ? context : resolved([...keys, "context"], context) }),
    ...(contexts === undefined ? {} : { contexts: Object.fromEntries(named) }),
  };
}

function formatsOf({ formats = {} }: ConfigText, resolved: Resolved): ConfigFile["formats"] {
  const outputs = Object.entries(formats).map(([command, entries]) => [
    command,
    entries.map((entry, index): Output => {
      const { format, output = null } = typeof entry === "string" ? { format: entry } : entry;
      const file = output === null ? null : shownPath(resolved(["formats", command, index, "output"], output));
      return { format, file };
    }),
  ]);
  return Object.fromEntries(outputs);
}

/** The absolute path for one of a config file; below its directory, links followed, unless the file was named. */
function placed(home: string, given: string, isNamed: boolean, at: string): string {
  const path = resolve(home, given);
  if (isNamed) return path;
  const inside = relative(realpathSync(home), realOf(path));
  if (inside !== ".." && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)) return path;
  throw new MsbDepsError("usage", `${at} ${given} is not below the directory of the config file.`, {
    hint: "Pass the path as an option, or name the config file with --config.",
  });
}

/** The real path of what is there, with the rest of the path below it. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // A link to nothing would be followed when it is written to.
    if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return "/";
    return dirname(path) === path ? path : join(realOf(dirname(path)), path.slice(dirname(path).length));
  }
}

/** The line of what a path of keys leads to, as far as that is there: for a key of a map, that of the key. */
function lineOf(contents: unknown, keys: Path, lines: LineCounter): number {
  let node: unknown = contents;
  let offset = 0;
  for (const key of keys) {
    const pair = isMap(node) ? node.items.find(({ key: one }) => isScalar(one) && String(one.value) === key) : null;
    const place = pair?.key ?? (isCollection(node) ? node.get(key, true) : null);
    offset = (place as Node | null | undefined)?.range?.[0] ?? offset;
    node = isCollection(node) ? node.get(key, true) : null;
  }
  return lines.linePos(offset).line;
}
