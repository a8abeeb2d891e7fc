import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type OciImage, openOci } from "../../src/oci/open-image.ts";
import { blobName, layoutOf, type MadeImage, savedOf, sha256, tarOf, writeFiles } from "./make-archive.ts";

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
const machine = { os: "linux", architecture: "amd64", variant: null };
const open = (reference: string, platform: string | null = null): Promise<OciImage> =>
  openOci({ reference, machine, platform: platform === null ? null : { ...machine, architecture: platform } });

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
    ["is a FIFO", () => fifo(), /neither a file nor a folder/],
    ["is empty", () => folder({ x: "" }), /neither index.json nor manifest.json/],
    ["is no tar", () => join(folder({ x: "x".repeat(2000) }), "x"), /no tar that can be read in place/],
    ["is a tar that breaks off", async () => cut(await tarFile(layoutOf([one]))), /breaks off/],
    [
      "is compressed as a whole",
      async () => join(folder({ x: gzipSync(await tarOf(layoutOf([one]))) }), "x"),
      /no tar/,
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
      /another form/,
    ],
    [
      "leads out of itself",
      () => folder({ "manifest.json": '[{"Config":"../../../../etc/passwd","Layers":[]}]' }),
      /passwd is not in it/,
    ],
    [
      "has more layers than its configuration",
      () => folder(layoutOf([{ ...one, diffIds: [] }])),
      /2 layers, and its configuration speaks of 0/,
    ],
    [
      "has a layer of another kind",
      () => folder(layoutOf([{ layers: [{ tar: Buffer.alloc(1024), mediaType: "application/vnd.wasm" }] }])),
      /a layer is of the type application\/vnd.wasm/,
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

function fifo(): string {
  count += 1;
  const path = join(root, String(count));
  execFileSync("mkfifo", [path]);
  return path;
}

function cut(path: string): string {
  truncateSync(path, 5000);
  return path;
}
