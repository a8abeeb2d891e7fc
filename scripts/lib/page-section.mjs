import { readFile, writeFile } from "node:fs/promises";

/**
 * Replaces the section NAME in a page: what stands between `<!-- NAME -->` and `<!-- /NAME -->`, or is added at the end.
 * @param {string} path
 * @param {string} name
 * @param {string} section Markdown
 */
export async function replaceSection(path, name, section) {
  const page = await readFile(path, "utf8");
  await writeFile(path, withSection(page, name, section));
}

/**
 * @param {string} page
 * @param {string} name
 * @param {string} section
 */
export function withSection(page, name, section) {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const whole = `${open}\n${section.trim()}\n${close}`;
  const [start, end] = [page.indexOf(open), page.indexOf(close)];
  if (start < 0 && end < 0) return `${page.trimEnd()}\n\n${whole}\n`;
  if (start < 0 || end < start) throw new Error(`the markers ${open} and ${close} do not match`);
  return page.slice(0, start) + whole + page.slice(end + close.length);
}
