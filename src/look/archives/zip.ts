import { Readable } from "node:stream";
import * as yauzl from "yauzl";
import { decodeName } from "../../base/names.ts";
import type { Span } from "../../elf/source.ts";
import { MAX_MEMBER, type Members, maxUnpacked } from "./members.ts";

/** Bytes of a file that are at hand; null where they are not. */
export type ReadBytes = (start: number, end: number) => Buffer | null;

/** Thrown where bytes are not at hand. */
export class NotAtHand extends Error {
  readonly spans: readonly Span[];

  constructor(spans: readonly Span[]) {
    super("bytes that were not read");
    this.spans = spans;
  }
}

/**
 * Members that are no ELF files, scripts or archives, by their names: most of what wheels and jars have. Others, and those that
 * are searched as texts, are read.
 */
const OTHER_FILES =
  /\.(?:class|java|kt|scala|clj|groovy|py|pyc|pyi|pyx|pxd|js|mjs|cjs|ts|map|json|xml|xsd|dtd|html?|css|txt|md|rst|properties|ya?ml|toml|cfg|ini|conf|csv|tsv|svg|png|jpe?g|gif|ico|webp|ttf|otf|woff2?|eot|h|hpp|c|cc|cpp|mo|po|pot|dll|pyd|exe|dylib|jnilib|mf|sf|rsa|kotlin_module|proto|sql)$|(?:^|\/)(?:MANIFEST\.MF|METADATA|RECORD|WHEEL|INDEX\.LIST|LICENSE|NOTICE)$/i;
const MAX_ENTRIES = 200_000;
/** The size of a local file header without its name and extra fields (APPNOTE.TXT, 4.3.7), and room for those. */
const LOCAL_HEADER = 30;
const EXTRA = 1024;

/**
 * Adds the members of a zip file, whose directory and wanted members alone are read.
 * @throws NotAtHand where these bytes have to be fetched first
 * @throws Error where it is damaged, encrypted, or has more than fits
 */
export async function readZip(size: number, read: ReadBytes, members: Members): Promise<void> {
  const zip = await openZip(new Reader(read), size);
  try {
    const wanted = await wantedEntries(zip, members);
    const unpacked = wanted.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
    if (unpacked > maxUnpacked(size)) throw new Error(`it unpacks to ${unpacked} bytes`);
    const spans = wanted.map(
      ({ relativeOffsetOfLocalHeader: at, compressedSize, fileNameLength }): Span => [
        at,
        Math.min(size, at + LOCAL_HEADER + fileNameLength + EXTRA + compressedSize),
      ],
    );
    const missing = spans.filter(([start, end]) => read(start, end) === null);
    if (missing.length > 0) throw new NotAtHand(missing);
    for (const entry of wanted) {
      const bytes = await contentsOf(zip, entry);
      members.addFile(nameOf(entry), (entry.externalFileAttributes >>> 16) & 0o7777, bytes.length, bytes);
    }
  } finally {
    zip.close();
  }
}

class Reader extends yauzl.RandomAccessReader {
  readonly #read: ReadBytes;

  constructor(read: ReadBytes) {
    super();
    this.#read = read;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    const bytes = this.#read(start, end);
    if (bytes !== null) return Readable.from([bytes]);
    return new Readable({
      read() {
        this.destroy(new NotAtHand([[start, end]]));
      },
    });
  }
}

function openZip(reader: yauzl.RandomAccessReader, size: number): Promise<yauzl.ZipFile> {
  const options = { lazyEntries: true, decodeStrings: false, autoClose: false };
  return new Promise((resolve, reject) => {
    yauzl.fromRandomAccessReader(reader, size, options, (error, zip) => {
      if (error === null) resolve(zip);
      else reject(error);
    });
  });
}

function wantedEntries(zip: yauzl.ZipFile, members: Members): Promise<yauzl.Entry[]> {
  return new Promise((resolve, reject) => {
    const wanted: yauzl.Entry[] = [];
    let count = 0;
    zip.on("entry", (entry: yauzl.Entry) => {
      count += 1;
      const name = nameOf(entry);
      const isFile = !name.endsWith("/") && entry.uncompressedSize >= 20;
      if (count > MAX_ENTRIES) reject(new Error(`more than ${MAX_ENTRIES.toLocaleString("en")} members`));
      else if (isFile && entry.uncompressedSize > MAX_MEMBER && !OTHER_FILES.test(name))
        reject(new Error(`a member of more than ${MAX_MEMBER} bytes`));
      else {
        if (isFile && (members.wantsText(name, entry.uncompressedSize) || !OTHER_FILES.test(name))) wanted.push(entry);
        zip.readEntry();
      }
    });
    zip.once("end", () => resolve(wanted));
    zip.once("error", reject);
    zip.readEntry();
  });
}

/** @throws Error where it is encrypted, or larger than the directory says */
async function contentsOf(zip: yauzl.ZipFile, entry: yauzl.Entry): Promise<Buffer> {
  const stream = await new Promise<Readable>((resolve, reject) => {
    zip.openReadStream(entry, (error, opened) => {
      if (error === null) resolve(opened);
      else reject(error);
    });
  });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function nameOf({ fileName }: yauzl.Entry): string {
  const name: unknown = fileName;
  return Buffer.isBuffer(name) ? decodeName(name) : String(name);
}
