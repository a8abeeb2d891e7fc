import { MsbDepsError } from "../../base/errors.ts";
import {
  type AddedCopy,
  canBeCopied,
  explicitCopy,
  type LineStageText,
  lineStage,
} from "../../dockerfile/line-stage.ts";
import type { Stage } from "../../dockerfile/plan.ts";
import type { Image } from "../../engine/engine.ts";
import { lineReport } from "../../report/line.ts";
import { buildRequest, buildStage } from "../sources/engine-image.ts";
import type { BuildWork, Work } from "./work.ts";

/** An image that was built to be asked, and what went into it. */
export interface BuiltImage {
  readonly image: Image;
  readonly copied: readonly AddedCopy[];
  readonly leftOut: LineStageText["leftOut"];
  readonly filesMayLack: boolean;
}

/** The runtime stage with a line in place of what it installs. Whoever asks releases the image. */
export async function buildWithLine(work: BuildWork, install: readonly string[]): Promise<BuiltImage> {
  const { engine, request, signal, parsed, plan, base, input } = work;
  const { analysis } = work.examination;
  const copied = addedCopies(work);
  const { text, leftOut, filesMayLack } = lineStage({
    parsed,
    shape: shapeOf(work),
    base: plan.runtime === null ? (input.base.reference ?? "scratch") : null,
    install: install.length === 0 ? null : lineReport({ ...analysis, install }).trim(),
    copies: [...explicitCopies(work), ...copied],
    ldconfig: base !== null && analysis.notes.some(({ code }) => code === "needs-ldconfig"),
    user: base?.config.user ?? "",
  });
  try {
    return {
      image: await engine.build(buildRequest(request, { dockerfile: Buffer.from(text), target: null }, signal)),
      copied,
      leftOut,
      filesMayLack,
    };
  } catch (error) {
    throw explained(error);
  }
}

/** The runtime stage as it stands. */
export async function buildCurrent({ engine, request, plan, signal }: Work): Promise<BuiltImage> {
  const image = await buildStage(engine, request, plan.runtime, signal);
  return { image, copied: [], leftOut: [], filesMayLack: false };
}

/** The runtime stage as it stands without one word of its list: blanks take its place. */
export async function buildWithoutWord(work: Work, start: number, end: number): Promise<Image> {
  const { text } = work.parsed;
  const changed = text.slice(0, start) + " ".repeat(end - start) + text.slice(end);
  const { request, engine, plan, signal } = work;
  const dockerfile = request.dockerfile === null ? null : { ...request.dockerfile, bytes: Buffer.from(changed) };
  return buildStage(engine, { ...request, dockerfile }, plan.runtime, signal);
}

/** The stage that says where the artifacts go: with `--runtime IMAGE` the one whose COPY instructions stay in force. */
export function shapeOf({ plan }: Pick<BuildWork, "plan">): Stage | null {
  if (plan.runtime !== null) return plan.runtime;
  const line = plan.copies.find((mapping) => mapping.line > 0)?.line ?? 0;
  return plan.stages.find((stage) => stage.line <= line && line <= stage.endLine) ?? null;
}

/** What the command line says beside, or in place of, the Dockerfile. */
export function explicitCopies({ plan }: Pick<BuildWork, "plan">): AddedCopy[] {
  return checked(plan.copies.filter(({ line }) => line === 0).map((mapping) => explicitCopy(mapping, plan.stages)));
}

/** What the answer says that the runtime stage must copy. */
export function addedCopies({ examination, plan }: BuildWork): AddedCopy[] {
  const [first] = plan.builders;
  const builder = first === undefined ? "0" : (first.name ?? String(first.index));
  return checked(
    examination.analysis.copy.map(({ stage, source, destination }) => ({
      from: stage ?? builder,
      source,
      destination,
    })),
  );
}

function checked(copies: readonly AddedCopy[]): AddedCopy[] {
  const strange = copies.find((copy) => !canBeCopied(copy));
  if (strange !== undefined) {
    throw new MsbDepsError("usage", `cannot write a COPY instruction for ${JSON.stringify(strange.source)}.`, {
      hint: "Use a file name without quotes, dollar signs, brackets and backslashes, or verify with --current.",
    });
  }
  return [...copies];
}

/** The lines of the Dockerfile that is built are not all the author's: the text says what it was. */
function explained(error: unknown): unknown {
  if (!(error instanceof MsbDepsError) || error.code !== "build-failed") return error;
  const apt = error.message.includes("apt-get");
  const why = apt
    ? "apt needs network and the package sources of the base image"
    : "its runtime stage is generated, so line numbers from there on are not those of your Dockerfile";
  return new MsbDepsError(
    apt ? "apt-failed" : "build-failed",
    `cannot build the runtime image with the line (${why}): ${error.message}`,
    { output: error.output, tried: error.tried, ...(error.hint === null ? {} : { hint: error.hint }), cause: error },
  );
}
