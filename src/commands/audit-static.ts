import { declaredFacts } from "../audit/facts.ts";
import type { AuditInput } from "../audit/input.ts";
import { MsbDepsError } from "../base/errors.ts";
import type { Steps } from "../base/steps.ts";
import { makePlan } from "../dockerfile/make-plan.ts";
import { parseDockerfile } from "../dockerfile/parse.ts";
import type { BuildPlan } from "../dockerfile/plan.ts";
import type { Subject } from "./audit-subject.ts";
import type { Held } from "./config/hold.ts";
import { contextFiles } from "./context-files.ts";
import { contextSources } from "./context-scripts.ts";
import { type DockerfileInput, readDockerfile } from "./dockerfile-input.ts";
import type { Io, RunOptions } from "./options.ts";
import { planOptions, targetIsRuntime } from "./plan.ts";
import { shippedTables } from "./shipped-tables.ts";
import { checkStageNames } from "./stage-names.ts";

type Choice = Pick<Held, "options" | "policy">;

/** The Dockerfile alone. Nothing of the engine is loaded: editors and commit hooks wait for this. */
export async function staticSubject(held: Choice, io: Io): Promise<Subject> {
  refuseInspection(held.options);
  return subjectOfFile(await readDockerfile(held.options, io.stdin, io.signal), held);
}

/**
 * A Dockerfile of which nothing has to be built, as no stage copies anything from another; null if a build is needed.
 *
 * @throws MsbDepsError `usage` if there is no stage to audit, `stage-missing`
 */
export async function withoutBuild(dockerfile: DockerfileInput, held: Choice): Promise<Subject | null> {
  const { options } = held;
  const plan = makePlan(parseDockerfile(textOf(dockerfile)), planOptions(options));
  checkStageNames(plan, Object.keys(options.settings.contexts));
  if (plan.runtime !== null && plan.artifacts.length > 0) return null;
  if (plan.runtime === null && options.runtime !== null) throw noRuntime();
  if (plan.runtime === null && options.target !== null) throw targetIsRuntime(plan, options.target);
  // These ask for what only a build or an image can give.
  const { image, rootfs, oci, online, saveSnapshot } = options;
  if ([image, rootfs, oci, saveSnapshot].some((one) => one !== null) || online) return null;
  return subjectOfFile(dockerfile, held);
}

/** What to say if there is no stage whose list could be audited. */
export function noRuntime(): MsbDepsError {
  return new MsbDepsError("usage", "the Dockerfile has no runtime stage to audit.", {
    hint: "Name the stage with --runtime.",
  });
}

async function subjectOfFile(input: DockerfileInput, { options, policy }: Choice): Promise<Subject> {
  const { path, contextDir } = input;
  const dockerfile = textOf(input);
  const files = await contextFiles(dockerfile, planOptions(options), contextDir);
  const planned = (text: string): BuildPlan => {
    const plan = makePlan(parseDockerfile(text), planOptions({ ...options, contextFiles: files }));
    return options.runtime === null ? withLastStage(plan) : plan;
  };
  const sources = await contextSources(planned(dockerfile), contextDir);
  const tables = shippedTables();
  const look = function* (text: string): Steps<AuditInput> {
    yield;
    const plan = planned(text);
    return { parsed: parseDockerfile(text), plan, analysis: null, facts: declaredFacts(tables, plan, sources), policy };
  };
  return { text: dockerfile, file: path ?? "-", path, buildArgs: options.buildArgs, look };
}

/** The list of a single stage is audited as that of a runtime stage is, and so is that of a last stage that is the target. */
function withLastStage(plan: BuildPlan): BuildPlan {
  return plan.runtime === null ? { ...plan, runtime: plan.stages.at(-1) ?? null } : plan;
}

function textOf({ bytes }: DockerfileInput): string {
  return Buffer.from(bytes).toString("utf8");
}

/** Options that would be ignored in silence would be taken for used. */
function refuseInspection(options: RunOptions): void {
  const { image, rootfs, oci, runtimeOci, runtimeRootfs, online, snapshot, saveSnapshot } = options;
  const looks = { image, rootfs, oci, runtimeOci, runtimeRootfs, online, snapshot, saveSnapshot };
  const given = Object.entries(looks).filter(([, value]) => value !== null && value !== false);
  if (given.length === 0) return;
  const flags = given.map(([name]) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
  throw new MsbDepsError("usage", `--no-build and ${flags.join(", ")} cannot be combined.`, {
    hint: "Omit one of them.",
  });
}
