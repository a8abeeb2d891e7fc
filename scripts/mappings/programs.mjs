// Which packages ship a command in a directory of PATH.
import { contentsLine } from "./contents-line.mjs";

/** The Contents lines that matter. */
export const PROGRAM_LINES = "^(usr/)?s?bin/[^/]+[[:space:]]";

/** A map from command to its packages, of Contents lines. */
export function programsOf(lines) {
  const found = new Map();
  for (const line of lines) {
    const { path, owners } = contentsLine(line);
    const command = /^(?:usr\/)?s?bin\/([!-~]+)$/.exec(path)?.[1];
    if (command === undefined || owners.length === 0) continue;
    found.set(command, new Set([...(found.get(command) ?? []), ...owners]));
  }
  return new Map([...found].map(([command, owners]) => [command, [...owners].sort()]));
}
