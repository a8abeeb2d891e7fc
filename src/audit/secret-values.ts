/** Prefixes that services give their tokens so that scanners find them, and the head of a PEM private key. */
const TOKENS =
  /(?:^|[^A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|AKIA[0-9A-Z]{16}|xox[abprs]-[\w-]{10,}|npm_[A-Za-z0-9]{36}|pypi-AgEIcHlwaS5vcmc[\w-]{20,}|dckr_pat_[\w-]{20,}|hf_[A-Za-z]{34}|AIza[\w-]{35}|SG\.[\w-]{22}\.[\w-]{43}|[rs]k_live_\w{16,}|sk-(?:ant|proj)-[\w-]{20,}|-----BEGIN [A-Z ]*PRIVATE KEY)/;

/** Whether a value is a token or private key by its form, whatever its name. */
export function isToken(value: string): boolean {
  return TOKENS.test(value) && !isMarked(value);
}

/** Whether a value is the fingerprint or the id of a key that signatures are checked with: public. */
export function isKeyId(value: string): boolean {
  return /^(?:0x)?(?:[0-9A-F]{8,40}|[0-9a-f]{8,40})(?:[\s,]+(?:0x)?[0-9A-Fa-f]{8,40})*$/.test(value.trim());
}

/** Words that stand where a secret belongs, in examples and defaults. */
const PLACEHOLDERS =
  "a access admin administrator api app bar base baz bit bits build byte bytes change changeit changeme char client credential credentials custom dash database db default defineme demo dev docker dummy edit empty enter example fake false fill foo foobar for generate guest here hidden ignored in insecure is it key letmein local localhost long me my mysql no none not null of pass passwd password passphrase place placeholder please plz postgres prod production pw pwd pword qwerty qwertz 1q2w3e4r 1qaz2wsx random redacted redis remove replace root sa sample sauce secret secrets secure sekret set setme some something string strong super system temp temporary test testing text the this to todo token tbd true undefined unsafe unset unused user username value var variable very weak welcome will with without word yes you your".split(
    " ",
  );

/** As people disguise a letter of a word. */
const DISGUISES: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "@": "a",
  $: "s",
};

/**
 * Whether a value looks like a secret that somebody generated or chose: not a placeholder, a word, a path, an address, a
 * fingerprint or a checksum. `known` are words that the value may be made of as a default is (the product, the user).
 * The rule follows gitleaks' generic one, which wants letters and digits of some entropy beside its stop words.
 */
export function looksSecret(value: string, known: ReadonlySet<string>): boolean {
  const text = value.trim();
  if (text.length < 6 || isMarked(text) || isPublic(text)) return false;
  const lower = text.toLowerCase();
  const words = wordPattern(known);
  if (isShort(plainly(lower).replaceAll(words, " "))) return false;
  const rest = lower.replaceAll(words, " ");
  if (isShort(rest) || isSequence(rest) || !/[a-z]/.test(rest)) return false;
  return /\d/.test(rest) || hasSigns(text) || isScrambled(text);
}

/** Too little is left of a value to be a secret. */
function isShort(rest: string): boolean {
  return rest.replaceAll(/[^a-z0-9]/g, "").length < 4 || new Set(rest).size < 4;
}

/** `<token>`, `{{ token }}`, `**ChangeMe**`, `%TOKEN%`, `$TOKEN`, `XXXXXX`: to be replaced by what is meant. */
function isMarked(text: string): boolean {
  return (
    /^(?:<.*>|\{\{?.*\}\}?|\[.*\]|\*.*\*|%.*%|__.*__|@.*@)$/s.test(text) ||
    text.includes("${") ||
    /x{5}|\*{3}|\.{3}/i.test(text) ||
    // As AWS marks the keys of its documentation.
    text.includes("EXAMPLE")
  );
}

/** What anybody may know: an address without credentials, a path, a fingerprint, a sentence. */
function isPublic(text: string): boolean {
  if (/^[a-z][\w+.-]*:\/\//i.test(text)) return !/:\/\/[^/@\s]*:[^/@\s]+@/.test(text);
  if (/^(?:[0-9a-f]{2,4}[: ]){5,}[0-9a-f]{2,4}$/i.test(text)) return true;
  if (/^(?:sha\d+|md5):/i.test(text)) return true;
  const words = text.split(/\s+/);
  return words.length > 2 || isPath(text);
}

/** `/run/secrets/token`, `config/tls/ca.pem`; base64 has slashes too, but no words between them. */
function isPath(text: string): boolean {
  if (/^(?:\/|~\/|\.{1,2}\/)/.test(text)) return true;
  if (/\.(?:asc|cer|cert|conf|crt|gpg|json|key|p12|pem|pfx|pub|txt|ya?ml)$/i.test(text)) return true;
  return (
    text.includes("/") && text.split("/").every((part) => !isScrambled(part) && !/\d[a-z]+\d|[A-Z]\d+[a-z]/.test(part))
  );
}

/** `p4ssw0rd` as `password`. */
function plainly(text: string): string {
  return text.replaceAll(/(?<=[a-z])[01345@$](?=[a-z])/g, (sign) => DISGUISES[sign] ?? sign);
}

/** Matches the words that a placeholder is made of. Short ones stand in random text by chance: they count alone. */
function wordPattern(known: ReadonlySet<string>): RegExp {
  const words = [...PLACEHOLDERS, ...known].filter((word) => word.length > 1).sort((a, b) => b.length - a.length);
  return new RegExp(words.map((word) => (word.length > 2 ? word : `(?<![a-z0-9])${word}(?![a-z0-9])`)).join("|"), "g");
}

/** Digits in a row as on the keyboard, or the same over and over: `123`, `2024`, `0000`. */
function isSequence(rest: string): boolean {
  const parts = rest.split(/[^a-z0-9]+/).filter((part) => part !== "");
  return parts.every((part) => {
    const run = "01234567890123456789abcdefghijklmnopqrstuvwxyz";
    return (
      part.length < 3 ||
      /^(.{1,3})\1+$/.test(part) ||
      run.includes(part) ||
      /^(?:19|20)\d\d$/.test(part) ||
      isRuns(part)
    );
  });
}

/** `abc123`: two runs of the keyboard. */
function isRuns(part: string): boolean {
  const [, letters = "", digits = ""] = /^([a-z]*)(\d*)$/.exec(part) ?? [];
  if (letters + digits !== part) return false;
  return "abcdefghijklmnopqrstuvwxyz".includes(letters) && "01234567890".includes(digits);
}

/** Signs that no word, name or path has. */
function hasSigns(text: string): boolean {
  return /[^\w\s./:@,-]/.test(text);
}

/** Upper and lower case change more often than in words: on average within three letters. */
function isScrambled(text: string): boolean {
  if (!/[a-z]/.test(text) || !/[A-Z]/.test(text)) return false;
  const parts = text.split(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z]+/).filter((part) => part !== "");
  return parts.length > 2 && text.replaceAll(/[^A-Za-z]/g, "").length / parts.length < 3.5;
}
