import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { lookByScript } from "../../src/look/by-script.ts";
import { parseRecords } from "../../src/look/records.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";
import { Workshop } from "../loader/workshop.ts";
import { engineHere, imageHere } from "./here.ts";

// One process of the loader answers for all files that leave it to the defaults where their libraries are. What is made of
// its answer must be what the loader says about each file itself.

const shop = new Workshop();
afterAll(() => shop.remove());

const PLAIN = 12;
/** Files about each of which the loader has to be asked. */
const OTHERS = 7;

beforeAll(() => {
  const libraries = ["-lm", "-lpthread", "-ldl"];
  shop.program("out/plain");
  // Each has a SONAME of its own, so each is a question of its own.
  for (let at = 0; at < PLAIN; at += 1) shop.library(`out/plain-${at}.so`, { flags: libraries.slice(0, at % 4) });
  shop.library("out/libhere.so.1");
  shop.library("out/libplain.so.2", { flags: ["-lm"] });
  const needs = ["out/libhere.so.1"];
  shop.program("out/other-missing", { needs });
  shop.program("out/other-runpath", { needs, runpath: "$ORIGIN" });
  shop.program("out/other-rpath", { needs, rpath: shop.path("out") });
  shop.program("out/other-no-defaults", { needs, flags: ["-Wl,-z,nodefaultlib"] });
  // The name of a library that all have, and that it is itself.
  shop.library("out/other-libm", { soname: "libm.so.6", flags: ["-lm"] });
  shop.library("out/other-filter", { flags: ["-Wl,-f,libm.so.6", "-lm"] });
  shop.library("out/other-loader-first", { flags: ["-nostdlib", "/lib64/ld-linux-x86-64.so.2", "-lc"] });
  writeFileSync(shop.path("out/script"), "#!/bin/sh\n");
});

/** The snapshot, and how many processes of the loader it took. */
async function look(alone: boolean): Promise<{ snapshot: Snapshot; processes: Record<string, number> }> {
  const processes = { answer: 0, lookup: 0, rounds: 0 };
  const here = engineHere();
  const engine: Engine = {
    ...here,
    run: async (request) => {
      const words =
        Buffer.from(request.stdin)
          .toString("latin1")
          .replace(/^\d+\n/, "") + (alone ? "alone\0" + "1\0" : "");
      const result = await here.run({ ...request, stdin: Buffer.from(`${words.length}\n${words}`, "latin1") });
      for (const { key } of parseRecords(result.stdout)) if (key === "answer" || key === "lookup") processes[key] += 1;
      processes.rounds += 1;
      return result;
    },
  };
  const request = {
    artifactPaths: [shop.path("out")],
    folders: [],
    paths: [],
    askLoader: true,
    searchStrings: false,
  };
  const snapshot = await lookByScript(engine, imageHere, request, new AbortController().signal);
  return { snapshot, processes };
}

it("answers for many files with one process, and as the loader answers for each", async () => {
  const together = await look(false);
  const each = await look(true);
  expect(each.snapshot.questions.every(({ exit }) => exit !== null)).toBe(true);
  expect(together.snapshot).toEqual(each.snapshot);
  expect(together.processes).toEqual({ answer: OTHERS, lookup: 1, rounds: 1 });
  expect(each.processes.answer).toBe(each.snapshot.questions.length);
});
