import type { Made } from "../engine/leftovers.ts";

const COMMANDS: Readonly<Record<Made["kind"], string>> = {
  container: "docker rm --force --volumes",
  image: "docker rmi",
  folder: "rm -r",
};

/** What a run could not remove, each with the command that does; no lines if there is nothing. */
export function leftoverLines(left: readonly Made[]): readonly string[] {
  if (left.length === 0) return [];
  return [
    "warning: not removed, or not confirmed as removed; the next run tries again, or remove them with:",
    ...left.map(({ kind, name }) => `  ${COMMANDS[kind]} ${name}`),
  ];
}
