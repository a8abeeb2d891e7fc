/**
 * The JSON contract of docs and DESIGN.md, written out by hand and apart from `src/analysis/model.ts`, so that a change
 * of the model that breaks readers is seen. Fields beside those named here are allowed; a named one may not be missing.
 */

/** Says of a value what is wrong with it, each with its place; nothing where it is right. */
type Check = (value: unknown, at: string) => string[];

const wrong = (at: string, what: string, value: unknown): string[] => [
  `${at} is not ${what}: ${JSON.stringify(value)?.slice(0, 200) ?? "absent"}`,
];

const text: Check = (value, at) => (typeof value === "string" ? [] : wrong(at, "a text", value));
const flag: Check = (value, at) => (typeof value === "boolean" ? [] : wrong(at, "true or false", value));
const count: Check = (value, at) =>
  Number.isInteger(value) && Number(value) >= 0 ? [] : wrong(at, "a whole number", value);
const base64: Check = (value, at) =>
  typeof value === "string" && Buffer.from(value, "base64").toString("base64") === value
    ? []
    : wrong(at, "base64", value);

const oneOf =
  (...words: readonly (string | number)[]): Check =>
  (value, at) =>
    words.includes(value as string | number) ? [] : wrong(at, `one of ${words.join(" ")}`, value);

const nullable =
  (check: Check): Check =>
  (value, at) =>
    value === null ? [] : check(value, at);

const list =
  (check: Check): Check =>
  (value, at) =>
    Array.isArray(value)
      ? value.flatMap((item: unknown, index) => check(item, `${at}[${index}]`))
      : wrong(at, "a list", value);

const object =
  (fields: Readonly<Record<string, Check>>, optional: Readonly<Record<string, Check>> = {}): Check =>
  (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong(at, "an object", value);
    const has = value as Readonly<Record<string, unknown>>;
    return [
      ...Object.entries(fields).flatMap(([name, check]) => check(has[name], `${at}.${name}`)),
      ...Object.entries(optional).flatMap(([name, check]) =>
        has[name] === undefined ? [] : check(has[name], `${at}.${name}`),
      ),
    ];
  };

const distribution = object({ id: text, versionId: nullable(text), codename: nullable(text) });

const library = object({
  soname: text,
  path: nullable(text),
  runtimePath: nullable(text),
  direct: flag,
  package: nullable(text),
  status: oneOf("package", "base", "artifact", "unowned", "missing", "host", "unknown"),
  via: nullable(text),
  searchPath: nullable(text),
  askedBy: text,
});

const artifact = object(
  {
    path: text,
    stage: nullable(text),
    destinations: list(text),
    kind: oneOf("executable", "shared-object", "static", "script", "packed", "foreign", "damaged", "other"),
    interpreter: nullable(text),
    machine: nullable(text),
    needed: list(text),
    runpath: list(text),
    libraries: list(library),
  },
  { pathBase64: base64 },
);

const reason = object({
  artifact: text,
  kind: oneOf("needed", "interpreter", "command", "depends", "dlopen", "preload", "observed", "kept", "recommended"),
  chain: list(object({ soname: text, path: nullable(text) }, { via: nullable(text) })),
});

const packageRow = object({
  name: text,
  architecture: text,
  builderName: nullable(text),
  builderVersion: nullable(text),
  candidateVersion: nullable(text),
  status: oneOf("install", "upgrade", "base", "implied", "unavailable"),
  impliedBy: list(text),
  sonames: list(text),
  reasons: list(reason),
});

const analysis = object({
  schemaVersion: oneOf(1),
  complete: flag,
  builders: list(
    object({ stage: nullable(text), base: nullable(text), platform: text, distribution: nullable(distribution) }),
  ),
  runtime: nullable(
    object({
      stage: nullable(text),
      base: nullable(text),
      source: oneOf("image", "mappings", "none"),
      distribution: nullable(distribution),
      packages: count,
    }),
  ),
  artifacts: list(artifact),
  packages: list(packageRow),
  install: list(text),
  added: object({
    packages: list(
      object({
        name: text,
        architecture: text,
        version: nullable(text),
        replaces: nullable(text),
        bytes: nullable(count),
        listed: flag,
        needed: flag,
        depends: list(text),
      }),
    ),
    exact: flag,
    from: nullable(oneOf("apt", "builder")),
  }),
  copy: list(object({ soname: text, source: text, realPath: text, destination: text, requiredBy: list(text) })),
  missing: list(
    object({
      kind: oneOf("library", "version", "interpreter", "command", "misplaced", "plugin"),
      name: text,
      version: nullable(text),
      providedBy: nullable(text),
      requiredBy: list(text),
      hint: nullable(text),
    }),
  ),
  suggested: list(
    object({ package: text, strength: oneOf("required", "recommended", "suggested"), trigger: text, reason: text }),
  ),
  dropped: list(object({ package: text, reason: text })),
  unreadable: list(object({ path: text, reason: text }, { pathBase64: base64 })),
  notes: list(object({ code: text, path: nullable(text) }, { pathBase64: base64 })),
});

/** All that is wrong with a document by the contract, one sentence each. */
export function breaches(document: unknown): string[] {
  return analysis(document, "document");
}

const trouble = object(
  {
    path: text,
    kind: oneOf("library", "version", "interpreter", "command", "preload", "absent", "loader"),
    name: text,
    version: nullable(text),
    by: oneOf("loader", "rules"),
  },
  { pathBase64: base64 },
);

const proof = object({
  mode: oneOf("line", "current"),
  sufficient: nullable(flag),
  irreducible: nullable(flag),
  line: list(text),
  asked: object({ loader: count, rules: count, interpreters: count }),
  unresolved: list(trouble),
  differs: list(trouble),
  exempt: list(object({ path: text, name: text, reason: oneOf("host", "plugin", "optional") })),
  unproved: list(
    object(
      { path: text, reason: oneOf("archive", "foreign", "damaged", "packed", "unknown", "command", "plugin") },
      { pathBase64: base64 },
    ),
  ),
  members: list(
    object({
      package: text,
      verdict: oneOf("needed", "removable", "not-provable", "unknown"),
      how: nullable(oneOf("simulated", "purged", "built")),
      gone: list(text),
      broken: count,
      example: nullable(trouble),
      reason: nullable(text),
    }),
  ),
  removable: list(text),
  notProvable: list(text),
  unread: list(text),
  copied: list(object({ from: text, source: text, destination: text })),
  leftOut: list(object({ keyword: text, line: count })),
  run: nullable(
    object({
      command: text,
      outcome: oneOf("ended", "limit"),
      exitCode: nullable(count),
      seconds: count,
      output: list(text),
      processes: count,
      whole: flag,
      opened: list(object({ path: text, by: text, package: nullable(text), brought: flag })),
      missing: list(object({ name: text, by: text, package: nullable(text), builderPath: nullable(text) })),
      added: list(text),
    }),
  ),
  imageBytes: count,
  baseBytes: nullable(count),
  named: nullable(object({ packages: list(text), bytes: count })),
});

/** The same for what `verify -f json` has as its proof. */
export function proofBreaches(value: unknown): string[] {
  return proof(value, "proof");
}
