import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { MsbDepsError } from "../../base/errors.ts";
import { goMatch } from "../../base/go-patterns.ts";
import { contextPath } from "../../dockerfile/context-sources.ts";
import type { BuildPlan } from "../../dockerfile/plan.ts";
import { isRemoteContext } from "../../engine/buildkit/contexts.ts";
import { parseIgnoreFile } from "../../engine/buildkit/ignore-file.ts";
import { type Match, PathPatterns } from "../../engine/session/patterns.ts";
import type { DockerfileInput } from "../dockerfile-input.ts";

/** Sources of COPY that are in the build context and that an ignore file excludes. */
interface Excluded {
  readonly ignoreFile: string;
  /** `conf/app.txt (line 2)` */
  readonly sources: readonly string[];
}

/** An error of a build that did not find a file, with a word on files of the context that an ignore file excludes. */
export async function withIgnoredSources(
  error: unknown,
  plan: BuildPlan | null,
  dockerfile: DockerfileInput,
): Promise<unknown> {
  const isMissing = error instanceof MsbDepsError && error.code === "build-failed";
  if (!isMissing || plan === null || !/not found|no such file/i.test(error.message)) return error;
  const excluded = await excludedSources(plan, dockerfile).catch(() => null);
  if (excluded === null || excluded.sources.length === 0) return error;
  const { message, tried, output, cause } = error;
  const hint = `${excluded.ignoreFile} excludes ${excluded.sources.join(", ")}. Remove the pattern, or add an exception (!PATH).`;
  return new MsbDepsError("build-failed", message, { tried, output, cause, hint });
}

async function excludedSources(plan: BuildPlan, { path, contextDir }: DockerfileInput): Promise<Excluded | null> {
  if (contextDir === null || isRemoteContext(contextDir)) return null;
  const candidates = [...(path === null ? [] : [`${path}.dockerignore`]), join(contextDir, ".dockerignore")];
  for (const ignoreFile of candidates) {
    const text = await readFile(ignoreFile, "utf8").catch(() => null);
    if (text === null) continue;
    const patterns = new PathPatterns(parseIgnoreFile(text));
    const sources: string[] = [];
    for (const { source, line } of contextCopies(plan)) {
      const found = await filesOf(source, contextDir);
      if (found.length > 0 && found.every((one) => isExcluded(one, patterns))) sources.push(`${source} (line ${line})`);
    }
    return { ignoreFile, sources };
  }
  return null;
}

function contextCopies({ stages }: BuildPlan): { readonly source: string; readonly line: number }[] {
  return stages.flatMap(({ instructions }) =>
    instructions.flatMap((one) =>
      one.kind === "copy" && one.from === null
        ? one.sources.flatMap((source) => (source === null ? [] : { source, line: one.line }))
        : [],
    ),
  );
}

/** The paths of the context that a source names; wildcards are followed in its last part. */
async function filesOf(source: string, contextDir: string): Promise<string[]> {
  const literal = contextPath(source);
  if (literal !== null) return (await stat(join(contextDir, literal)).catch(() => null)) === null ? [] : [literal];
  const folder = contextPath(dirname(source));
  if (folder === null) return [];
  const names = await readdir(join(contextDir, folder)).catch(() => []);
  const paths = names.map((name) => (folder === "" ? name : `${folder}/${name}`));
  return paths.filter((one) => goMatch(source.replace(/^(?:\.?\/)+/, ""), one));
}

function isExcluded(path: string, patterns: PathPatterns): boolean {
  let match: Match | null = null;
  for (let end = path.indexOf("/"); end !== -1; end = path.indexOf("/", end + 1))
    match = patterns.match(path.slice(0, end), match);
  return patterns.match(path, match).matched;
}
