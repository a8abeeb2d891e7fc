import { basename } from "../../base/paths.ts";
import { chainInstructions, found, type Rule } from "../case.ts";

export interface RecommendsDetail {
  readonly code: "recommends";
  readonly program: string;
}

/** `apt-get install` without `--no-install-recommends` takes what packages only recommend (hadolint's DL3015). */
export const recommends: Rule<RecommendsDetail> = (audit) => {
  // A file in apt.conf.d that the stages have written before may have switched them off.
  const configured = chainInstructions(audit).find(({ start, end }) =>
    /APT::Install-Recommends/i.test(audit.parsed.text.slice(start, end)),
  );
  return audit.list.installs.flatMap(({ install }) => {
    if (install.noInstallRecommends || (configured !== undefined && configured.start < install.start)) return [];
    const program = basename(install.program);
    const confidence = audit.facts.distributionImage ? "proved" : "declared";
    return [found(audit, install, "info", { confidence }, { code: "recommends", program })];
  });
};
