import type { Analysis } from "../analysis/model.ts";
import { foreignArchitectures } from "../dockerfile/rewrite/install-instruction.ts";
import { type LineText, lineWords, PLAIN_LINE } from "./line-options.ts";
import { textOf } from "./output.ts";

/** One line of shell, or an empty line where no package is needed. */
export function lineReport(analysis: Analysis, { line = PLAIN_LINE }: LineText = {}): string {
  if (analysis.install.length === 0) return textOf([""]);
  const prepare = foreignArchitectures(analysis.install).map((name) => `dpkg --add-architecture ${name} && `);
  const packages = lineWords(analysis, line).join(" ");
  return textOf([
    `${prepare.join("")}apt-get update && apt-get install -y --no-install-recommends ${packages} && rm -rf /var/lib/apt/lists/*`,
  ]);
}
