import type { BaseFiles } from "../analysis/builder-files.ts";
import { type Check, oneOf, record, text } from "../base/check.ts";

/** Judges a value as the place of a runtime base that no engine was asked about. */
export const baseFiles: Check<BaseFiles> = (value, at) => {
  const o = record(value, at);
  return {
    origin: oneOf(["rootfs", "oci"] as const)(o.origin, `${at}.origin`),
    path: text(o.path, `${at}.path`),
  };
};
