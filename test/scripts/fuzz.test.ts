import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { attempt } from "../../scripts/fuzz/attempt.ts";
import { inputsOf } from "../../scripts/fuzz/inputs.ts";
import { targets } from "../../scripts/fuzz/targets/index.ts";

const FOUND = new URL("../fixtures/fuzz/", import.meta.url).pathname;

async function fuzz(...args: string[]): Promise<{ code: number | null; stdout: string; out: string }> {
  const out = mkdtempSync(join(tmpdir(), "msb-deps-fuzz-test-"));
  onTestFinished(() => rmSync(out, { recursive: true, force: true }));
  const child = spawn(process.execPath, ["scripts/fuzz.mjs", "--out", out, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [stdout, code] = await Promise.all([
    text(child.stdout),
    new Promise<number | null>((resolve) => child.on("close", resolve)),
  ]);
  return { code, stdout, out };
}

describe("inputs that failed once", () => {
  const inputs = readdirSync(FOUND).flatMap((name) =>
    readdirSync(join(FOUND, name)).map((file) => [name, file] as const),
  );

  it.each(inputs)("%s: %s is read as it should be", async (name, file) => {
    const target = targets[name];
    if (target === undefined) throw new Error(`no target ${name}`);
    expect(await attempt(target, readFileSync(join(FOUND, name, file)), true)).toMatchObject({ failure: null });
  });
});

describe("npm run fuzz", () => {
  it.each(Object.entries(targets))("%s: some inputs fail nowhere", { timeout: 600_000 }, async (_, target) => {
    const inputAt = await inputsOf(target, 1);
    for (let index = 0; index < 60; index += 1)
      expect(await attempt(target, await inputAt(index), index % 20 === 0)).toMatchObject({ failure: null });
  });

  it("makes the same inputs from the same seed", async () => {
    const [one, same, other] = await Promise.all([7, 7, 8].map((seed) => inputsOf(targets.protobuf ?? raise(), seed)));
    const texts = async (inputAt = one): Promise<string[]> =>
      Promise.all(
        Array.from({ length: 30 }, async (_, at) => ((await inputAt?.(at + 100)) ?? raise()).toString("hex")),
      );
    expect(await texts(same)).toEqual(await texts());
    expect(await texts(other)).not.toEqual(await texts());
    expect(new Set(await texts()).size).toBeGreaterThan(25);
  });

  it("runs for the time that is given, and adds up", async () => {
    const { code, stdout, out } = await fuzz("--minutes", "0.05", "--seed", "3", "--only", "protobuf");
    expect(stdout).toMatch(/^seed 3\nprotobuf: [1-9]\d* inputs, 0 judged, \d+ s, 0 failures\n$/);
    expect(code).toBe(0);
    expect(JSON.parse(readFileSync(join(out, "totals.json"), "utf8"))).toMatchObject({ protobuf: { failures: 0 } });
  });

  it("refuses a target that there is not", async () => {
    expect((await fuzz("--only", "elves")).code).toBe(2);
  });

  it.each([
    ["throws", "exception", "planted"],
    ["rejects", "exception", "nobody waits for it"],
    ["hangs", "hang", "no end after 3 s"],
    ["grows", "memory", "MiB more"],
    ["fills", "memory", "MB of heap"],
    ["differs", "difference", "planted"],
  ])("reports and saves an input for which a reader %s", async (name, kind, message) => {
    const planted = [
      "--hang",
      name === "hangs" ? "3" : "120",
      "--targets",
      "test/scripts/planted-targets.ts",
      "--only",
      name,
    ];
    const { code, stdout, out } = await fuzz("--minutes", "0.05", "--seed", "5", ...planted);
    expect(stdout).toContain(`FAILED  ${name}, seed 5, input `);
    expect(stdout).toContain(`(${kind}): `);
    expect(stdout).toContain(message);
    expect(code).toBe(1);
    const saved = /saved as (\S+),/.exec(stdout)?.[1] ?? "";
    expect(existsSync(saved)).toBe(true);
    expect(readdirSync(join(out, "found"))[0]).toContain(`${name}-5-`);
  });
});

function raise(): never {
  throw new Error("nothing there");
}
