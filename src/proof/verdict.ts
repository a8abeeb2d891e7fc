import type { Proof, RunProof } from "./model.ts";

/** Whether a run went well, and found all that the builder could have brought. */
export function isGoodRun({ outcome, exitCode, missing }: RunProof): boolean {
  return (outcome === "limit" || exitCode === 0) && missing.every((one) => one.package === null);
}

/**
 * What a proof comes to: `proved`; `refuted`, something is lacking, too much, or failed; `open`, something that was asked
 * could not be shown.
 */
export function verdictOf(proof: Proof, wanted: { readonly irreducible: boolean }): "proved" | "refuted" | "open" {
  const { sufficient, irreducible, removable, run } = proof;
  if (sufficient === false || removable.length > 0 || (run !== null && !isGoodRun(run))) return "refuted";
  return sufficient === null || (wanted.irreducible && irreducible === null) ? "open" : "proved";
}
