import { execFileSync } from "node:child_process";

/** What `readelf` says of a file, in our words; the judge of the reader. */
export interface ReadelfFacts {
  class: string;
  type: string;
  machine: string;
  flags: number;
  interpreter: string | null;
  soname: string | null;
  needed: string[];
  rpath: string | null;
  runpath: string | null;
  needs: string[];
  definitions: string[];
}

/** Runs readelf over many files in one process; fails where readelf is absent. */
export function readelf(files: readonly string[]): Map<string, ReadelfFacts> {
  const output = execFileSync("readelf", ["--wide", "-h", "-l", "-d", "-V", ...files], {
    encoding: "latin1",
    maxBuffer: 1 << 29,
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, LC_ALL: "C" },
  });
  const result = new Map<string, ReadelfFacts>();
  const parts = files.length === 1 ? ["", files[0] ?? "", output] : output.split(/^File: (.*)$/m);
  for (let at = 1; at + 1 < parts.length; at += 2) result.set(parts[at] ?? "", parse(parts[at + 1] ?? ""));
  return result;
}

function parse(text: string): ReadelfFacts {
  const one = (pattern: RegExp): string | null => pattern.exec(text)?.[1] ?? null;
  const all = (pattern: RegExp, within = text): string[] =>
    [...within.matchAll(pattern)].map((match) => match[1] ?? "");
  const needs: string[] = [];
  let file = "";
  for (const [, of, name, weak] of text.matchAll(
    / File: (.*?) {2}Cnt: |^ {2}0x[0-9a-f]+: {3}Name: (.*?) {2}Flags: (.*?) {2}Version:/gm,
  )) {
    if (of !== undefined) file = of;
    else needs.push(`${file} ${name}${weak?.includes("WEAK") ? " weak" : ""}`);
  }
  return {
    class: one(/^ {2}Class: +(\S+)/m) ?? "",
    type: one(/^ {2}Type: +(\S+)/m) ?? "",
    machine: one(/^ {2}Machine: +(.*)$/m) ?? "",
    flags: Number.parseInt(one(/^ {2}Flags: +0x([0-9a-f]+)/m) ?? "0", 16),
    interpreter: one(/\[Requesting program interpreter: (.*)\]/),
    soname: one(/\(SONAME\) +Library soname: \[(.*)\]/),
    needed: all(/\(NEEDED\) +Shared library: \[(.*)\]/g),
    rpath: one(/\(RPATH\) +Library rpath: \[(.*)\]/),
    runpath: one(/\(RUNPATH\) +Library runpath: \[(.*)\]/),
    needs,
    definitions: all(/ Rev: \d+ {2}Flags: (?!BASE)\S.*?Index: \d+ {2}Cnt: \d+ {2}Name: (.*)$/gm),
  };
}
