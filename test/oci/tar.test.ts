import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTar } from "../../src/oci/tar.ts";

let folder: string;
const long = `${"d".repeat(90)}/${"e".repeat(90)}`;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "msb-deps-test-"));
  mkdirSync(join(folder, long), { recursive: true });
  writeFileSync(Buffer.concat([Buffer.from(`${folder}/${long}/bad`), Buffer.of(0xff)]), "x".repeat(700));
  writeFileSync(join(folder, "é"), "");
  execFileSync("sh", [
    "-c",
    'cd "$1" && ln -s "$(printf "to\\377")" link && ln é hard && mkfifo fifo && chmod 4755 é',
    "sh",
    folder,
  ]);
});
afterAll(() => rmSync(folder, { recursive: true }));

const tarOf = (format: string): Buffer =>
  execFileSync("tar", [`--format=${format}`, "--sort=name", "-C", folder, "-cf", "-", "."]);

/** In pieces that fit to nothing. */
const inPieces = (bytes: Buffer): Readable =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / 333) }, (_, i) => bytes.subarray(i * 333, (i + 1) * 333)),
  );

describe("readTar", () => {
  it.each(["pax", "gnu"])("reads the %s format with names of any bytes", async (format) => {
    const seen: unknown[] = [];
    for await (const entry of readTar(inPieces(tarOf(format)))) {
      const start = await entry.read(3);
      await entry.skip(2);
      seen.push([
        entry.name.toString("latin1"),
        entry.type,
        entry.mode,
        entry.size,
        `${start}`,
        entry.linkName.toString("latin1"),
      ]);
    }
    const latin = (text: string): string => Buffer.from(text).toString("latin1");
    expect(seen).toContainEqual([`./${long}/bad\xff`, "file", 0o644, 700, "xxx", ""]);
    expect(seen).toContainEqual(["./link", "symlink", 0o777, 0, "", "to\xff"]);
    expect(seen).toContainEqual([latin("./é"), "hardlink", 0o4755, 0, "", "./hard"]);
    expect(seen).toContainEqual(["./hard", "file", 0o4755, 0, "", ""]);
    expect(seen).toContainEqual(["./fifo", "fifo", 0o644, 0, "", ""]);
    expect(seen).toHaveLength(8);
  });

  it("does not take a part for the whole", async () => {
    const whole = tarOf("pax");
    for (const length of [0, 100, 512, 3000]) {
      const read = async () => {
        for await (const entry of readTar(inPieces(whole.subarray(0, length)))) await entry.skip(0);
      };
      await expect(read(), `${length} bytes`).rejects.toThrow("is truncated");
    }
  });

  it("refuses a damaged header", async () => {
    const whole = tarOf("gnu");
    whole[10] = 65;
    await expect(readTar(inPieces(whole)).next()).rejects.toThrow("checksum");
  });

  it("reads sizes in base-256 and refuses what is no whole number any more", async () => {
    const sized = async (high: number, low: number) => {
      const header = tarOf("gnu").subarray(0, 512);
      header.fill(0, 124, 136).writeUInt8(0x80, 124);
      header.writeUInt32BE(high, 128);
      header.writeUInt32BE(low, 132);
      header.write("0", 156, "latin1");
      header.fill(0x20, 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
      return (await readTar(inPieces(header)).next()).value?.size;
    };
    expect(await sized(2, 5)).toBe(2 ** 33 + 5);
    expect(await sized(0x1f_ffff, 0xffff_ffff)).toBe(Number.MAX_SAFE_INTEGER);
    await expect(sized(0x20_0000, 0)).rejects.toThrow("invalid number");
    await expect(sized(0xffff_ffff, 0xffff_ffff)).rejects.toThrow("invalid number");
  });
});
