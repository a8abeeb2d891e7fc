import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { MsbDepsError } from "../../../src/base/errors.ts";
import { packageFiles } from "../../../src/look/package-files.ts";
import { openOci } from "../../../src/oci/open-image.ts";
import { ByteReader, readTar } from "../../../src/oci/tar.ts";
import { indexTar } from "../../../src/oci/tar-index.ts";
import { layoutOf, tarOf } from "../../../test/oci/make-archive.ts";
import { printed } from "../corpus.ts";
import { expectSame, refusingLater, type Target } from "../target.ts";
import { workFolder } from "../work-folder.ts";

const BLOCK = 512;

/** Errors of the tar reader are plain ones, which its callers put into words; those of Node.js have a code. */
function isPlain(error: Error): boolean {
  return error.constructor === Error && !("code" in error);
}

function* pieces(input: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < input.length; at += size) yield input.subarray(at, at + size);
}

/** The entries of a tar, its contents as digests. */
async function entriesOf(input: Buffer, pieceBytes: number): Promise<unknown[] | null> {
  const found: unknown[] = [];
  return refusingLater(async () => {
    for await (const { name, type, mode, uid, gid, size, linkName, read } of readTar(
      Readable.from(pieces(input, pieceBytes)),
    )) {
      const contents = await read(Math.min(size, 1000));
      const digest = createHash("sha1").update(contents).digest("hex");
      found.push([name.toString("hex"), type, mode, uid, gid, size, linkName.toString("hex"), digest]);
    }
    return found;
  }, isPlain);
}

export const tar: Target = {
  seeds: async () => [
    ...["ustar", "gnu", "posix", "v7"].flatMap((format) =>
      printed(
        "tar",
        "-c",
        `--format=${format}`,
        "--sort=name",
        "--mtime=@0",
        "-C",
        "/etc",
        "apt",
        "ld.so.conf.d",
        "dpkg",
      ),
    ),
    await tarOf({ "a/": "", "a/b": "text", "a/c": { link: "b" }, [`${"long/".repeat(60)}name`]: "x" }),
  ],
  words: ["ustar\x0000", "ustar  \0", "30 path=x\n", "size=0\n", "GNU.sparse.major=1", "../", "\x80", "7777777"],
  repair: fitSums,
  async run(input) {
    const whole = await entriesOf(input, Math.max(1, input.length));
    expectSame("in pieces", await entriesOf(input, 997), whole);
    await refusingLater(() => indexTar(new ByteReader(Readable.from([input]))), isPlain);
    await refusingLater(() => packageFiles(input), isPlain);
  },
};

/** The sums of all blocks that look like headers. */
function fitSums(input: Buffer): Buffer {
  const fixed = Buffer.from(input);
  for (let at = 0; at + BLOCK <= fixed.length; at += BLOCK) {
    const header = fixed.subarray(at, at + BLOCK);
    if (header.toString("latin1", 257, 262) !== "ustar") continue;
    header.fill(0x20, 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  }
  return fixed;
}

const PART = "\n--- part ---\n";
const folder = workFolder();

const sha = (bytes: string | Buffer): string => createHash("sha256").update(bytes).digest("hex");

/** An image as text: index, manifest, configuration and layer; `@MANIFEST@` and its like stand for digests. */
async function seedImages(): Promise<Buffer[]> {
  const layer = await tarOf({ "etc/": "", "etc/os-release": "ID=debian\n", "bin/.wh.sh": "" });
  const files = layoutOf([{ layers: [{ tar: layer }] }]);
  const texts = Object.entries(files).flatMap(([, content]) => (typeof content === "string" ? [content] : []));
  const find = (word: string): string => texts.find((text) => text.includes(word)) ?? "";
  const [index, manifest, config] = [find('"manifests"'), find('"layers"'), find('"diff_ids"')];
  const named = (text: string): string =>
    text.replaceAll(sha(manifest), "@MANIFEST@").replaceAll(sha(config), "@CONFIG@").replaceAll(sha(layer), "@LAYER@");
  const head = Buffer.from([index, manifest, config].map((text) => named(text) + PART).join(""), "latin1");
  return [Buffer.concat([head, layer])];
}

/** Writes the archive that the text describes; all its digests fit. */
async function archiveOf(input: Buffer): Promise<string> {
  const [index = "", manifest = "", config = "", ...rest] = input.toString("latin1").split(PART);
  const layer = Buffer.from(rest.join(PART), "latin1");
  const withLayer = (text: string): string => text.replaceAll("@LAYER@", sha(layer));
  const configBytes = Buffer.from(withLayer(config), "latin1");
  const manifestBytes = Buffer.from(withLayer(manifest).replaceAll("@CONFIG@", sha(configBytes)), "latin1");
  const indexBytes = Buffer.from(index.replaceAll("@MANIFEST@", sha(manifestBytes)), "latin1");
  const blobs = [layer, configBytes, manifestBytes].map((bytes) => [`blobs/sha256/${sha(bytes)}`, bytes] as const);
  const path = join(folder, "image.tar");
  writeFileSync(
    path,
    await tarOf(Object.fromEntries([["index.json", indexBytes], ["manifest.json", indexBytes], ...blobs])),
  );
  return path;
}

export const oci: Target = {
  seeds: seedImages,
  words: [
    '"manifests":',
    '"layers":[]',
    '"digest":',
    "null",
    "{}",
    "[]",
    '"sha256:@LAYER@"',
    '"platform":{',
    '"__proto__":',
    '"annotations":1',
  ],
  async run(input) {
    const machine = { os: "linux", architecture: "amd64", variant: null };
    const wish = { reference: await archiveOf(input), platform: null, machine };
    const image = await refusingLater(
      () => openOci(wish, new AbortController().signal),
      (error) => error instanceof MsbDepsError,
    );
    for (const layer of image?.layers ?? []) {
      const read = async (): Promise<void> => {
        for await (const entry of readTar(await layer.stream())) await entry.read(10);
      };
      await refusingLater(read, isPlain);
    }
    await image?.close();
  },
};
