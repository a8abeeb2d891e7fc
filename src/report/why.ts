import type { Why } from "../analysis/why/model.ts";
import { printable } from "./names.ts";
import { textOf } from "./output.ts";
import { treeLines } from "./why-tree.ts";
import { placeText, storyLines } from "./why-wording.ts";
import { droppedText, missingText, noteText } from "./wording.ts";

export interface WhyReportOptions {
  /** Every artifact, every way to the name, every place that the loader passed over. */
  readonly verbose: boolean;
}

/** The answer of `why` for a person: what becomes of it, then the trees, then what else is known. */
export function whyReport(why: Why, options: WhyReportOptions): string {
  const parts = [
    ...why.packages.map((story) => storyLines(story, why, options.verbose)),
    unneededLines(why),
    ...treeLines(why, options.verbose),
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
  const lines = why.places.length === 0 ? [] : [`${name}: nothing among the artifacts asks for it.`];
  for (const place of why.places) lines.push(`  ${placeText(place, why)}`);
  if (why.packages.length + why.places.length === 0 && why.dropped.length + why.suggested.length > 0)
    lines.push(`${name}: no library or interpreter that is asked for is of it.`);
  const unknown = why.packages.length + why.places.length + why.dropped.length + why.suggested.length === 0;
  if (!unknown) return lines;
  lines.push(`${name}: no artifact, no library that one asks for and no package that was seen has this name.`);
  if (why.broughtBy.length > 0)
    lines.push(`  In the runtime's release it is in: ${why.broughtBy.map(printable).join(", ")}`);
  if (why.similar.length > 0) lines.push(`  Like it: ${why.similar.map(printable).join(", ")}`);
  return lines;
}

function mentionLines(why: Why): string[] {
  return [
    ...why.missing.map((item) => `missing: ${missingText(item)}`),
    ...why.dropped
      .filter(({ reason }) => reason === "no-evidence")
      .map((item) => `in the present line, not in ours: ${printable(item.package)} (${droppedText(item, why)})`),
    ...why.suggested.map(
      (item) =>
        `${item.strength}: ${printable(item.package)} for ${printable(item.trigger)}: ${printable(item.reason)}`,
    ),
    ...why.notes.map((note) => `note: ${noteText(note)}`),
  ];
}

function limitLines(why: Why): string[] {
  return why.complete ? [] : ["Not everything could be read: there may be more that asks for it."];
}
