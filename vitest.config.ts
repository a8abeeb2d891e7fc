import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { LongestFirst } from "./test/longest-first.ts";

/**
 * Files at once, of both projects. An end-to-end test waits for the engine and the network half of its time. Each file
 * counts only what is its own on the engine, by a label or a name; see CONTRIBUTING.md.
 */
const maxWorkers = Math.min(4, availableParallelism() + 1);

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
