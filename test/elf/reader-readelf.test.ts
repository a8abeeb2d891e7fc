import { describe, expect, it } from "vitest";
import type { ElfFacts } from "../../src/elf/facts.ts";
import { readElf } from "../../src/elf/reader.ts";
import { bytesSource, recordingSource } from "../../src/elf/source.ts";
import { rangesSource } from "../../src/snapshot/ranges.ts";
import { bytesOf, elfFiles } from "./machine-files.ts";
import { type ReadelfFacts, readelf } from "./readelf.ts";

const TYPES: Record<string, string> = { REL: "relocatable", EXEC: "executable", DYN: "shared", CORE: "core" };
const MACHINES: Record<string, string> = { "Advanced Micro Devices X86-64": "x86-64", "Intel 80386": "386" };

function asReadelf(facts: ElfFacts): ReadelfFacts {
  return {
    class: `ELF${facts.class}`,
    type: Object.keys(TYPES).find((name) => TYPES[name] === facts.type) ?? facts.type,
    machine: Object.keys(MACHINES).find((name) => MACHINES[name] === facts.machine) ?? facts.machine,
    flags: facts.headerFlags,
    interpreter: facts.interpreter,
    soname: facts.soname,
    needed: [...facts.needed],
    rpath: facts.rpath,
    runpath: facts.runpath,
    needs: facts.versionNeeds.flatMap((need) =>
      need.versions.map((version) => `${need.file} ${version.name}${version.weak ? " weak" : ""}`),
    ),
    definitions: [...facts.versionDefinitions],
  };
}

describe("readElf against readelf", () => {
  const files = elfFiles(["/usr/bin", "/usr/sbin", "/usr/lib/x86_64-linux-gnu", "/usr/lib/gcc"], 3);

  it("agrees on every ELF file of this machine, and replays from the touched ranges", { timeout: 600_000 }, () => {
    expect(files.length).toBeGreaterThan(300);
    const judged = readelf(files);
    let most = 0;
    for (const file of files) {
      const bytes = bytesOf(file);
      const recording = recordingSource(bytesSource(bytes));
      const reading = readElf(recording);
      if (reading.kind !== "elf") throw new Error(`${file}: ${JSON.stringify(reading)}`);
      const expected = judged.get(file);
      if (reading.facts.type === "relocatable") continue;
      expect({ file, ...asReadelf(reading.facts) }).toEqual({ file, ...expected });

      const spans = recording.touched();
      most = Math.max(
        most,
        spans.reduce((sum, [start, end]) => sum + end - start, 0),
      );
      const stored = spans.map(
        ([start, end]) => [start, Buffer.from(bytes.subarray(start, end)).toString("base64")] as const,
      );
      const replay = recordingSource(rangesSource(bytes.length, stored));
      expect(readElf(replay)).toEqual(reading);
      expect(replay.touched()).toEqual(spans);
    }
    expect(most).toBeLessThan(65_536);
  });
});
