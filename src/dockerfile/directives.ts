import { type SourceLine, syntaxError } from "./lines.ts";

/** What the comment lines at the very top of a Dockerfile switch on. */
export interface Directives {
  readonly escape: "\\" | "`";
  readonly syntax: string | null;
}

const NAMES: ReadonlySet<string> = new Set(["syntax", "escape", "check"]);

/**
 * Reads parser directives. The first line that is none ends them: an ordinary comment, a blank line, an instruction
 * (parser/directives.go, DirectiveParser).
 */
export function readDirectives(lines: readonly SourceLine[]): Directives {
  const seen = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const directive = directiveOf(line.text);
    if (directive === null) break;
    if (seen.has(directive.name)) throw syntaxError(index + 1, `only one ${directive.name} directive can be used`);
    if (directive.name === "escape" && directive.value !== "\\" && directive.value !== "`") {
      throw syntaxError(index + 1, `the escape character is ${JSON.stringify(directive.value)}, not \\ or \``);
    }
    seen.set(directive.name, directive.value);
  }
  return { escape: seen.get("escape") === "`" ? "`" : "\\", syntax: seen.get("syntax") ?? null };
}

function directiveOf(line: string): { name: string; value: string } | null {
  const text = line.trim();
  if (!text.startsWith("#")) return null;
  const equals = text.indexOf("=");
  if (equals === -1) return null;
  const name = text.slice(1, equals).trim().toLowerCase();
  const value = text.slice(equals + 1).trim();
  return NAMES.has(name) && value !== "" ? { name, value } : null;
}
