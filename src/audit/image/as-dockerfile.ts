import { aptWord, parseKey } from "../../debian/words.ts";
import { packageWord } from "../../dockerfile/apt-words.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

/** What the Dockerfile of a built image must at least have said. */
export interface BuiltImage {
  /** The image that it is taken to be made from. */
  readonly base: string;
  /** Keys of the packages that were asked for. */
  readonly asked: readonly string[];
  readonly architecture: string;
  /** Its configuration; null for a tree, which has none. */
  readonly image: Snapshot["image"] | null;
  /** The package lists of apt are still in it. */
  readonly listsLeft: boolean;
}

/**
 * A Dockerfile that would give a built image what its configuration and apt's marks tell, so that the rules have one text
 * to judge. What stands in the image's history (RUN instructions, recommended packages) is not told and not made up.
 */
export function asDockerfile({ base, asked, architecture, image, listsLeft }: BuiltImage): string {
  const words = asked.flatMap((key) => namingWord(key, architecture) ?? []);
  const sweep = listsLeft ? "" : " \\\n && rm -rf /var/lib/apt/lists/*";
  const lines = ["FROM image AS image", `FROM ${base}`];
  if (words.length > 0) {
    const list = words.map((word) => ` \\\n      ${word}`).join("");
    lines.push(`RUN apt-get update && apt-get install -y --no-install-recommends${list}${sweep}`);
  }
  if (image !== null) lines.push(...configured(image));
  return `${lines.join("\n")}\n`;
}

/** The word for a package, if a reader of the line takes it for that name: `libc6-` would be an order to remove libc6. */
function namingWord(key: string, architecture: string): string | null {
  const word = aptWord(key, architecture);
  return word !== null && packageWord(word)?.name === parseKey(key).name ? word : null;
}

function configured(image: Snapshot["image"]): string[] {
  const lines = [...image.env.flatMap(envLine)];
  if (oneLine(image.workingDir)) lines.push(`WORKDIR ${image.workingDir}`);
  if (oneLine(image.user)) lines.push(`USER ${image.user}`);
  lines.push(...commandLine("ENTRYPOINT", image.entrypoint), ...commandLine("CMD", image.cmd));
  return lines;
}

function oneLine(text: string): boolean {
  return text !== "" && !/[\n\r\\]/.test(text);
}

/** ENV of Dockerfile's reference: in double quotes `\`, `"` and `$` are escaped. */
function envLine(variable: string): string[] {
  const equals = variable.indexOf("=");
  const [name, value] = [variable.slice(0, equals), variable.slice(equals + 1)];
  if (!/^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) || /[\n\r]/.test(value)) return [];
  return [`ENV ${name}="${value.replace(/["\\$]/g, "\\$&")}"`];
}

/** A command in shell form is kept by the engine as `/bin/sh -c TEXT`. */
function commandLine(keyword: string, words: readonly string[]): string[] {
  const [shell, flag, text, ...more] = words;
  if (shell === undefined) return [];
  const isShell = shell === "/bin/sh" && flag === "-c" && text !== undefined && more.length === 0;
  if (isShell && !/[\n\r]|\\$|^\s*\[|<</.test(text)) return [`${keyword} ${text}`];
  return [`${keyword} ${JSON.stringify(words)}`];
}
