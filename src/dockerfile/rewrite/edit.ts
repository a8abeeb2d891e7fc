/** One replacement in a text: the range `[start, end)` becomes `text`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A text that is changed piece by piece, and that knows where its lines come from. */
export interface Draft {
  readonly text: string;
  /** By line: its number, from 1, in the text that the draft began with; null for a line that is new. */
  readonly origins: readonly (number | null)[];
}

export function draftOf(text: string): Draft {
  return { text, origins: text.split("\n").map((_, index) => index + 1) };
}

/** Applies edits that do not overlap. */
export function applyEdits(draft: Draft, edits: readonly TextEdit[]): Draft {
  return [...edits].sort((a, b) => b.start - a.start).reduce(applyEdit, draft);
}

function applyEdit({ text, origins }: Draft, edit: TextEdit): Draft {
  const first = breaksIn(text.slice(0, edit.start));
  const last = first + breaksIn(text.slice(edit.start, edit.end));
  const touched = [origins[first] ?? null, origins[last] ?? null] as const;
  const moved = /^[^\n]*\S/.test(text.slice(edit.end));
  const head = text.slice(text.lastIndexOf("\n", edit.start - 1) + 1, edit.start);
  const made = originsOf(edit, head, touched, moved);
  return {
    text: text.slice(0, edit.start) + edit.text + text.slice(edit.end),
    origins: [...origins.slice(0, first), ...made, ...origins.slice(last + 1)],
  };
}

/**
 * Where the lines come from that stand in place of those which an edit touches. `head`: what stands before it in its line;
 * `moved`: there is code behind it.
 */
function originsOf(
  { text }: TextEdit,
  head: string,
  [first, last]: readonly [number | null, number | null],
  moved: boolean,
): (number | null)[] {
  const added = breaksIn(text);
  const atLineStart = head === "";
  // What is left of two lines is of the second where the first has kept nothing but what joins commands.
  if (added === 0) return [atLineStart || (moved && /^\s*(?:&&|;)?\s*$/.test(head)) ? last : first];
  const between = Array<null>(added - 1).fill(null);
  // Whole lines put in front of another leave that one as it was.
  if (atLineStart && text.endsWith("\n")) return [null, ...between, last];
  return [first, ...between, moved ? last : null];
}

function breaksIn(text: string): number {
  return text.split("\n").length - 1;
}
