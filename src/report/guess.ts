import type { Expected } from "../audit/expected.ts";
import { jsonText } from "./json.ts";
import { printable } from "./names.ts";
import { textOf } from "./output.ts";
import { tool } from "./tool.ts";

/** What the runtime stage likely needs, by the Dockerfile alone. */
export interface Guess {
  readonly dockerfile: string;
  readonly release: string;
  readonly expected: readonly Expected[];
}

/** A line for each -dev package. Each says that it is a guess, and none can be run. */
export function guessText({ expected, release }: Guess): string {
  if (expected.length === 0)
    return textOf([`# guess: no builder stage installs a -dev package with a library of ${release}`]);
  return textOf(
    expected.map(({ libraries, development, stage }) => {
      const names = libraries.map(printable).join(", ");
      return `# guess: ${libraries.length > 1 ? "some of " : ""}${names} (stage ${printable(stage)} installs ${printable(development)})`;
    }),
  );
}

/** No field has the name of one of the answer. */
export function guessJson({ dockerfile, release, expected }: Guess): string {
  return jsonText({ tool: tool(), kind: "guess", complete: false, dockerfile, release, guess: expected });
}
