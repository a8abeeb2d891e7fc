import { stripVTControlCharacters } from "node:util";
import { MsbDepsError } from "../../base/errors.ts";
import { asRecord } from "../docker-config.ts";
import { GrpcCode, GrpcError } from "../grpc/status.ts";
import { RpcStatus } from "../wire/messages.ts";
import { isOfHeredoc } from "./instructions.ts";
import { lineOfStep, parseStepName } from "./locate.ts";
import type { FailedStep } from "./progress.ts";

/** What was built, for the text. */
export interface Failing {
  readonly dockerfile: string;
  /** As the user named it. */
  readonly name: string;
}

/** So many lines of a failed step's output are shown. */
const SHOWN_LINES = 20;

/** The error of a build that was broken off. */
export function interrupted(): MsbDepsError {
  return new MsbDepsError("interrupted", "the build was interrupted.");
}

/** The error of a build, said as the user can use it. What is not the build's own failure comes back as it is. */
export function buildFailure(error: unknown, step: FailedStep | null, what: Failing): unknown {
  if (!(error instanceof GrpcError)) return error;
  if (error.code === GrpcCode.unavailable) return connectionLost(error);
  const text = withoutPrefixes(error.message);
  const told = toldDetails(error.details);
  const image = missingImage(text, step);
  if (image !== null) return pullFailure(image, text, error);
  if (/target stage .* could not be found/.test(text)) {
    return new MsbDepsError("stage-missing", `the build of ${what.name} failed: ${text}.`, { cause: error });
  }
  const syntax = /dockerfile parse error.*?line (\d+): (.*)/is.exec(text);
  if (syntax !== null) return syntaxFailure(syntax[1] ?? "", syntax[2] ?? "", what, error);
  return failedStepError(error, text, step, told, what);
}

function syntaxFailure(line: string, words: string, what: Failing, cause: GrpcError): MsbDepsError {
  const place = `${what.name}:${line}`;
  const unknown = /^unknown instruction: (\S+)/i.exec(words)?.[1];
  if (unknown === undefined || !isOfHeredoc(what.dockerfile, unknown))
    return new MsbDepsError("dockerfile-syntax", `${place}: ${words}.`, { cause });
  return new MsbDepsError(
    "build-failed",
    `${place}: the Dockerfile frontend of this engine does not know heredocs (<<).`,
    {
      tried: [`the engine's words: ${words}`],
      hint: "Use Docker Engine 23.0 or later, or begin the Dockerfile with `# syntax=docker/dockerfile:1` where the engine can pull that.",
      cause,
    },
  );
}

function failedStepError(
  cause: GrpcError,
  text: string,
  step: FailedStep | null,
  told: ToldDetails,
  what: Failing,
): MsbDepsError {
  const line = told.line ?? (step === null ? null : lineOfStep(what.dockerfile, step.name));
  const place = line === null ? what.name : `${what.name}:${line}`;
  if (step === null) return new MsbDepsError("build-failed", `the build of ${place} failed: ${text}.`, { cause });
  const exitCode = told.exitCode ?? Number(/exit code: (\d+)/.exec(text)?.[1] ?? Number.NaN);
  return instructionFailure(place, step, Number.isNaN(exitCode) ? text : `exit code ${exitCode}`, cause);
}

/** The error of one instruction, with the end of what it wrote. */
export function instructionFailure(place: string, step: FailedStep, reason: string, cause: unknown): MsbDepsError {
  const instruction = parseStepName(step.name)?.instruction ?? step.name;
  const output = lastLines(step.output);
  const shown = output.length === 0 ? "" : " Its last output:";
  return new MsbDepsError("build-failed", `the build failed at ${place}, ${instruction}: ${reason}.${shown}`, {
    ...hintFor(reason),
    output,
    cause,
  });
}

/** What a step asked for and was not given. */
function hintFor(reason: string): { readonly hint?: string } {
  const secret = /secret (\S+?):? not found/.exec(reason)?.[1];
  if (secret !== undefined)
    return { hint: `Give it: --secret id=${secret},src=FILE or --secret id=${secret},env=VARIABLE.` };
  return /no SSH key|unset ssh forward key/.test(reason)
    ? { hint: "Give the build an agent: --ssh default, or --ssh ID=SOCKET." }
    : {};
}

interface ToldDetails {
  readonly line: number | null;
  readonly exitCode: number | null;
}

/** Engines from 23.0 on tell the place and the exit code in the status' details (moby/buildkit solver/errdefs). */
function toldDetails(details: Buffer | null): ToldDetails {
  let line: number | null = null;
  let exitCode: number | null = null;
  for (const { typeUrl, value } of details === null ? [] : RpcStatus.decode(details).details) {
    const json = typeUrl.endsWith("+json") ? asRecord(JSON.parse(Buffer.from(value).toString("utf8"))) : {};
    if (typeUrl.endsWith("errdefs.Source+json")) line ??= startLine(json.ranges);
    if (typeUrl.endsWith("ExitMessage+json") && typeof json.Code === "number") exitCode ??= json.Code;
  }
  return { line, exitCode };
}

function startLine(ranges: unknown): number | null {
  const first: unknown = Array.isArray(ranges) ? ranges[0] : null;
  const line = asRecord(asRecord(first).start).line;
  return typeof line === "number" ? line : null;
}

/** The layers of Go's errors say nothing to a user. */
function withoutPrefixes(text: string): string {
  const noise =
    /^(rpc error: code = \w+ desc = |failed to solve( with frontend [\w.]+)?: |failed to (create LLB definition|read dockerfile|build LLB|solve LLB): |failed to load (cache key|LLB): )/i;
  let rest = text.trim();
  while (noise.test(rest)) rest = rest.replace(noise, "");
  return rest.replace(/\.$/, "");
}

/** The image whose description or layers could not be had, if that is what failed. */
function missingImage(text: string, step: FailedStep | null): string | null {
  const loading = /^\[internal\] load metadata for (\S+)$/.exec(step?.name ?? "")?.[1];
  const from = /^FROM (\S+)/.exec(parseStepName(step?.name ?? "")?.instruction ?? "")?.[1];
  const told = /^(\S+): (?:not found|pull access denied)/.exec(text)?.[1];
  return loading ?? missingFrontend(step) ?? from ?? told ?? null;
}

/** The frontend image of a `# syntax=` line, if that is what failed. Newer engines name the step `docker-image://…`. */
export function missingFrontend(step: FailedStep | null): string | null {
  return /^resolve image config for (?:docker-image:\/\/)?(\S+)$/.exec(step?.name ?? "")?.[1] ?? null;
}

/** The error for an image that the engine does not have and cannot get. */
export function pullFailure(image: string, text: string, cause: unknown): MsbDepsError {
  return new MsbDepsError(
    "image-missing",
    `the engine does not have the image ${image}, and pulling it failed: ${text}.`,
    {
      hint: "Check the name and the tag, log in with `docker login` if the image is private, or load it into the engine with `docker load` where no registry can be reached.",
      cause,
    },
  );
}

function connectionLost(cause: GrpcError): MsbDepsError {
  return new MsbDepsError("engine", "the connection to the container engine ended during the build.", {
    hint: "See whether the engine still runs (`docker info`) and what its log says, then try again.",
    cause,
  });
}

/** The last lines of a step's output as plain text; a progress bar's line is what it showed last. */
function lastLines(output: Buffer): string[] {
  const lines = stripVTControlCharacters(output.toString("utf8"))
    .split("\n")
    .map((line) => line.replace(/\r$/, "").replace(/^.*\r/s, "").trimEnd());
  while (lines.at(-1) === "") lines.pop();
  return lines.slice(-SHOWN_LINES);
}
