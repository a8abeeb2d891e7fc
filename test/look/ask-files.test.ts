import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import type { RunRequest } from "../../src/engine/engine.ts";
import { askFiles } from "../../src/look/ask-files.ts";
import { engineHere, imageHere } from "./here.ts";

const root = mkdtempSync(join(tmpdir(), "msb-deps-test-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const LOADER = "/lib64/ld-linux-x86-64.so.2";
const { signal } = new AbortController();

it("hands every answer over whole, in order, whatever the names", async () => {
  const strange = join(root, "new\nline $(touch x) 'q\" é");
  copyFileSync("/bin/ls", strange);
  const text = join(root, "text");
  writeFileSync(text, "no program\n");
  const runs: RunRequest[] = [];
  const answers = await askFiles(
    engineHere(runs),
    imageHere,
    {
      purge: [],
      libraryPath: join(root, "none"),
      preload: "libnothing.so.1",
      files: [
        { loader: LOADER, path: strange, secure: true },
        { loader: LOADER, path: strange, secure: false },
        { loader: LOADER, path: text, secure: true },
        { loader: join(root, "no-loader"), path: text, secure: true },
      ],
      programs: ["/bin/sh", text, join(root, "absent")],
    },
    signal,
  );
  // The loader is asked, the file never run: ls would list this folder.
  expect(answers?.files[0]).toMatchObject({ exit: 0, text: expect.stringMatching(/\n\tlibc\.so\.6 => \/\S+ \(0x/) });
  expect(answers?.files[0]?.text).not.toContain("package.json");
  expect(answers?.files[1]?.text).toContain("object 'libnothing.so.1' from LD_PRELOAD cannot be preloaded");
  expect(answers?.files[2]).toMatchObject({
    exit: expect.any(Number),
    text: expect.stringContaining("error while loading"),
  });
  expect(answers?.files[3]).toMatchObject({ exit: 126, text: expect.stringMatching(/^cannot be run: /) });
  expect(answers?.programs).toEqual([
    { executable: true, there: true },
    { executable: false, there: true },
    { executable: false, there: false },
  ]);
  expect(runs).toMatchObject([{ may: "read", endStdin: true }]);
  expect(runs[0]?.online).toBeUndefined();
});
