import { instructionsOf, nameOfStage } from "../buildkit/instructions.ts";

/** The stage that holds what comes back, and nothing else. */
export const ANSWER_STAGE = "msb-deps-answer";
/** Our stages begin with it. */
export const OUR_STAGES = "msb-deps-";
/** The named context with what runs inside. */
export const INPUT_CONTEXT = "msb-deps-input";

const MOUNT = `--mount=type=bind,from=${INPUT_CONTEXT},target=/dev/msb-deps`;
/** Below /dev, where a look does not go; memory, as a file of the image's own would be seen by the look. */
const WORK = "--mount=type=tmpfs,target=/dev/msb-deps-work";

/** A Dockerfile with two stages of ours behind it. */
export interface Appended {
  readonly dockerfile: Uint8Array;
  readonly target: string;
}

/**
 * Appends the stage that tells environment, user and working folder of the target. It runs as the image's own user, and
 * with nothing of the image's environment that could change what perl does: that is told under another name.
 */
export function appendFacts(dockerfile: Uint8Array, target: string | null, emptied: readonly string[]): Appended {
  const kept = emptied.map((name) => `MSB_DEPS_${name}="$${name}" ${name}=""`).join(" ");
  return append(dockerfile, target, (name) => [
    `FROM ${name} AS msb-deps-facts`,
    `COPY --from=${INPUT_CONTEXT} facts/ /.msb-deps/`,
    `ENV ${kept}`,
    `RUN --network=none ${MOUNT} ["/usr/bin/perl", "/dev/msb-deps/inside.pl", "facts"]`,
    `FROM scratch AS ${ANSWER_STAGE}`,
    "COPY --from=msb-deps-facts /.msb-deps/open/ /",
  ]);
}

/**
 * Appends the stage that runs one program in the target, as root, and keeps what it wrote.
 * @param online with network, and with /tmp of its own to write in
 */
export function appendRun(
  dockerfile: Uint8Array,
  target: string | null,
  { online, emptied }: { readonly online: boolean; readonly emptied: readonly string[] },
): Appended {
  const network = online ? "--mount=type=tmpfs,target=/tmp" : "--network=none";
  return append(dockerfile, target, (name) => [
    `FROM ${name} AS ${RUN_STAGE}`,
    "USER 0:0",
    `ENV ${emptied.map((variable) => `${variable}=""`).join(" ")}`,
    `RUN ${network} ${MOUNT} ${WORK} ["/usr/bin/perl", "/dev/msb-deps/inside.pl", "run"]`,
    `FROM scratch AS ${ANSWER_STAGE}`,
    `COPY --from=${RUN_STAGE} /.msb-deps/ /`,
  ]);
}

/** The stage in which a program runs. */
export const RUN_STAGE = "msb-deps-look";

function append(dockerfile: Uint8Array, target: string | null, stages: (name: string) => string[]): Appended {
  const text = Buffer.from(dockerfile);
  const named = target === null ? nameLastStage(text.toString("latin1")) : { text: text.toString("latin1"), target };
  const bytes = Buffer.concat([
    Buffer.from(named.text, "latin1"),
    Buffer.from(`\n\n${stages(named.target).join("\n")}\n`),
  ]);
  return { dockerfile: bytes, target: ANSWER_STAGE };
}

/** BuildKit takes a stage as a base by its name alone: a last stage without one gets one. */
function nameLastStage(text: string): { text: string; target: string } {
  const from = instructionsOf(text).findLast(({ keyword }) => keyword === "FROM");
  const known = nameOfStage(from);
  if (from === undefined || known !== null) return { text, target: known ?? "" };
  const target = `${OUR_STAGES}target`;
  return { text: `${text.slice(0, from.end).trimEnd()} AS ${target}${text.slice(from.end)}`, target };
}

/**
 * A Dockerfile without its `# syntax=` directive, so that the builder's own frontend reads it; lines stay where they are.
 * Directives are comments of the form `name=value` before everything else.
 * https://docs.docker.com/reference/dockerfile/#parser-directives
 */
export function withoutSyntax(dockerfile: Uint8Array): Uint8Array {
  const lines = Buffer.from(dockerfile).toString("latin1").split("\n");
  for (const [at, line] of lines.entries()) {
    const name = /^(?:\xef\xbb\xbf)?\s*#\s*(\w+)\s*=/.exec(line)?.[1]?.toLowerCase();
    if (name === undefined) break;
    if (name === "syntax") {
      // A comment in its place would end the directives that follow: they move up, and it becomes the last of them.
      lines.splice(at, 1);
      const rest = lines.findIndex((next, index) => index >= at && !/^\s*#\s*\w+\s*=/.test(next));
      lines.splice(rest < 0 ? lines.length : rest, 0, "#");
      break;
    }
  }
  return Buffer.from(lines.join("\n"), "latin1");
}
