import { type Check, list, record, text, textMap } from "../base/check.ts";
import type { AptFacts, PackageContents } from "./apt.ts";
import { fileFact } from "./saved.ts";

const contents: Check<PackageContents> = (value, at) => {
  const o = record(value, at);
  return {
    package: text(o.package, `${at}.package`),
    architecture: text(o.architecture, `${at}.architecture`),
    files: list(fileFact)(o.files, `${at}.files`),
  };
};

/** Judges a value as what apt said, field by field. */
export const aptFacts: Check<AptFacts> = (value, at) => {
  const o = record(value, at);
  return {
    asked: list(text)(o.asked, `${at}.asked`),
    packages: list(textMap)(o.packages, `${at}.packages`),
    contents: list(contents)(o.contents, `${at}.contents`),
  };
};
