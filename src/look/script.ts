import { readFileSync } from "node:fs";

/** The text of the script that looks at an image from inside. */
export function lookScript(): string {
  return textOf("execve.pl") + textOf("look.pl");
}

/** The text of the script that runs a command and reports the paths that it asks for. */
export function traceScript(): string {
  return textOf("execve.pl") + textOf("trace.pl");
}

/** The Perl subroutine `execve`, which starts a program as execve(2) does, for a script that loads POSIX. */
export function execveScript(): string {
  return textOf("execve.pl");
}

/** The scripts lie beside this file, in `src` and in `dist`. */
function textOf(name: string): string {
  return readFileSync(new URL(`./${name}`, import.meta.url), "utf8");
}

/** A request in the script's form: a length, then words that each end with NUL. */
export function encodeRequest(words: readonly (string | Uint8Array)[]): Buffer {
  return encodePart(
    Buffer.concat(words.flatMap((word) => [typeof word === "string" ? Buffer.from(word, "utf8") : word, NUL])),
  );
}

/** Bytes with their length before them. */
export function encodePart(body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${body.length}\n`), body]);
}

const NUL = Buffer.of(0);
