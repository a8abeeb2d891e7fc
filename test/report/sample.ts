import type { Analysis } from "../../src/analysis/model.ts";

/** An answer without anything in it, to be changed where a test looks. */
export function sample(change: Partial<Analysis> = {}): Analysis {
  return {
    schemaVersion: 1,
    complete: true,
    builders: [
      {
        stage: "builder",
        base: "debian:trixie-slim",
        origin: "stage",
        platform: "linux/amd64",
        distribution: { id: "debian", versionId: "13", codename: "trixie" },
      },
    ],
    runtime: { stage: "1", base: "debian:trixie-slim", source: "image", distribution: null, packages: 78 },
    artifacts: [],
    packages: [],
    install: [],
    added: { packages: [], bytes: 0, exact: true, from: null },
    copy: [],
    missing: [],
    suggested: [],
    dropped: [],
    unreadable: [],
    notes: [],
    ...change,
  };
}
