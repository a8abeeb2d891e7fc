import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import type { RunRequest } from "../../src/engine/engine.ts";
import { lookByScript } from "../../src/look/by-script.ts";
import { parseRecords } from "../../src/look/records.ts";
import { encodeRequest, lookScript } from "../../src/look/script.ts";
import { TABLES } from "../../src/look/tables.ts";
import { namesInText, namesOfMentions } from "../../src/snapshot/library-names.ts";
import { engineHere, imageHere } from "./here.ts";

// The script searches only the lines of a text that have a word of a mention. It must find what the whole search finds.

const folder = mkdtempSync(join(tmpdir(), "msb-deps-mentions-"));
afterAll(() => rmSync(folder, { recursive: true }));
const { signal } = new AbortController();

const KEYWORDS = [
  ..."find_library find_lib CDLL PyDLL LoadLibrary DllImport NativeLibrary.Load dlopen dlmopen dlload ffi_lib".split(
    " ",
  ),
  ..."loadLibrary load_library Native.load ffi.Library FFI.load koffi.load Driver driver64 Setup setup64".split(" "),
  ..."extension zend_extension load_module loadmodule LoadModule LD_PRELOAD from import require".split(" "),
  ..."require_relative import_module bindings process.dlopen".split(" "),
];
const PARTS = [
  ...KEYWORDS,
  ...["libpq.so", "libpq.so.5", "/usr/lib/libx.so.1", "/lib/a/libz.so", "name", "x", "64", ".so"],
  ...['"pq"', "'", '"', "(", ")", "[", "]", ";", "=", ":", ",", ".", "/", "*", "_", "-", "\0", "\r"],
  ...[" ", " ", "\t", "\n", "\n", "\n  "],
];
const text = fc.array(fc.constantFrom(...PARTS), { minLength: 1, maxLength: 40 }).map((parts) => parts.join(""));

it("finds in lines what the whole search finds", async () => {
  const texts = [
    ...KEYWORDS.flatMap((word) => [`${word} "pq.so"`, `a;\n  ${word} = pq.so\nb`, `${word}("pq",\n"x")`]),
    ...fc.sample(text, 2000),
  ];
  for (const [at, one] of texts.entries()) writeFileSync(join(folder, `${at}`), one);
  const stdin = encodeRequest([...TABLES, ...texts.flatMap((_, at) => ["strings", join(folder, `${at}`)])]);
  const limits = { maxOutput: 2 ** 30, timeoutMs: 60_000 };
  const command = ["/usr/bin/perl", "-e", lookScript()];
  const { stdout } = await engineHere().run({ image: imageHere, command, stdin, env: {}, ...limits, signal });
  const found = new Map<string, readonly string[]>();
  for (const { key, payload } of parseRecords(stdout)) {
    const [path = "", ...mentions] = payload.toString("latin1").split("\0");
    if (key === "mentions") found.set(path, namesOfMentions(mentions));
  }
  for (const [at, one] of texts.entries())
    expect({ one, names: found.get(join(folder, `${at}`)) }).toEqual({ one, names: namesInText(one) });
});

it("looks in one run at the libraries that texts name by paths", async () => {
  writeFileSync(join(folder, "start"), "exec env LD_PRELOAD=/libmsb-deps-none.so.1 app\n");
  const runs: RunRequest[] = [];
  const request = {
    artifactPaths: [join(folder, "start")],
    folders: [],
    paths: [],
    askLoader: true,
    searchStrings: true,
  };
  const { files } = await lookByScript(engineHere(runs), imageHere, request, signal);
  expect(files.map(({ path }) => path)).toContain("/libmsb-deps-none.so.1");
  expect(runs.length).toBe(1);
});
