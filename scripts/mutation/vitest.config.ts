import { defineConfig } from "vitest/config";
import { MACHINE } from "../../vitest.config.ts";

/**
 * The tests that judge the mutants of two folders: those folders' own. Tests that start programs are too slow to be run
 * thousands of times; what they alone would find counts as not found.
 */
export default defineConfig({
  test: {
    include: ["test/{debian,loader}/**/*.test.ts"],
    setupFiles: ["test/property-seed.ts"],
    testTimeout: 20_000,
    tags: [MACHINE],
    tagsFilter: [`!${MACHINE.name}`],
  },
});
