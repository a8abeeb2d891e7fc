import * as v from "valibot";
import { FINDING_CODES } from "../../audit/finding.ts";
import { closed, filledText, known, list, mapOf, oneOf, type Schema, text } from "../../base/schema.ts";
import { formatsOf } from "../../report/formats.ts";
import type { Settings } from "./settings.ts";

/** A format of `formats`: its name, or its name and the file that it is written to. */
type FormatEntry = string | { readonly format: string; readonly output?: string };

/** A part of a config file: what it sets for the Dockerfiles whose paths match. */
export interface Section extends Omit<Settings, "platform"> {
  readonly path?: string | readonly string[];
}

/** A config file as it is written. */
export interface ConfigText extends Omit<Settings, "platform"> {
  readonly $schema?: string;
  readonly formats?: { readonly analyze?: readonly FormatEntry[]; readonly audit?: readonly FormatEntry[] };
  readonly files?: readonly Section[];
}

const SEVERITIES = ["error", "warning", "info"] as const;

const code = known(FINDING_CODES, "a finding code");
const reason = v.pipe(text, v.regex(/\S/, "needs a reason"));
/** deb-control(5), Package: apt reads a `-` at the end as removal, and `+` alone as installation. */
const packageName = v.pipe(
  text,
  v.regex(/^[a-z0-9][a-z0-9+.-]*(?:[a-z0-9.]|\+\+)(?::[a-z0-9-]+)?$/, "is not a package name"),
);

const settings = {
  target: filledText,
  runtime: filledText,
  artifacts: list(filledText),
  context: filledText,
  "build-args": mapOf(text),
  contexts: mapOf(filledText),
  keep: mapOf(reason, packageName),
  ignore: list(code),
  severity: mapOf(oneOf(SEVERITIES), code),
  "failure-threshold": oneOf([...SEVERITIES, "none"]),
};

function formats(kind: "analysis" | "audit"): Schema<FormatEntry[]> {
  const name = known(formatsOf(kind), "a format of this command");
  const entry = v.pipe(
    closed<Extract<FormatEntry, object>>({ format: name, output: filledText } as never),
    v.check((one) => "format" in one, "has no format"),
  );
  const either = v.lazy((value) => (typeof value === "object" ? entry : name));
  return list(either as Schema<FormatEntry>);
}

/** What a config file may say; `schema/config.json` says the same to editors. */
export const configText: Schema<ConfigText> = closed({
  $schema: text,
  ...settings,
  formats: closed({ analyze: formats("analysis"), audit: formats("audit") }),
  files: list(
    v.pipe(
      closed({ path: v.lazy((value) => (Array.isArray(value) ? list(filledText) : filledText)), ...settings }),
      v.check((section) => "path" in section, "has no path"),
    ),
  ),
} as never);
