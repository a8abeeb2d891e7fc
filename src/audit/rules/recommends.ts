import { basename } from "../../dockerfile/paths.ts";
import { found, type Rule } from "../case.ts";

/** `apt-get install` without `--no-install-recommends` takes what packages only recommend (hadolint's DL3015). */
export const recommends: Rule = (audit) => {
  const { text } = audit.parsed;
  return audit.list.installs.flatMap(({ install, run }) => {
    const begin = audit.runtime === null ? 0 : audit.parsed.instructions.find(({ line }) => line === audit.runtime?.line)?.start;
    // A file in apt.conf.d, written by the stage itself, may have switched them off.
    const configured = /Install-Recommends/i.test(text.slice(begin ?? 0, run.end)) && !install.noInstallRecommends;
    if (install.noInstallRecommends || configured) return [];
    const program = basename(install.program);
    const confidence = audit.facts.distributionImage ? "proved" : "declared";
    return [found(audit, install, "info", { confidence }, { code: "recommends", program })];
  });
};
