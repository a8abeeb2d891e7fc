import type { Why } from "../analysis/why/model.ts";
import { printable } from "./names.ts";
import { textOf } from "./output.ts";
import { treeLines } from "./why-tree.ts";
import { placeText, storyLines } from "./why-wording.ts";
import { droppedText, missingText, noteText } from "./wording.ts";

/**
 * The answer of `why` for a person: what becomes of it, then the trees, then what else is known. With `verbose` every
 * artifact, every way to the name, and every place that the loader passed over.
 */
export function whyReport(why: Why, { verbose }: { readonly verbose: boolean }): string {
  const parts = [
    ...why.packages.map((story) => storyLines(story, why, verbose)),
    unneededLines(why),
    ...treeLines(why, verbose),
    mentionLines(why),
    limitLines(why),
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map(textOf)
    .join("\n");
}

/** What a name is that nothing asks for. */
function unneededLines(why: Why): string[] {
  if (why.needed) return [];
  const name = printable(why.name);
  const lines = why.places.length === 0 ? [] : [`${name}: nothing among the artifacts needs it.`];
  for (const place of why.places) lines.push(`  ${placeText(place, why)}`);
  if (why.packages.length + why.places.length === 0 && why.dropped.length + why.suggested.length > 0)
    lines.push(`${name}: nothing needs a library or interpreter from this package.`);
  const unknown = why.packages.length + why.places.length + why.dropped.length + why.suggested.length === 0;
  if (!unknown) return lines;
  lines.push(`${name}: not found among artifacts, libraries or packages.`);
  if (why.broughtBy.length > 0)
    lines.push(`  Provided in the runtime's release by: ${why.broughtBy.map(printable).join(", ")}`);
  if (why.similar.length > 0) lines.push(`  Similar names: ${why.similar.map(printable).join(", ")}`);
  return lines;
}

function mentionLines(why: Why): string[] {
  return [
    ...why.missing.map((item) => `missing: ${missingText(item)}`),
    ...why.dropped
      .filter(({ reason }) => reason === "no-evidence")
      .map((item) => `in your list, not in the computed one: ${printable(item.package)} (${droppedText(item, why)})`),
    ...why.suggested.map(
      (item) =>
        `${item.strength}: ${printable(item.package)} for ${printable(item.trigger)}: ${printable(item.reason)}`,
    ),
    ...why.notes.map((note) => `note: ${noteText(note)}`),
  ];
}

function limitLines(why: Why): string[] {
  return why.complete ? [] : ["Not everything could be read: other files may need it."];
}
