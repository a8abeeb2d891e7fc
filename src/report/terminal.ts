import { stripVTControlCharacters } from "node:util";

/**
 * A line of somebody else's output made safe to show: after a carriage return only the last part stays, as on a
 * terminal, escape sequences are taken away (ECMA-48 CSI and OSC), other control characters become spaces.
 */
export function terminalSafe(line: string): string {
  const shown = line.slice(line.lastIndexOf("\r", line.length - 2) + 1);
  return stripVTControlCharacters(shown).replace(/\p{Cc}/gu, " ");
}

/** Cuts a line to a number of columns. Wide characters count as one; a terminal cuts the rest. */
export function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}
