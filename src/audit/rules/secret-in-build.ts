import { basename } from "../../base/paths.ts";
import { variableStep } from "../../dockerfile/instructions.ts";
import { sourceRange } from "../../dockerfile/mapped-text.ts";
import type { ParsedInstruction } from "../../dockerfile/parse.ts";
import { splitPlain } from "../../dockerfile/words.ts";
import type { AuditCase } from "../case.ts";
import { found, type Rule } from "../case.ts";
import type { Finding, SecretDetail } from "../finding.ts";
import type { Offsets } from "../span.ts";

// The words and the exception are those of BuildKit's own check (dockerfile2llb/convert.go, getSecretsRegex).
const SECRET = /(?:^|_)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const PUBLIC = /(?:^|_)public(?:_|$)/i;
/** What is about a secret, and is none: where it lies, how long it is, what it is called. */
const ABOUT =
  /_(?:dir|dummy|endpoint|expiry|file|header|host|id|length|name|path|prefix|size|timeout|ttl|type|uri|url|user)$/i;
/** An OpenPGP fingerprint, as official images have it in GPG_KEY: public. */
const FINGERPRINT = /^(?:[0-9A-F]{40}\s*)+$/i;

/** A switch, as in MYSQL_ALLOW_EMPTY_PASSWORD=yes. */
const SWITCH = /^(?:0|1|false|no|off|on|true|yes)$/i;

/** Prefixes that services give their tokens, so that scanners find them; and PEM's. */
const VALUES =
  /(?:^|[^A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|AKIA[0-9A-Z]{16}|xox[abprs]-[\w-]{10,}|npm_[A-Za-z0-9]{36}|sk_live_\w{16,}|-----BEGIN [A-Z ]*PRIVATE KEY)/;

const FILES =
  /^(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.npmrc|\.pypirc|\.pgpass|\.git-credentials|\.htpasswd|\.env|.+\.(?:key|p12|pfx|jks|keystore)|.*(?:private|secret)[\w.-]*\.pem)$/i;

/** A key or token in ARG, ENV or COPY: it stays in the image or its history, where a BuildKit secret would not. */
export const secretInBuild: Rule = (audit) =>
  audit.parsed.instructions.flatMap((instruction) => {
    const bearer = instruction.trigger ?? instruction;
    if (bearer.keyword === "ARG" || bearer.keyword === "ENV") return variables(bearer, instruction, audit);
    return bearer.keyword === "COPY" || bearer.keyword === "ADD" ? files(bearer, instruction, audit) : [];
  });

function variables(bearer: ParsedInstruction, at: Offsets, audit: AuditCase): Finding[] {
  const step = variableStep(bearer, audit.parsed.escape);
  const pairs = step.kind === "arg" ? step.declarations : step.pairs;
  return pairs.flatMap(([name, text]) => {
    const kind = givenAwayBy(name, text);
    if (kind === null) return [];
    return [secret(audit, placeOf(name, bearer, at), { keyword: bearer.keyword, name, kind })];
  });
}

/** What gives a variable away. An ARG without a value is filled on the command line, and `docker history` shows it. */
function givenAwayBy(name: string, text: string | null): SecretDetail["kind"] | null {
  const value = text === null ? null : text.replace(/^(["'])(.*)\1$/s, "$2");
  if (value !== null && VALUES.test(value)) return "value";
  if (!SECRET.test(name) || PUBLIC.test(name) || ABOUT.test(name)) return null;
  const harmless =
    value === "" || (value !== null && (FINGERPRINT.test(value) || SWITCH.test(value) || value.startsWith("/")));
  return harmless ? null : "name";
}

function files(bearer: ParsedInstruction, at: Offsets, audit: AuditCase): Finding[] {
  if (bearer.flags.some(({ name }) => name === "from")) return [];
  const words = bearer.json ?? splitPlain(bearer.args.text);
  return words.slice(0, -1).flatMap((word) => {
    const name = basename(word);
    // The public half of a key may go anywhere.
    if (!FILES.test(name) || PUBLIC.test(name.replaceAll(/[.-]/g, "_"))) return [];
    return [secret(audit, placeOf(word, bearer, at), { keyword: bearer.keyword, name: word, kind: "file" })];
  });
}

function secret(audit: AuditCase, at: Offsets, detail: Omit<SecretDetail, "code">): Finding {
  const confidence = detail.kind === "value" ? "declared" : "heuristic";
  return found(audit, at, "warning", { confidence }, { code: "secret-in-build", ...detail });
}

/** The word in the instruction's text; the whole instruction where it cannot be found as it stands. */
function placeOf(word: string, { args }: ParsedInstruction, whole: Offsets): Offsets {
  const index = args.text.indexOf(word);
  return index === -1 ? whole : sourceRange(args, index, index + word.length);
}
