import type { Made } from "../engine/leftovers.ts";

const COMMANDS: Readonly<Record<Made["kind"], string>> = {
  container: "docker rm --force --volumes",
  image: "docker rmi",
  folder: "rm -r",
};

/** What a run could not remove, each with the command that does; empty if there is nothing. */
export function leftoverWarning(left: readonly Made[]): string {
  if (left.length === 0) return "";
  const lines = left.map(({ kind, name }) => `  ${COMMANDS[kind]} ${name}\n`);
  return `warning: not removed, or not confirmed as removed. If they are still there, remove them with:\n${lines.join("")}`;
}
