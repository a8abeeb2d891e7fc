import { examination } from "../analysis/analyze.ts";
import { auditFacts } from "../audit/facts.ts";
import type { AuditInput } from "../audit/input.ts";
import type { Steps } from "../base/steps.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import { noRuntime } from "./audit-static.ts";
import type { Subject } from "./audit-subject.ts";
import type { Held } from "./config/hold.ts";
import { findDockerfile } from "./dockerfile-input.ts";
import type { RunOptions } from "./options.ts";
import { inputOf } from "./run.ts";
import type { SavedRun } from "./saved-run.ts";
import { shippedTables } from "./shipped-tables.ts";

/** The Dockerfile of a run whose images were inspected. */
export async function runSubject(
  run: SavedRun,
  text: string,
  { options, policy }: Pick<Held, "options" | "policy">,
  traced: ReadonlySet<string> = new Set(),
): Promise<Subject> {
  const tables = shippedTables();
  const look = function* (dockerfile: string): Steps<AuditInput> {
    const input = inputOf({ ...run, dockerfile }, options);
    if (input.plan?.runtime == null) throw noRuntime();
    const examined = yield* examination(input);
    const facts = { ...auditFacts(tables, input, examined), traced };
    const { allowEmpty: emptyIsRight } = options;
    return {
      parsed: parseDockerfile(dockerfile),
      plan: input.plan,
      analysis: examined.analysis,
      facts,
      emptyIsRight,
      policy,
    };
  };
  const path = await pathOf(options);
  const file = options.dockerfile === null ? "Dockerfile" : (path ?? "-");
  // A saved run was planned with the arguments of its own command line.
  return { text, file, path, buildArgs: run.choice.buildArgs, look };
}

/** The file that findings name: the Dockerfile itself where its folder was given. */
async function pathOf(options: RunOptions): Promise<string | null> {
  if (options.dockerfile === "-" || options.dockerfile === null) return null;
  return findDockerfile(options.dockerfile);
}
