import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Analysis } from "../../src/analysis/model.ts";
import { makeElf } from "../elf/make-elf.ts";
import { layoutOf, tarOf } from "../oci/make-archive.ts";
import { CLI } from "./support.ts";

const STATUS = "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.22\n";
const AT_EXIT = new URL("../../scripts/soak/at-exit.mjs", import.meta.url).href;

let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), "msb-deps-large-"));
});
afterAll(() => rm(work, { recursive: true, force: true }));

/** An unpacked image with these artifacts and /bin/ls. */
async function treeOf(name: string, artifacts: Readonly<Record<string, Uint8Array>> = {}): Promise<string> {
  const tree = join(work, name);
  await mkdir(join(tree, "var/lib/dpkg"), { recursive: true });
  await mkdir(join(tree, "out"));
  await writeFile(join(tree, "var/lib/dpkg/status"), STATUS);
  await cp("/bin/ls", join(tree, "out/ls"));
  for (const [file, bytes] of Object.entries(artifacts)) await writeFile(join(tree, "out", file), bytes);
  return tree;
}

const options = ["--artifacts", "/out", "-f", "json", "-q"];

/** Runs the command, and reports its largest size in MiB; `onStart` may end it. */
async function runCli(args: readonly string[], onStart: (pid: number) => void = () => {}) {
  const child = spawn(process.execPath, ["--import", AT_EXIT, CLI, ...args], {
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  onStart(child.pid ?? 0);
  const [stdout, stderr, took, code] = await Promise.all([
    text(child.stdout as NodeJS.ReadableStream),
    text(child.stderr as NodeJS.ReadableStream),
    text(child.stdio[3] as NodeJS.ReadableStream),
    new Promise<number | null>((resolve) => child.on("close", resolve)),
  ]);
  const { maxRSS } = JSON.parse(took || '{"maxRSS":0}') as { maxRSS: number };
  return { code, stdout, stderr, megabytes: maxRSS / 1024 };
}

const inTree = (tree: string, ...more: string[]) => ["--rootfs", tree, "--engine", "static", ...options, ...more];

/** The libraries of /bin/ls, which are found to be missing whatever stands beside it. */
function missingOf(analysis: Analysis): string[] {
  return analysis.missing
    .map((one) => JSON.stringify(one))
    .filter((one) => one.includes('"/out/ls"') && one.includes("libc.so.6"));
}

describe("a small file that asks for much", () => {
  const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `lib${index}.so.1`);
  const manyVersions = Array.from({ length: 17_000 }, (_, index) => ({ name: `V${index % 50}` }));

  it.each<readonly [string, () => Uint8Array, RegExp | null]>([
    ["4,000 needed libraries", () => makeElf({ needed: names(4000) }), null],
    ["more needed libraries than there can be", () => makeElf({ needed: names(5000) }), /more than/],
    [
      "17,000 version needs",
      () => makeElf({ needs: [{ file: "liba.so", versions: manyVersions }] }),
      /more than 16,384 version needs/,
    ],
    [
      "a million version definitions",
      () => makeElf({ needed: ["liba.so"], chain: 1_000_000 }),
      /more than 16,384 version definitions/,
    ],
    [
      "5,000 search folders",
      () =>
        makeElf({
          needed: ["liba.so"],
          runpath: names(5000)
            .map((_, index) => `/${index}`)
            .join(":"),
        }),
      /more than 4,096 folders in the RUNPATH/,
    ],
  ])("%s: it ends, and the answer for others is whole", async (name, make, damage) => {
    const tree = await treeOf(name.replace(/\W/g, "-"), { greedy: make() });
    const { code, stdout, stderr, megabytes } = await runCli(inTree(tree));
    expect(stderr).not.toMatch(/should not happen|^\s+at /m);
    const analysis = JSON.parse(stdout) as Analysis;
    expect(missingOf(analysis)).toHaveLength(1);
    if (damage === null) expect(code).toBe(1);
    else expect(JSON.stringify(analysis.notes)).toMatch(damage);
    expect(megabytes).toBeLessThan(600);
  });

  it("can be interrupted at any time", async () => {
    const artifacts = Object.fromEntries(names(40).map((name) => [name, makeElf({ needed: names(4000) })]));
    const tree = await treeOf("interrupted", artifacts);
    for (const after of [1500, 4000]) {
      let since = 0;
      const { code, stderr } = await runCli(inTree(tree), (pid) =>
        setTimeout(() => {
          since = Date.now();
          spawn("kill", ["-INT", String(pid)], { stdio: "ignore" });
        }, after),
      );
      // It took more than a minute, and did not end before.
      if (since > 0) expect(Date.now() - since).toBeLessThan(20_000);
      if (code === 130) expect(stderr).toMatch(/^error: interrupted by SIGINT\.$/m);
      else expect([1, null]).toContain(code);
    }
  });
});

describe("more files than anybody has", () => {
  it("500,000, of which 150,000 are in one directory", async () => {
    const nameOf = (index: number): string => `out/${index < 150_000 ? 0 : 1 + Math.floor(index / 50_000)}/${index}`;
    const archive = await archiveOf("half-a-million.tar", 500_000, nameOf);
    const { stdout, stderr, megabytes } = await runCli(["--oci", archive, ...options]);
    expect(stderr).not.toMatch(/call stack|heap/);
    expect(missingOf(JSON.parse(stdout) as Analysis)).toHaveLength(1);
    expect(megabytes).toBeGreaterThan(50);
    expect(megabytes).toBeLessThan(500);
  });

  it("a million in an archive of some megabytes: refused by a clear error", async () => {
    const archive = await archiveOf("million.tar", 1_100_000, (index) => `out/${index}`);
    const { code, stdout, stderr, megabytes } = await runCli(["--oci", archive, ...options]);
    expect(stderr).toMatch(/^error: .*more than 1,000,000 files and directories/m);
    expect([code, stdout]).toEqual([2, ""]);
    expect(megabytes).toBeLessThan(1000);
  });
});

/** An image of /bin/ls and so many empty files. */
async function archiveOf(name: string, count: number, nameOf: (index: number) => string): Promise<string> {
  const few = await tarOf({ "var/lib/dpkg/status": STATUS, "out/ls": await readFile("/bin/ls") });
  const header = Buffer.from((await tarOf({ empty: "" })).subarray(0, BLOCK));
  header.fill(0, 0, NAME).fill(0x20, ...CHECKSUM);
  const nameless = sumOf(header);
  const gzip = createGzip({ level: 1 });
  const compressed = buffer(gzip);
  const hash = createHash("sha256");
  const write = async (piece: Buffer): Promise<void> => {
    hash.update(piece);
    if (!gzip.write(piece)) await once(gzip, "drain");
  };
  // Without the blocks that end it.
  await write(few.subarray(0, few.length - 2 * BLOCK));
  for (let first = 0; first < count; first += AT_ONCE) {
    const piece = Buffer.alloc(AT_ONCE * BLOCK, header);
    for (let at = 0; at < AT_ONCE; at += 1) {
      const path = Buffer.from(nameOf(first + at), "latin1");
      path.copy(piece, at * BLOCK);
      const sum = (nameless + sumOf(path)).toString(8).padStart(6, "0");
      piece.write(`${sum}\0 `, at * BLOCK + CHECKSUM[0], "latin1");
    }
    await write(piece);
  }
  await write(Buffer.alloc(2 * BLOCK));
  gzip.end();
  const diffId = `sha256:${hash.digest("hex")}`;
  const path = join(work, name);
  const image = { layers: [{ tar: Buffer.alloc(0), blob: await compressed }], diffIds: [diffId] };
  await writeFile(path, await tarOf(layoutOf([image])));
  return path;
}

const [BLOCK, AT_ONCE] = [512, 2000];
/** Bytes of a header's name, and where its checksum is: as if of spaces, when it is worked out (tar(5), ustar). */
const NAME = 100;
const CHECKSUM = [148, 156] as const;

function sumOf(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return sum;
}
