import { basename } from "../../base/paths.ts";
import { found, type Rule, runtimePlace } from "../case.ts";

/** `apt-get install` without `--no-install-recommends` takes what packages only recommend (hadolint's DL3015). */
export const recommends: Rule = (audit) => {
  const { start } = runtimePlace(audit);
  return audit.list.installs.flatMap(({ install }) => {
    // A file in apt.conf.d that the stage itself has written may have switched them off.
    const configured = /APT::Install-Recommends/i.test(audit.parsed.text.slice(start, install.start));
    if (install.noInstallRecommends || configured) return [];
    const program = basename(install.program);
    const confidence = audit.facts.distributionImage ? "proved" : "declared";
    return [found(audit, install, "info", { confidence }, { code: "recommends", program })];
  });
};
