import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

/**
 * Files at once, of both projects: one more than processors, as end-to-end tests also wait for the engine and the network.
 * CONTRIBUTING.md says what that asks of tests.
 */
const maxWorkers = Math.min(4, availableParallelism() + 1);

/** What mutation testing leaves out (scripts/mutation). */
export const MACHINE = { name: "machine", description: "starts compilers, the loader, apt or dpkg of this machine" };

export default defineConfig({
  test: {
    coverage: { provider: "v8", include: ["src/**"] },
    maxWorkers,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/e2e/**"],
          setupFiles: ["test/property-seed.ts"],
          tags: [MACHINE],
          maxWorkers,
          // Against hanging, not against slowness: a busy machine can take ten times as long.
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          maxWorkers,
          // The first test that needs a fixture has the engine build it.
          testTimeout: 900_000,
          hookTimeout: 1_800_000,
        },
      },
    ],
  },
});
