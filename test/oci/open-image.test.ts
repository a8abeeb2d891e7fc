import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, renameSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OciImage, openOci } from "../../src/oci/open-image.ts";
import { blobName, layoutOf, type MadeImage, savedOf, sha256, tarOf, writeFiles, zstdOf } from "./make-archive.ts";

let root: string;
let count = 0;
let one: MadeImage;

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "msb-deps-test-"));
  const [first, second] = [await tarOf({ "etc/": "", "etc/a": "one" }), await tarOf({ "etc/b": "two" })];
  const gzip = { blob: gzipSync(second), mediaType: "application/vnd.oci.image.layer.v1.tar+gzip" };
  one = { layers: [{ tar: first }, { tar: second, ...gzip }] };
});
afterAll(() => rmSync(root, { recursive: true }));

const folder = (files: Readonly<Record<string, string | Uint8Array>>): string => {
  count += 1;
  return writeFiles(join(root, String(count)), files);
};
const tarFile = async (files: Parameters<typeof tarOf>[0]): Promise<string> => {
  count += 1;
  const path = join(root, `${count}.tar`);
  writeFileSync(path, await tarOf(files));
  return path;
};
const { signal } = new AbortController();
const bytesFile = (bytes: Uint8Array): string => join(folder({ x: bytes }), "x");
const machine = { os: "linux", architecture: "amd64", variant: null };
const open = (reference: string, platform: string | null = null): Promise<OciImage> =>
  openOci({ reference, machine, platform: platform === null ? null : { ...machine, architecture: platform } }, signal);

async function contents(reference: string): Promise<readonly string[]> {
  const image = await open(reference);
  try {
    return await Promise.all(image.layers.map(async (layer) => text(await layer.stream())));
  } finally {
    await image.close();
  }
}

describe("an archive of one image", () => {
  it.each([
    ["an OCI layout", async () => folder(layoutOf([one]))],
    ["a tar of an OCI layout", async () => tarFile(layoutOf([one]))],
    ["a tar of docker save", async () => tarFile(savedOf(one))],
    ["docker save, unpacked", async () => folder(savedOf(one))],
    [
      "docker save with a layer that stands elsewhere",
      async () => {
        const files = savedOf(one);
        const { "layer1/layer.tar": layer = "", ...rest } = files;
        return tarFile({ "other/layer.tar": layer, ...rest, "layer1/layer.tar": { link: "../other/layer.tar" } });
      },
    ],
    ["a tar of an OCI layout, compressed with gzip", async () => bytesFile(gzipSync(await tarOf(layoutOf([one]))))],
    ["a tar of docker save, compressed with gzip", async () => bytesFile(gzipSync(await tarOf(savedOf(one))))],
    ["a tar of docker save, compressed with Zstandard", async () => bytesFile(zstdOf(await tarOf(savedOf(one))))],
    [
      "a gzip file of several members, with zeros behind",
      async () => {
        const tar = await tarOf(layoutOf([one]));
        const members = [tar.subarray(0, 3000), tar.subarray(3000)].map((part) => gzipSync(part));
        return bytesFile(Buffer.concat([...members, Buffer.alloc(700)]));
      },
    ],
    [
      "a compressed tar whose layers stand in another order, one of them twice",
      async () => {
        const files = savedOf(one);
        const { "layer0/layer.tar": first = "", "layer1/layer.tar": second = "", ...rest } = files;
        const link = { link: "../other/layer.tar" };
        return bytesFile(
          gzipSync(
            await tarOf({ "layer1/layer.tar": second, "other/layer.tar": first, ...rest, "layer0/layer.tar": link }),
          ),
        );
      },
    ],
  ])("is opened as %s", async (_, make) => {
    const path = await make();
    const image = await open(path);
    expect(image.facts).toMatchObject({ os: "linux", architecture: "amd64", env: ["PATH=/bin"], cmd: ["run"] });
    await image.close();
    const layers = await contents(path);
    expect(layers.map((tar) => /one|two/.exec(tar)?.[0])).toEqual(["one", "two"]);
  });

  it("may have a name with a colon", async () => {
    const path = folder({ "x:y/oci-layout": "" });
    writeFiles(join(path, "x:y"), layoutOf([one]));
    expect(await contents(join(path, "x:y"))).toHaveLength(2);
  });
});

describe("an archive that is compressed as a whole", () => {
  it("can be read in any order, and in several readings at once", async () => {
    const tars = await Promise.all([0, 1, 2, 3].map((index) => tarOf({ [`f${index}`]: randomBytes(300_000) })));
    const image = await open(bytesFile(gzipSync(await tarOf(layoutOf([{ layers: tars.map((tar) => ({ tar })) }])))));
    const read = async (index: number): Promise<Buffer> => buffer((await image.layers[index]?.stream()) ?? fail());
    for (const index of [3, 1, 1, 0, 2]) expect((await read(index)).equals(tars[index] ?? Buffer.alloc(0))).toBe(true);
    const together = await Promise.all([2, 0, 3, 1].map(read));
    expect(together.map((tar) => tars.findIndex((own) => own.equals(tar)))).toEqual([2, 0, 3, 1]);
    const left = await image.layers[0]?.stream();
    left?.destroy();
    await image.close();
  });

  it("ends with what the signal says", async () => {
    const interruption = new AbortController();
    const path = bytesFile(gzipSync(await tarOf(layoutOf([one]))));
    const opening = openOci({ reference: path, machine, platform: null }, interruption.signal);
    interruption.abort(new Error("enough"));
    await expect(opening).rejects.toThrow(/^enough$/);
  });
});

describe("an archive of several images", () => {
  const several = (): MadeImage[] => [
    {
      ...one,
      platform: { os: "linux", architecture: "amd64" },
      annotations: { "io.containerd.image.name": "docker.io/library/app:1" },
    },
    { ...one, architecture: "arm64", platform: { os: "linux", architecture: "arm64" } },
    { ...one, architecture: "s390x", annotations: { "org.opencontainers.image.ref.name": "big" } },
    { layers: [], architecture: "unknown", platform: { os: "unknown", architecture: "unknown" } },
  ];
  const architecture = async (reference: string, platform: string | null = null): Promise<string> => {
    const image = await open(reference, platform);
    await image.close();
    return image.facts.architecture;
  };

  it("gives the one of this machine, of a platform, by name or by digest", async () => {
    const files = layoutOf(several());
    const path = folder(files);
    expect(await architecture(path)).toBe("amd64");
    expect(await architecture(path, "arm64")).toBe("arm64");
    expect(await architecture(`${path}:big`)).toBe("s390x");
    expect(await architecture(`${path}:app:1`)).toBe("amd64");
    const { manifests } = JSON.parse(String(files["index.json"])) as { manifests: { digest: string }[] };
    expect(await architecture(`${path}@${manifests[1]?.digest}`)).toBe("arm64");
  });

  it("does not choose where it is not clear, and says what there is", async () => {
    const path = folder(layoutOf([one, { ...one, annotations: { "org.opencontainers.image.ref.name": "v2" } }]));
    await expect(open(path)).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining("2 images of linux/amd64"),
      tried: [expect.stringContaining("no name"), expect.stringContaining("v2")],
    });
    await expect(open(path, "riscv64")).rejects.toMatchObject({
      message: expect.stringContaining("no image of linux/riscv64"),
    });
    await expect(open(`${path}:v3`)).rejects.toMatchObject({ message: expect.stringContaining("no image v3") });
  });

  it("follows an index within the index", async () => {
    const files = layoutOf([one]);
    const inner = String(files["index.json"]);
    const outer = {
      manifests: [{ mediaType: "application/vnd.oci.image.index.v1+json", digest: sha256(inner), size: 1 }],
    };
    const path = folder({ ...files, [blobName(sha256(inner))]: inner, "index.json": JSON.stringify(outer) });
    expect(await contents(path)).toHaveLength(2);
  });
});

describe("an archive that is not right", () => {
  const change = (name: RegExp, edit: (content: string) => string): Record<string, string | Uint8Array> => {
    const files = layoutOf([one]);
    return Object.fromEntries(
      Object.entries(files).map(([key, value]) => [
        key,
        name.test(String(value).slice(0, 300)) ? edit(String(value)) : value,
      ]),
    );
  };

  it.each<readonly [string, () => string | Promise<string>, RegExp]>([
    ["is not there", () => join(root, "no.tar"), /no such file/],
    ["is a FIFO", () => fifo(), /neither a file nor a directory/],
    ["is empty", () => folder({ x: "" }), /neither index.json nor manifest.json/],
    ["is no tar", () => join(folder({ x: "x".repeat(2000) }), "x"), /not a readable tar archive/],
    ["is a tar that breaks off", async () => cut(await tarFile(layoutOf([one]))), /truncated/],
    ["is compressed, and breaks off", async () => cut(bytesFile(await noisy())), /gzip data .*unexpected end of file/],
    [
      "is compressed, and lacks its checksum",
      async () => bytesFile(gzipSync(await tarOf(layoutOf([one]))).subarray(0, -5)),
      /gzip data .*unexpected end of file/,
    ],
    [
      "is compressed with Zstandard, and breaks off",
      async () => bytesFile(zstdOf(await tarOf(layoutOf([one]))).subarray(0, -5)),
      /not a readable tar archive/,
    ],
    [
      "is compressed with something else behind",
      async () => bytesFile(Buffer.concat([gzipSync(await tarOf(layoutOf([one]))), Buffer.from("garbage")])),
      /gzip data .*incorrect header check/,
    ],
    [
      "is compressed twice",
      async () => bytesFile(gzipSync(gzipSync(await tarOf(layoutOf([one]))))),
      /not a readable tar archive/,
    ],
    ["is compressed, and no tar", () => bytesFile(gzipSync(Buffer.from("x"))), /truncated/],
    [
      "is compressed with xz",
      () => bytesFile(Buffer.from("\xfd7zXZ\0rest", "latin1")),
      /xz compression is not supported/,
    ],
    ["has a manifest that is not JSON", () => folder({ "index.json": "{" }), /index.json is not JSON/],
    ["has an index of another form", () => folder({ "index.json": '{"manifests": 1}' }), /manifests is not a list/],
    [
      "has a manifest with another digest",
      () => folder(change(/"layers"/, (text) => `${text} `)),
      /does not have the digest/,
    ],
    [
      "has a configuration with another digest",
      () => folder(change(/rootfs/, (text) => text.replace("amd64", "arm64"))),
      /does not have the digest/,
    ],
    [
      "names a digest of another form",
      () => folder({ "index.json": '{"manifests":[{"digest":"sha256:../../../etc/passwd"}]}' }),
      /not sha256/,
    ],
    [
      "leads out of itself",
      () => folder({ "manifest.json": '[{"Config":"../../../../etc/passwd","Layers":[]}]' }),
      /passwd is not in it/,
    ],
    ["has a layer that is a link out of it", () => linkedOut(), /blobs\/sha256\/[0-9a-f]{64} is a link out of it/],
    [
      "has more layers than its configuration",
      () => folder(layoutOf([{ ...one, diffIds: [] }])),
      /2 layers, but its configuration lists 0/,
    ],
    [
      "has a layer of another kind",
      () => folder(layoutOf([{ layers: [{ tar: Buffer.alloc(1024), mediaType: "application/vnd.wasm" }] }])),
      /a layer has the unsupported type application\/vnd.wasm/,
    ],
  ])("is refused where it %s", async (_, make, message) => {
    await expect(open(await make())).rejects.toMatchObject({
      code: "oci-invalid",
      message: expect.stringMatching(message),
    });
  });

  it.each<readonly [string, () => MadeImage, RegExp]>([
    ["whose contents are others", () => ({ ...one, diffIds: [sha256("x"), sha256("y")] }), /have the digest/],
    [
      "whose gzip breaks off",
      () => ({ layers: one.layers.map((layer) => ({ ...layer, blob: gzipSync(layer.tar).subarray(0, 40) })) }),
      /unexpected end of file/,
    ],
  ])("fails at the end of a layer %s", async (_, make, message) => {
    await expect(contents(folder(layoutOf([make()])))).rejects.toThrow(message);
  });
});

/** An archive that no compression makes much smaller. */
async function noisy(): Promise<Uint8Array> {
  return gzipSync(await tarOf({ noise: randomBytes(20_000), ...layoutOf([one]) }));
}

function fail(): never {
  throw new Error("there is no such layer");
}

function fifo(): string {
  count += 1;
  const path = join(root, String(count));
  execFileSync("mkfifo", [path]);
  return path;
}

/** A layer's very bytes, which lie outside of the directory. */
function linkedOut(): string {
  const layout = folder(layoutOf([one]));
  const blob = join(layout, blobName(sha256(one.layers[0]?.tar ?? "")));
  const outside = join(root, `outside-${count}`);
  renameSync(blob, outside);
  symlinkSync(outside, blob);
  return layout;
}

function cut(path: string): string {
  truncateSync(path, 5000);
  return path;
}
