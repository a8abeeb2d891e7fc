import { withoutSlash } from "../../base/paths.ts";
import { found, type Rule } from "../case.ts";

export interface ListsLeftDetail {
  readonly code: "lists-left";
}

const LISTS = "/var/lib/apt/lists";

/** `apt-get update` whose lists stay in the layer (hadolint's DL3009). */
export const listsLeft: Rule<ListsLeftDetail> = (audit) =>
  audit.chain
    .flatMap(({ instructions }) => instructions)
    .flatMap((instruction) => {
      if (instruction.kind !== "run" || !instruction.understood) return [];
      const { lists } = instruction.aptLeftovers;
      const mounted = instruction.mountTargets.some((path) => `${LISTS}/`.startsWith(`${withoutSlash(path)}/`));
      if (lists === null || mounted) return [];
      return [found(audit, lists, "info", { confidence: "proved" }, { code: "lists-left" })];
    });
