import type { Rule } from "./case.ts";
import type { Found } from "./finding-head.ts";
import { RULES } from "./rules/index.ts";

export type * from "./finding-head.ts";

type DetailOf<R> = R extends { readonly rule: Rule<infer D> } ? D : never;

export type FindingDetail = DetailOf<(typeof RULES)[keyof typeof RULES]>;

/** Something to say about a Dockerfile, as data: the sentence for it is in `src/report/finding-text.ts`. */
export type Finding = Found<FindingDetail>;

export type FindingCode = FindingDetail["code"];

/** All codes, in the order of docs/rules.md. They are permanent. */
export const FINDING_CODES = Object.keys(RULES) as readonly FindingCode[];
