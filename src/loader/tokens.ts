import { cleanPath, withSlash } from "../base/paths.ts";
import { PATH_MAX } from "../snapshot/path.ts";

/** What the dynamic string tokens stand for (ld.so(8), "Dynamic string tokens"). */
export interface Tokens {
  /** The folder of the object that carries the string. */
  readonly origin: string;
  /** `lib/TRIPLET` on Debian. */
  readonly lib: string;
  readonly platform: string | null;
  /** In secure-execution mode, the folders that `$ORIGIN` of the program may lead into; null otherwise. */
  readonly trusted: readonly string[] | null;
  /** Whether the object is the program itself: only that one's `$ORIGIN` is checked. */
  readonly program: boolean;
}

export type Expansion = { readonly text: string } | { readonly discarded: "secure" | "platform" };

/** `$NAME` takes the longest name there is, so `$LIBX` is none of ours; `${NAME}` needs its brace (is_dst of glibc). */
const TOKEN = /\$(?:\{(ORIGIN|LIB|PLATFORM)\}|(ORIGIN|LIB|PLATFORM)(?![A-Za-z0-9_]))/g;

/**
 * Replaces `$ORIGIN`, `$LIB` and `$PLATFORM`. In secure-execution mode `$ORIGIN` counts only as the first component,
 * and for the program itself only where it leads into a trusted folder (glibc elf/dl-load.c, _dl_dst_substitute).
 */
export function expandTokens(input: string, tokens: Tokens): Expansion {
  let discarded: "secure" | "platform" | null = null;
  let origin = false;
  let length = 0;
  const text = input.replace(
    TOKEN,
    (match: string, braced: string | undefined, bare: string | undefined, at: number) => {
      const name = braced ?? bare;
      if (name === "LIB") return tokens.lib;
      if (name === "PLATFORM") {
        if (tokens.platform === null) discarded ??= "platform";
        return tokens.platform ?? "";
      }
      origin = true;
      const after = input[at + match.length];
      if (tokens.trusted !== null && !(at === 0 && (after === undefined || after === "/"))) discarded ??= "secure";
      // It may stand there a thousand times; at a path of such a length is nothing.
      length += tokens.origin.length;
      return length > 2 * PATH_MAX ? "" : tokens.origin;
    },
  );
  if (discarded !== null) return { discarded };
  const checked = origin && tokens.trusted !== null && tokens.program;
  return checked && !isTrusted(text, tokens.trusted ?? []) ? { discarded: "secure" } : { text };
}

/** Whether a path, taken by its text alone, lies in one of some folders. */
function isTrusted(path: string, folders: readonly string[]): boolean {
  const normal = withSlash(cleanPath(path));
  return folders.some((folder) => normal.startsWith(`${folder}/`));
}
