import type { Analysis } from "../analysis/model.ts";
import { copyReport } from "./copy.ts";
import { dockerfileReport } from "./dockerfile.ts";
import { jsonReport } from "./json.ts";
import { lineReport } from "./line.ts";
import { listReport } from "./list.ts";

/** Turns an analysis into what goes to standard output. */
export type Report = (analysis: Analysis) => string;

/** The formats of `--format`, by name; a new one is one file and one line here. */
export const FORMATS: Readonly<Record<string, Report>> = {
  text: dockerfileReport,
  line: lineReport,
  list: listReport,
  copy: copyReport,
  json: jsonReport,
};
