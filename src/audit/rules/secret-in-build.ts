import { basename } from "../../base/paths.ts";
import { variableStep } from "../../dockerfile/instructions.ts";
import { sourceRange } from "../../dockerfile/mapped-text.ts";
import type { ParsedInstruction } from "../../dockerfile/parse.ts";
import { splitPlain } from "../../dockerfile/words.ts";
import type { AuditCase } from "../case.ts";
import { found, type Rule } from "../case.ts";
import type { Found } from "../finding-head.ts";
import { isSecretFile } from "../secret-files.ts";
import { secretName } from "../secret-names.ts";
import { isKeyId, isToken, looksSecret } from "../secret-values.ts";
import { type BuildVariable, buildVariables, wordsBeside } from "../secret-variables.ts";
import type { Offsets } from "../span.ts";

export interface SecretDetail {
  readonly code: "secret-in-build";
  readonly keyword: string;
  /** The variable or the file; never its value. */
  readonly name: string;
  /** What gives it away. */
  readonly kind: "name" | "value" | "file";
}

/** A key or token in ARG, ENV or COPY: it stays in the image or its history, where a BuildKit secret would not. */
export const secretInBuild: Rule<SecretDetail> = (audit) => {
  const variables = buildVariables(audit.plan);
  return audit.parsed.instructions.flatMap((instruction) => {
    const bearer = instruction.trigger ?? instruction;
    if (bearer.keyword === "ARG" || bearer.keyword === "ENV") {
      const given = variables.get(bearer.start) ?? unread(bearer, audit);
      return given.flatMap((variable) => ofVariable(variable, bearer, instruction, audit));
    }
    return bearer.keyword === "COPY" || bearer.keyword === "ADD" ? ofFiles(bearer, instruction, audit) : [];
  });
};

/** The variables of an instruction that no stage runs, as they are written: before the first FROM, behind ONBUILD. */
function unread(bearer: ParsedInstruction, { parsed }: AuditCase): BuildVariable[] {
  const step = variableStep(bearer, parsed.escape);
  const pairs = step.kind === "arg" ? step.declarations : step.pairs;
  const isGlobal =
    parsed.instructions.find(({ keyword }) => keyword === "FROM" || keyword === bearer.keyword) === bearer;
  return pairs.map(([name, text]) => {
    const value = text === null || text.includes("$") ? null : text.replace(/^(["'])(.*)\1$/s, "$2");
    // A stage that uses the ARG declares it again.
    return { name, value, filledOutside: step.kind === "arg" && text === null && !isGlobal };
  });
}

function ofVariable(
  variable: BuildVariable,
  bearer: ParsedInstruction,
  whole: Offsets,
  audit: AuditCase,
): Found<SecretDetail>[] {
  const kind = givenAwayBy(variable, audit);
  if (kind === null) return [];
  const { name } = variable;
  return [secret(audit, placeOf(name, bearer, whole), { keyword: bearer.keyword, name, kind })];
}

/** What gives a variable away. An ARG without a value is filled on the command line, and `docker history` shows it. */
function givenAwayBy({ name, value, filledOutside }: BuildVariable, audit: AuditCase): SecretDetail["kind"] | null {
  if (value !== null && isToken(value)) return "value";
  const by = secretName(name);
  if (by === null) return null;
  if (filledOutside && by === "certain") return "name";
  if (value === null) return null;
  if (by === "perhaps" && (value.length < 16 || isKeyId(value))) return null;
  return looksSecret(value, wordsBeside(value, audit.parsed.text)) ? "name" : null;
}

function ofFiles(bearer: ParsedInstruction, whole: Offsets, audit: AuditCase): Found<SecretDetail>[] {
  if (bearer.flags.some(({ name }) => name === "from")) return [];
  const words = bearer.json ?? splitPlain(bearer.args.text);
  const destination = words.at(-1) ?? "";
  return words.slice(0, -1).flatMap((word) => {
    if (!isSecretFile(word, destination) || isImported(basename(word), audit)) return [];
    return [secret(audit, placeOf(word, bearer, whole), { keyword: bearer.keyword, name: word, kind: "file" })];
  });
}

/** The file is added to the keys that packages are checked with: it is a public one. */
function isImported(name: string, { parsed }: AuditCase): boolean {
  const at = parsed.text.split(/[;&|\n]/).filter((line) => line.includes(name));
  return at.some((line) => /\bapt-key\b|\bgpg2?\b|\brpm\b.*--import|rpmkeys/.test(line));
}

function secret(audit: AuditCase, at: Offsets, detail: Omit<SecretDetail, "code">): Found<SecretDetail> {
  const confidence = detail.kind === "value" ? "declared" : "heuristic";
  return found(audit, at, "warning", { confidence }, { code: "secret-in-build", ...detail });
}

/** The word in the instruction's text; the whole instruction if it cannot be found as written. */
function placeOf(word: string, { args }: ParsedInstruction, whole: Offsets): Offsets {
  const index = args.text.indexOf(word);
  return index === -1 ? whole : sourceRange(args, index, index + word.length);
}
