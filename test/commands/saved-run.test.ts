import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { readSavedRun, type SavedRun, writeSavedRun } from "../../src/commands/saved-run.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "msb-deps-saved-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run: SavedRun = {
  dockerfile: "FROM scratch\n",
  choice: {
    artifacts: ["/out"],
    target: null,
    runtime: null,
    buildArgs: { A: "b" },
    platform: null,
    contextFiles: { l: "curl" },
  },
  builders: [],
  base: { source: "mappings", reference: "debian:trixie-slim", packages: new Map([["libc6", "2.41-12"]]) },
  apt: null,
};

describe("a saved run", () => {
  test("comes back as it was, with the same bytes each time", async () => {
    const [one, other] = [join(folder, "one"), join(folder, "other")];
    await writeSavedRun(one, run);
    const back = await readSavedRun(one);
    expect(back).toMatchObject(run);
    await writeSavedRun(other, back);
    expect((await readFile(other)).equals(await readFile(one))).toBe(true);
  });

  test.each([
    ["no JSON", "{", /not valid JSON/],
    ["another version", '{"runVersion": 2}', /runVersion is not 1/],
    ["a field of another type", '{"runVersion": 1, "dockerfile": 7}', /dockerfile is not a string/],
    ["a snapshot that is none", '{"runVersion": 1, "dockerfile": null, "choice": {}}', /choice\.artifacts is missing/],
  ])("%s is refused with the place", async (_, text, message) => {
    const path = join(folder, "bad");
    await writeFile(path, text);
    const error = await readSavedRun(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MsbDepsError);
    expect((error as MsbDepsError).code).toBe("snapshot-invalid");
    expect((error as MsbDepsError).message).toMatch(message);
  });
});
