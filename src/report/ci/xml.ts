import { printable } from "../names.ts";

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
  // Not characters of XML (XML 1.0, 2.2), nor are controls and surrogates, which `printable` escapes.
  "\ufffe": "\\xef\\xbf\\xbe",
  "\uffff": "\\xef\\xbf\\xbf",
};

/** A text within an element or a quoted attribute. */
function escapeXml(text: string): string {
  return printable(text).replace(/[&<>"'\ufffe\uffff]/g, (char) => ENTITIES[char] ?? char);
}

/** The lines of an element, its content indented; a text is content on the same line. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  content: readonly string[] | string = [],
): string[] {
  const list = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  const open = `<${name}${list.join("")}`;
  if (content.length === 0) return [`${open}/>`];
  if (typeof content === "string") return [`${open}>${escapeXml(content)}</${name}>`];
  return [`${open}>`, ...content.map((line) => `  ${line}`), `</${name}>`];
}

export function xmlDocument(lines: readonly string[]): string {
  return ['<?xml version="1.0" encoding="UTF-8"?>', ...lines].map((line) => `${line}\n`).join("");
}
