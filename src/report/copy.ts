import type { Analysis, CopyNeed } from "../analysis/model.ts";
import { printable } from "./names.ts";
import { textOf } from "./output.ts";

/** The COPY instructions that the runtime stage needs, one on each line; nothing at all if it needs none. */
export function copyReport({ copy }: Analysis): string {
  return textOf(copy.map((need) => copyInstruction(need) ?? commented(need)));
}

/** The instruction that copies a file, or null if COPY would take its path for something else (`$`, wildcards). */
export function copyInstruction(need: CopyNeed): string | null {
  if (!isLiteral(need)) return null;
  return `COPY --from=${need.stage ?? "builder"} ${paths(need)}`;
}

/** The instruction as a comment, for readers. */
export function commented(need: CopyNeed): string {
  const why = isLiteral(need) ? "" : " (COPY would expand this path: copy its directory, or rename it)";
  return `# COPY --from=${need.stage ?? "builder"} ${paths(need)}${why}`;
}

/** Whether COPY takes both paths literally, in JSON form if need be. */
export function isLiteral({ source, destination }: CopyNeed): boolean {
  return [source, destination].every((path) => /^[^\p{Cc}\p{Cs}\p{Cf}$*?[\]\\"'`]+$/u.test(path));
}

/** COPY's two paths, as a JSON array if a space would split them. */
function paths({ source, destination }: CopyNeed): string {
  const plain = /^[\w./+:@~,=-]+$/;
  if (plain.test(source) && plain.test(destination)) return `${source} ${destination}`;
  return JSON.stringify([printable(source), printable(destination)]);
}
