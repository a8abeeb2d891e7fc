import type { Analysis, Artifact, Package } from "../../src/analysis/model.ts";
import { answer } from "./reports.ts";
import { sample } from "./sample.ts";

/** An answer as large as those of images with a whole desktop: every binary needs a few of 60 libraries of 40 packages. */
export function largeAnswer(binaries: number): Analysis {
  const names = Array.from({ length: 40 }, (_, index) => `libpart${index}`);
  const statuses = ["install", "base", "implied", "install"] as const;
  const artifacts = Array.from(
    { length: binaries },
    (_, index): Artifact => ({
      ...{ path: `/opt/app/lib/tools/very/deep/tool-${index}`, stage: "builder", destinations: [], kind: "executable" },
      ...{ interpreter: null, machine: "x86-64", needed: [], runpath: [] },
      libraries: [0, 7, 13].map((step) => {
        const at = (index + step) % 60;
        const part = at % 40;
        return {
          ...{ soname: `libpart${at}.so.1`, path: null, runtimePath: null, direct: true, via: null, searchPath: null },
          ...{ package: at === 59 ? null : `libpart${part}`, askedBy: "" },
          status: at === 59 ? "missing" : part % 4 === 1 ? "base" : "package",
        };
      }),
    }),
  );
  const packages = names.map(
    (name, index): Package => ({
      ...{ name, architecture: "amd64", builderName: name, builderVersion: "1.2-3", candidateVersion: null },
      ...{ status: statuses[index % 4] ?? "install", impliedBy: index % 4 === 2 ? [names[index - 2] ?? ""] : [] },
      ...{ sonames: [`${name}.so.1`], alternatives: [] },
      reasons: artifacts
        .filter((_, at) => [0, 7, 13].some((step) => ((at + step) % 60) % 40 === index))
        .map(({ path }) => ({ artifact: path, kind: "needed", chain: [{ soname: `${name}.so.1`, path: null }] })),
    }),
  );
  const added = packages
    .filter(({ status }) => status !== "base")
    .map(({ name, status }, index) => ({
      ...{ name, architecture: "amd64", version: "1.2-3", replaces: null, bytes: (index + 1) ** 3 * 1000 },
      ...{ listed: status === "install", needed: true, depends: [] },
    }));
  return sample({
    ...{ dockerfile: "large/Dockerfile", artifacts, packages, missing: answer().missing },
    install: packages.flatMap(({ name, status }) => (status === "install" ? name : [])),
    added: { packages: added, bytes: added.reduce((sum, { bytes }) => sum + bytes, 0), exact: true, from: "builder" },
  });
}
