import { resolve } from "node:path";
import * as v from "valibot";
import { MsbDepsError } from "../../base/errors.ts";
import { checked, mapOf, Refusal, text } from "../../base/schema.ts";
import type { Io } from "../options.ts";
import { describedTarget } from "./described.ts";
import { askDocker } from "./docker.ts";
import type { Target } from "./target.ts";

interface BakeTarget {
  readonly context?: string | undefined;
  readonly dockerfile?: string | undefined;
  readonly "dockerfile-inline"?: string | undefined;
  readonly target?: string | undefined;
  readonly args?: Readonly<Record<string, string | null>> | undefined;
  readonly contexts?: Readonly<Record<string, string>> | undefined;
}

const bakeFile = v.object(
  {
    target: mapOf<BakeTarget>(
      v.object({
        context: v.optional(text),
        dockerfile: v.optional(text),
        "dockerfile-inline": v.optional(text),
        target: v.optional(text),
        args: v.optional(mapOf(v.nullable(text))),
        contexts: v.optional(mapOf(text)),
      }),
    ),
  },
  "is not the output of bake",
);

/**
 * The builds of the default group of a bake file, as `docker buildx bake --print` tells them: the language of these files is
 * buildx's own. Paths are relative to the working directory, as they are for bake.
 * @throws MsbDepsError `usage` without buildx, or if it rejects the file
 */
export async function bakeTargets(file: string, io: Pick<Io, "env" | "signal" | "messages">): Promise<Target[]> {
  const answer = await askDocker(["buildx", "bake", "--print", "--file", resolve(file)], resolve("Dockerfile"), io);
  if (answer.kind === "failed") {
    throw new MsbDepsError("usage", `docker buildx bake --print cannot read ${file}:`, {
      output: answer.lines,
      hint: "Install docker buildx, correct the file, or pass the Dockerfiles themselves.",
    });
  }
  try {
    const { target } = checked(bakeFile, JSON.parse(answer.text));
    return Object.entries(target).flatMap(([name, one]) => {
      const described = {
        name: `target ${name}`,
        file,
        home: ".",
        context: one.context,
        dockerfile: one.dockerfile,
        inline: one["dockerfile-inline"],
        target: one.target,
        args: one.args ?? {},
        contexts: one.contexts ?? {},
      };
      return describedTarget(described, io) ?? [];
    });
  } catch (cause) {
    if (!(cause instanceof Refusal || cause instanceof SyntaxError)) throw cause;
    throw new MsbDepsError("usage", `docker buildx bake --print printed something unexpected: ${cause.message}.`, {
      hint: "Pass the Dockerfiles themselves.",
      cause,
    });
  }
}
