import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
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
  dockerfile: "FROM debian AS a\nFROM debian\nARG A\nENV LD_LIBRARY_PATH=$A\nCOPY --from=a /out /\n",
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

const { signal } = new AbortController();

describe("a saved run", () => {
  test("comes back as it was, with the same bytes each time", async () => {
    const [one, other] = [join(folder, "one"), join(folder, "other")];
    await writeSavedRun(one, run);
    const back = await readSavedRun(one, signal);
    expect(back).toMatchObject(run);
    await writeSavedRun(other, back);
    expect((await readFile(other)).equals(await readFile(one))).toBe(true);
  });

  test("keeps the build arguments that a replay needs, in a file for its owner alone, and no others", async () => {
    const dockerfile = `ARG BASE
FROM $BASE AS builder
ARG TOKEN PACKAGES
RUN curl -H "Authorization: $TOKEN" https://example.org && apt-get install -y $PACKAGES
FROM debian:13
ARG LIBS
ENV LD_LIBRARY_PATH=\${LIBS}/lib
COPY --from=builder /out/ /
`;
    const path = join(folder, "with-args");
    await writeFile(path, "open to all");
    const buildArgs = { BASE: "debian:12", TOKEN: "s3cret", OTHER: "s3cret too", PACKAGES: "curl", LIBS: "/opt" };
    const choice = { ...run.choice, buildArgs };
    expect(await writeSavedRun(path, { ...run, dockerfile, choice })).toEqual(["BASE", "PACKAGES", "LIBS"]);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, "utf8")).not.toContain("s3cret");
    expect((await readSavedRun(path, signal)).choice.buildArgs).toEqual({
      BASE: "debian:12",
      PACKAGES: "curl",
      LIBS: "/opt",
    });
    const plain = join(folder, "without-args");
    expect(await writeSavedRun(plain, { ...run, dockerfile: null, choice })).toEqual([]);
    expect(await readFile(plain, "utf8")).not.toContain("s3cret");
    expect((await stat(plain)).mode & 0o777).toBe(0o666 & ~process.umask());
  });

  test.each([
    ["no JSON", "{", /not valid JSON/],
    ["another version", '{"runVersion": 2}', /runVersion is not 1/],
    ["a field of another type", '{"runVersion": 1, "dockerfile": 7}', /dockerfile is not a string/],
    ["a snapshot that is none", '{"runVersion": 1, "dockerfile": null, "choice": {}}', /choice\.artifacts is missing/],
  ])("%s is refused with the place", async (_, text, message) => {
    const path = join(folder, "bad");
    await writeFile(path, text);
    const error = await readSavedRun(path, signal).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MsbDepsError);
    expect((error as MsbDepsError).code).toBe("snapshot-invalid");
    expect((error as MsbDepsError).message).toMatch(message);
  });
});
