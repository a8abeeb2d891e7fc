import type { Analysis } from "../analysis/model.ts";
import { foreignArchitectures, installInstruction } from "../dockerfile/rewrite/install-instruction.ts";
import { printable } from "./names.ts";
import { reasonsText } from "./wording.ts";

/** The forms of the RUN instruction. */
export const LINE_STYLES = ["apt", "cache-mount", "xargs"] as const;

/** How the line is written. */
export interface LineOptions {
  /**
   * `apt`: a layer without package lists · `cache-mount`: lists and packages stay in caches of the builder · `xargs`: from
   * a file of the build context, as `-f list` writes it.
   */
  readonly style: (typeof LINE_STYLES)[number];
  /** Names with versions. */
  readonly pin: boolean;
  /** A comment above each package says what needs it. */
  readonly comments: boolean;
}

/** What a writer of the line takes of the options of all writers. */
export interface LineText {
  readonly line?: LineOptions;
}

/** The line as it is without any option. */
export const PLAIN_LINE: LineOptions = { style: "apt", pin: false, comments: false };

/** What Debian Policy §5.6.12 allows in a version: nothing that a shell or a Dockerfile would take for something else. */
const VERSION = /^[0-9][0-9A-Za-z.+:~-]*$/;

/** The words of the line; with `pin` in the versions that apt in the runtime base or dpkg of the builder named. */
export function lineWords({ install, added }: Analysis, { pin }: LineOptions): readonly string[] {
  if (!pin) return install;
  const versions = new Map<string, string>();
  for (const { name, architecture, version } of added.packages) {
    if (version === null || !VERSION.test(version)) continue;
    if (!versions.has(name)) versions.set(name, version);
    versions.set(`${name}:${architecture}`, version);
  }
  return install.map((word) => (versions.has(word) ? `${word}=${versions.get(word)}` : word));
}

/** Where the versions of `--pin` are from, and which there are not; null without `--pin`. */
export function pinText(analysis: Analysis, options: LineOptions): string | null {
  if (!options.pin || analysis.install.length === 0) return null;
  const unpinned = lineWords(analysis, options).filter((word) => !word.includes("="));
  const without = unpinned.length === 0 ? "" : `; no version is known of ${unpinned.map(printable).join(", ")}`;
  const from =
    analysis.added.from === "apt"
      ? "versions from apt in the runtime base"
      : "versions from dpkg of the builder, which apt in the runtime stage may not offer (--online asks it)";
  return `${from}${without}`;
}

/** The instruction that installs the line. */
export function lineInstruction(analysis: Analysis, options: LineOptions): string[] {
  const pinned = pinText(analysis, options);
  const head = pinned === null ? [] : [`# ${pinned}`];
  const words = lineWords(analysis, options);
  if (options.style === "xargs") return [...head, ...fromFile(options)];
  // A version may have a colon too, which is no architecture.
  const plain = installInstruction(analysis.install);
  const first = plain[0] ?? "";
  const rows = words.flatMap((word, index) => [
    ...(options.comments ? reasonComments(analysis, analysis.install[index] ?? word) : []),
    `    ${word} \\`,
  ]);
  if (options.style === "apt") return [...head, first, ...rows, ...plain.slice(-1)];
  return [...head, ...CACHES, first.replace(/^RUN /, "    "), ...rows.slice(0, -1), `    ${words.at(-1) ?? ""}`];
}

/** The images of Debian and Ubuntu have docker-clean, which deletes what apt downloads. */
const CACHES = [
  "RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \\",
  "    --mount=type=cache,target=/var/lib/apt/lists,sharing=locked \\",
  "    rm -f /etc/apt/apt.conf.d/docker-clean && \\",
];

/** The list is a file of its own, so that `analyze --check` and the build use the same one. */
function fromFile({ pin }: LineOptions): string[] {
  return [
    `# packages.txt: msb-deps -f list${pin ? " --pin" : ""} -o packages.txt`,
    "COPY packages.txt /tmp/packages.txt",
    "RUN apt-get update && xargs apt-get install -y --no-install-recommends < /tmp/packages.txt && rm -rf /var/lib/apt/lists/*",
  ];
}

/** Comment lines between continuation lines are deleted by Docker; a name can neither end the line nor the comment. */
function reasonComments({ packages }: Analysis, word: string): string[] {
  const [name = "", architecture] = word.split(":");
  const item = packages.find((one) => one.name === name && (architecture ?? one.architecture) === one.architecture);
  const reason = item === undefined ? null : reasonsText(item);
  return reason === null ? [] : [`    # ${reason}`];
}

/** Comments about architectures that dpkg has to be told of. */
export function architectureComment(install: readonly string[]): string[] {
  const architectures = foreignArchitectures(install);
  return architectures.length === 0 ? [] : [`# ${architectures.join(", ")}: packages of another architecture`];
}
