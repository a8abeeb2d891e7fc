import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { archiveKind, probeLength } from "../../src/look/archives/kinds.ts";
import type { ArchiveContents } from "../../src/look/archives/members.ts";
import { openArchives } from "../../src/look/archives/open.ts";
import { Observations } from "../../src/look/observations.ts";
import { Tracker } from "../../src/look/tracker.ts";
import { makeElf } from "../elf/make-elf.ts";
import { zipOf } from "./make-zip.ts";

const { signal } = new AbortController();
const program = makeElf({ type: 3, needed: ["libz.so.1"] });

/** What is seen of an archive whose bytes are at hand. */
async function opened(bytes: Buffer, path = "/a"): Promise<ArchiveContents> {
  const observations = new Observations();
  observations.addFile(path, { type: "file", mode: 0o644, uid: 0, gid: 0, size: bytes.length });
  observations.addBytes(path, 0, bytes);
  const { misses } = new Tracker(observations);
  const kind = archiveKind(bytes.subarray(0, probeLength(bytes, bytes.length, path)), path);
  if (kind === null) throw new Error("no archive");
  misses.archives.set(path, kind);
  await openArchives(misses, observations, signal);
  const contents = observations.archive(path);
  if (contents === undefined) throw new Error(`not opened: ${JSON.stringify([...misses.reads])}`);
  return contents;
}

const paths = ({ files }: ArchiveContents): string[] =>
  files.flatMap(({ path, type }) => (type === "file" ? [path] : []));

/** Changes every place of some bytes. */
function replaced(bytes: Buffer, from: string, to: string): Buffer {
  return Buffer.from(bytes.toString("latin1").replaceAll(from, to), "latin1");
}

describe("names of members", () => {
  it("do not lead out of the archive, and are bytes", async () => {
    const members = {
      "/etc/x": program,
      "../../etc/y": program,
      "a/../../z": program,
      "./a//b/.": program,
      "bad-name": program,
    };
    const contents = await opened(replaced(zipOf(members), "bad-name", "bad\xff\nx\x00y"));
    expect(paths(contents)).toEqual(["/a!/a/b", "/a!/etc/x"]);
    const odd = await opened(replaced(zipOf({ "bad-name": program }), "bad-name", "bad\xff\n\x1bxy"));
    expect(paths(odd)).toEqual(["/a!/bad\udcff\n\x1bxy"]);
    expect(contents.fact?.failure).toBeNull();
  });

  it("that come twice are one, the last", async () => {
    const twice = zipOf({ "a.so": program, "b.so": Buffer.concat([program, program]) });
    const contents = await opened(replaced(twice, "b.so", "a.so"));
    expect(contents.files.map(({ path, size }) => [path, size])).toEqual([
      ["/a!", 0],
      ["/a!/a.so", 2 * program.length],
    ]);
  });
});

describe("an archive that is not what it says", () => {
  const zeros = Buffer.alloc(40_000_000);
  const zip = zipOf({ "a.so": program });
  it.each<[string, () => Buffer, RegExp]>([
    [
      "a gzip bomb",
      () => gzipSync(Buffer.concat([tarHeader(zeros.length), zeros, Buffer.alloc(1024)])),
      /decompresses to more than/,
    ],
    ["a zip bomb", () => zipOf({ a: zeros }), /unpacks to 40000000 bytes/],
    ["members that are larger than said", () => sizeChanged(zip, program.length, 64), /too many bytes/],
    [
      "members that are smaller than said",
      () => sizeChanged(zip, program.length, program.length + 9),
      /not enough bytes/,
    ],
    ["an encrypted member", () => encrypted(zip), /encrypted/],
    ["a tar that ends early", () => gzipSync(Buffer.concat([tarHeader(9999), Buffer.alloc(512)])), /./],
    ["a tar with a wrong checksum", () => gzipSync(Buffer.concat([tarHeader(0, 1), Buffer.alloc(1024)])), /./],
    ["an xz file that is none", () => Buffer.from("\xfd7zXZ\0nothing", "latin1"), /./],
    ["a zstd file that is none", () => Buffer.from("\x28\xb5\x2f\xfd\xff\xff\xff\xff\xff", "latin1"), /./],
    [
      "a package without parts",
      () => Buffer.from("!<arch>\ndebian-binary   0           0     0     100644  4         `\n2.0\n"),
      /no control.tar/,
    ],
    [
      "a package with a member outside",
      () => Buffer.from("!<arch>\ndebian-binary   0           0     0     100644  4999      `\n2.0\n"),
      /damaged/,
    ],
  ])("is not read: %s", async (_, bytes, reason) => {
    const { fact } = await opened(bytes());
    expect(fact?.failure).toMatch(reason);
  });
});

function tarHeader(size: number, wrong = 0): Buffer {
  const header = Buffer.alloc(512);
  header.write("a", 0);
  header.write("0000644\0", 100);
  header.write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        0", 148);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((all, byte) => all + byte, 0) + wrong;
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return header;
}

/** A zip whose headers have another size of its one member. */
function sizeChanged(zip: Buffer, from: number, to: number): Buffer {
  const [before, after] = [Buffer.alloc(4), Buffer.alloc(4)];
  before.writeUInt32LE(from);
  after.writeUInt32LE(to);
  return replaced(zip, before.toString("latin1"), after.toString("latin1"));
}

function encrypted(zip: Buffer): Buffer {
  const bytes = Buffer.from(zip);
  bytes.writeUInt16LE(1, 6);
  bytes.writeUInt16LE(1, bytes.indexOf("PK\x01\x02") + 8);
  return bytes;
}

it("archives beyond what is read are named, whatever their order", async () => {
  const observations = new Observations();
  const { misses } = new Tracker(observations);
  for (const [path, size] of [
    ["/c", 100 * 1024 ** 2],
    ["/a", 129 * 1024 ** 2],
    ["/b", 100 * 1024 ** 2],
  ] as const) {
    observations.addFile(path, { type: "file", mode: 0, uid: 0, gid: 0, size });
    misses.archives.set(path, "zip");
  }
  await openArchives(misses, observations, signal);
  expect([...misses.reads.keys()]).toEqual(["/b"]);
  expect(["/a", "/b", "/c"].map((path) => observations.archive(path)?.fact?.failure ?? null)).toEqual([
    "it is too large, or all are",
    null,
    "it is too large, or all are",
  ]);
});
