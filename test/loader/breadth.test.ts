import { describe, expect, it } from "vitest";
import { resolveProgram } from "../../src/loader/resolve.ts";
import { missingVersions } from "../../src/loader/versions.ts";
import { elfFiles } from "../elf/machine-files.ts";
import { askLoader } from "./real-loader.ts";
import { realCache, realView } from "./real-view.ts";

describe("the loader's rules on this machine's own files", () => {
  it("find the same path as the loader's own listing for every library", {
    tags: ["machine"],
    timeout: 300_000,
  }, () => {
    const view = realView();
    const cache = realCache();
    const files = elfFiles(["/usr/bin", "/usr/sbin", "/usr/lib/x86_64-linux-gnu"], 2);
    const differences: string[] = [];
    let [programs, edges] = [0, 0];
    for (const file of files) {
      const ours = resolveProgram(view, file, { cache, programOrigin: "given" });
      if (ours.status !== "dynamic" || ours.abi?.architecture !== "amd64") continue;
      const real = askLoader(file);
      programs += 1;
      const mine = new Map<string, string | null>();
      for (const one of ours.libraries) {
        // The listing has the name with its tokens replaced, which is then the path.
        const name = one.soname.includes("$") ? (one.path ?? one.soname) : one.soname;
        if (!name.startsWith("ld-linux")) mine.set(name, mine.get(name) ?? one.path);
      }
      for (const [soname, path] of real.libraries) {
        edges += 1;
        if (!mine.has(soname)) differences.push(`${file}: ${soname}: real ${path}, ours not asked`);
        else if (mine.get(soname) !== path)
          differences.push(`${file}: ${soname}: real ${path}, ours ${mine.get(soname)}`);
      }
      const known = new Set([...real.libraries.values()]);
      for (const [soname, path] of mine) {
        if (!real.libraries.has(soname) && !known.has(path)) {
          differences.push(`${file}: ${soname}: ours ${path}, real has none\n${real.text.slice(0, 300)}`);
        }
      }
      const versions = missingVersions(ours.objects)
        .filter((one) => !one.weak)
        .map((one) => `${one.providedByPath} ${one.version} ${one.requiredBy}`);
      if (versions.sort().join() !== real.versions.join()) {
        differences.push(`${file}: versions: real ${real.versions.join()}, ours ${versions.join()}`);
      }
    }
    expect(programs).toBeGreaterThan(1000);
    expect(edges).toBeGreaterThan(5000);
    expect(differences).toEqual([]);
  });
});
