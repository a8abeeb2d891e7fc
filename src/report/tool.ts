import { readFileSync } from "node:fs";

/** This program, as documents name it. */
export function tool(): { readonly name: string; readonly version: string } {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return { name: "msb-deps", version };
}
