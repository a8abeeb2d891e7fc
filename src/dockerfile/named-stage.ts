import type { ParsedDockerfile } from "./parse.ts";
import type { Stage } from "./plan.ts";

/** A name that a stage gets where it has none: FROM takes a name, and no number (BuildKit, dockerfile2llb). */
const GIVEN = "msb-deps-builder";

/** The text of a Dockerfile in which a stage has a name, and that name. No line moves. */
export function namedStage(
  { text, instructions }: ParsedDockerfile,
  { index, name }: Pick<Stage, "index" | "name">,
): { readonly text: string; readonly name: string } {
  if (name !== null) return { text, name };
  const from = instructions.filter(({ keyword }) => keyword === "FROM")[index];
  if (from === undefined) throw new Error(`the file has no stage ${index}`);
  return { text: `${text.slice(0, from.end)} AS ${GIVEN}${text.slice(from.end)}`, name: GIVEN };
}
