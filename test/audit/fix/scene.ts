import { examination } from "../../../src/analysis/analyze.ts";
import { knowledgeFor } from "../../../src/analysis/knowledge.ts";
import { auditFacts } from "../../../src/audit/facts.ts";
import { type Fixed, fix, type Look } from "../../../src/audit/fix/fix.ts";
import type { FixLevel } from "../../../src/audit/fix/model.ts";
import { finish } from "../../../src/base/steps.ts";
import { planOf } from "../../../src/commands/plan.ts";
import { shippedTables } from "../../../src/commands/shipped-tables.ts";
import { artifactPaths } from "../../../src/commands/sources/look-requests.ts";
import { makePlan } from "../../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../../src/dockerfile/parse.ts";
import { LIB, madeSnapshot } from "../../analysis/made-images.ts";
import type { Made } from "../../loader/made-view.ts";

/** Library packages of trixie that Dockerfiles of the corpus name, and the library that each has. */
export const LIBRARIES = {
  libcurl4t64: "libcurl.so.4",
  "libevent-2.1-7t64": "libevent-2.1.so.7",
  libffi8: "libffi.so.8",
  libicu76: "libicuuc.so.76",
  "libjpeg62-turbo": "libjpeg.so.62",
  liblmdb0: "liblmdb.so.0",
  libmariadb3: "libmariadb.so.3",
  "libpcre2-8-0": "libpcre2-8.so.0",
  libpq5: "libpq.so.5",
  "libsasl2-2": "libsasl2.so.2",
  "libsqlite3-0": "libsqlite3.so.0",
  libssl3t64: "libssl.so.3",
  libxml2: "libxml2.so.2",
  "libyaml-0-2": "libyaml-0.so.2",
  zlib1g: "libz.so.1",
} as const;

export type Library = keyof typeof LIBRARIES;
export const NAMES = Object.keys(LIBRARIES) as Library[];

/** What the program needs, what the base has, and what depends on what. */
export interface Scene {
  readonly needs: readonly Library[];
  readonly base: readonly Library[];
  readonly depends: readonly (readonly [Library, Library])[];
  /** The program needs a library of nobody's in this folder of the builder. */
  readonly unowned?: string;
  /** More files of the builder, with their texts. */
  readonly scripts?: Readonly<Record<string, string>>;
}

const tables = shippedTables();

/** What is seen in place of a build, whatever the text: the builder has every library. */
export function lookAt(scene: Scene): Look {
  const builder = snapshotOf(scene, NAMES);
  const base = snapshotOf(scene, scene.base);
  return function* (text) {
    const plan = planOf(text, { artifacts: [], target: null, runtime: null, buildArgs: {}, platform: null });
    const [stage] = plan.builders;
    const paths = stage === undefined ? [] : artifactPaths(plan, stage.index);
    const builders = [{ stage: stage ?? null, base: "debian:trixie", snapshot: { ...builder, artifactPaths: paths } }];
    const there = { source: "image", reference: "debian:trixie-slim", snapshot: base } as const;
    const knowledge = knowledgeFor(
      tables,
      builders.map(({ snapshot }) => snapshot),
      there,
    );
    const input = { plan, mappings: [], builders, base: there, knowledge, explicit: false, withRecommended: false };
    const examined = yield* examination(input);
    const facts = auditFacts(tables, input, examined);
    return { parsed: parseDockerfile(text), plan, analysis: examined.analysis, facts };
  };
}

export function read(text: string) {
  const parsed = parseDockerfile(text);
  return { parsed, plan: makePlan(parsed) };
}

export function fixed(text: string, scene: Scene, level: FixLevel = "warning"): Fixed {
  return finish(fix(text, lookAt(scene), read, level));
}

/** A text before its fix, without the commands that were taken out; a comment in an instruction that went stays. */
export function withoutTaken(text: string, { changes }: Pick<Fixed, "changes">, bare: (one: string) => string): string {
  const taken = changes.filter((change) => change.kind === "taken-out").sort((a, b) => (b.line ?? 0) - (a.line ?? 0));
  return taken.reduce((left, change) => {
    const until = text
      .split("\n")
      .slice(0, change.line ?? 0)
      .join("\n");
    const [first = "", ...others] = change.text
      .split(/^\s*#.*$/m)
      .map(bare)
      .filter((piece) => piece !== "");
    const without = (rest: string, piece: string, at: number): string => {
      if (at === -1) throw new Error(`${piece} is not in ${rest}`);
      return rest.slice(0, at) + rest.slice(at + piece.length);
    };
    const begin = left.lastIndexOf(first, bare(until).length);
    return others.reduce(
      (rest, piece) => without(rest, piece, rest.indexOf(piece, begin)),
      without(left, first, begin),
    );
  }, bare(text));
}

function snapshotOf({ needs, depends, unowned, scripts = {} }: Scene, installed: readonly Library[]) {
  const own = unowned === undefined ? {} : { [`${unowned}/libown.so.1`]: { elf: { soname: "libown.so.1" } } };
  const needed = [...needs.map((name) => LIBRARIES[name]), ...(unowned === undefined ? [] : ["libown.so.1"])];
  const whole = installed === NAMES;
  const files: Record<string, Made> = whole
    ? { "/out/usr/bin/app": { elf: { interpreter: LOADER, needed } }, ...own }
    : { "/bin/sh": "file", "/usr/bin/apt-get": "file", "/usr/bin/env": "file" };
  if (whole) for (const [path, text] of Object.entries(scripts)) files[path] = { text };
  files["/etc/ld.so.conf"] = { text: "/usr/local/lib\n" };
  for (const name of installed) files[`${LIB}/${LIBRARIES[name]}`] = { elf: { soname: LIBRARIES[name] } };
  const packages = installed.map((name) => {
    const targets = depends.flatMap(([from, to]) => (from === name && installed.includes(to) ? [to] : []));
    const old = name.endsWith("t64") ? { Provides: `${name.slice(0, -3)} (= 1)` } : {};
    const fields = targets.length === 0 ? old : { ...old, Depends: targets.join(", ") };
    return [name, { ...fields, Files: `${LIB}/${LIBRARIES[name]}` }] as const;
  });
  const all = {
    knowsPrograms: !whole,
    files,
    packages: Object.fromEntries(packages),
    questions: whole ? [answer(needs, unowned)] : [],
  };
  const made = madeSnapshot(all, whole ? ["/out"] : []);
  // The artifacts were searched for names of libraries, and have none.
  return { ...made, files: made.files.map((fact) => ({ ...fact, sonameStrings: [] })) };
}

/** What the builder's loader says of the program. */
function answer(needs: readonly Library[], unowned: string | undefined) {
  const lines = needs.map((name) => `\t${LIBRARIES[name]} => ${LIB}/${LIBRARIES[name]}\n`);
  if (unowned !== undefined) lines.push(`\tlibown.so.1 => ${unowned}/libown.so.1\n`);
  const program = "/out/usr/bin/app";
  return { asked: program, files: [program], loader: LOADER, exit: 0, output: lines.join(""), errors: "" };
}

const LOADER = "/lib64/ld-linux-x86-64.so.2";
