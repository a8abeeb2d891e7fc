import { readFileSync } from "node:fs";
import { Ajv } from "ajv";

/** The published schemas of JSON documents, by name; each document has its own. */
const NAMES = ["analysis", "audit", "verify", "trace", "baseline"] as const;

const ajv = new Ajv({ strict: false, allErrors: true });
for (const name of NAMES) ajv.addSchema(JSON.parse(readFileSync(`schema/${name}.json`, "utf8")), `${name}.json`);

/** All that is wrong with a document by its schema in `schema/`, one sentence each. */
export function breaches(document: unknown, name: (typeof NAMES)[number] = "analysis"): string[] {
  const matches = ajv.getSchema(`${name}.json`);
  if (matches === undefined) throw new Error(`no schema ${name}`);
  matches(document);
  return (matches.errors ?? []).map(({ instancePath, message = "" }) => `${instancePath} ${message}`);
}
