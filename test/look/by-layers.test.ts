import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { type Header, pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { lookAtLayers } from "../../src/look/by-layers.ts";
import { openOci } from "../../src/oci/open-image.ts";
import { writeSnapshot } from "../../src/snapshot/saved.ts";
import { makeElf } from "../elf/make-elf.ts";
import { savedOf, tarOf } from "../oci/make-archive.ts";

const { signal } = new AbortController();
const machine = { os: "linux", architecture: "amd64", variant: null };
let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "msb-deps-test-"));
});
afterAll(() => rmSync(root, { recursive: true }));

type Entry = Partial<Header> & { readonly name: string } & { readonly content?: string | Uint8Array };

async function layer(...entries: readonly Entry[]): Promise<Buffer> {
  const tar = pack();
  for (const { content, ...header } of entries) {
    if (content === undefined) tar.entry(header);
    else tar.entry(header, Buffer.from(content));
  }
  tar.finalize();
  return buffer(tar);
}

const program = makeElf({ type: 3, needed: ["libz.so.1"], soname: "libown.so.1" });
const folder = (name: string): Entry => ({ name, type: "directory", mode: 0o755 });

/** Layers that hide, replace, link, and write through a link that a lower layer has. */
const layers = (): Promise<readonly Buffer[]> =>
  Promise.all([
    layer(
      ...["usr/", "usr/lib/", "out/", "out/old/", "etc/"].map(folder),
      { name: "lib", type: "symlink", linkname: "usr/lib" },
      { name: "etc/ld.so.conf", content: "/first\n" },
      { name: "out/old/gone", content: "#!/bin/sh\n" },
      { name: "out/app", content: program },
    ),
    layer(
      { name: "out/.wh.old", content: "" },
      { name: "out/again", type: "link", linkname: "out/app" },
      { name: "etc/ld.so.conf", content: "/second\n" },
      { name: "lib/libown.so.1", content: program },
    ),
    layer(
      { name: "out/old/new", content: "#!/bin/bash\n" },
      { name: "lib/script", content: "#!/usr/bin/perl\n" },
      { name: "out/.wh.app", content: "" },
    ),
  ]);

async function seen(path: string, artifacts: readonly string[]): Promise<{ text: string; read: readonly number[] }> {
  const image = await openOci({ reference: path, platform: null, machine }, signal);
  const read: number[] = [];
  const look = await lookAtLayers(image, artifacts, signal, (index, state) => {
    if (state === "started") read.push(index);
  });
  const request = { artifactPaths: artifacts, folders: [], paths: [], askLoader: false, searchStrings: true };
  const snapshot = await look.ask(request).finally(() => image.close());
  return { text: writeSnapshot(snapshot), read };
}

describe("layers that are read in another order than they lie in", () => {
  it.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]], [[2, 0, 1]]])(
    "give the same snapshot where they stand as %j",
    async (order) => {
      const tars = await layers();
      const files = Object.entries(savedOf({ layers: tars.map((tar) => ({ tar })) }));
      const at = (name: string): number => order.indexOf(Number(/^layer(\d)/.exec(name)?.[1] ?? -1));
      const sorted = Object.fromEntries(files.sort(([a], [b]) => at(a) - at(b)));
      const [plain, compressed] = [join(root, `${order}.tar`), join(root, `${order}.tar.gz`)];
      const tar = await tarOf(sorted);
      writeFileSync(plain, tar);
      writeFileSync(compressed, gzipSync(tar));
      const expected = await seen(plain, ["/out", "/usr/lib"]);
      expect(expected.read).toEqual([0, 1, 2]);
      for (const path of ["/out/again", "/out/old/new", "/usr/lib/script"]) expect(expected.text).toContain(path);
      for (const gone of ["/out/app", "/out/old/gone"]) expect(expected.text).not.toContain(`"${gone}"`);
      expect(await seen(compressed, ["/out", "/usr/lib"])).toEqual({ text: expected.text, read: order });
    },
  );

  it("are named where one cannot be laid over the others", async () => {
    const broken = [await layer({ name: "a", content: "x" }), await layer({ name: "a/b", content: "y" })];
    const { "layer0/layer.tar": first = "", ...rest } = savedOf({ layers: broken.map((tar) => ({ tar })) });
    const path = join(root, "broken.tar.gz");
    writeFileSync(path, gzipSync(await tarOf({ ...rest, "layer0/layer.tar": first })));
    await expect(seen(path, ["/"])).rejects.toMatchObject({
      code: "oci-invalid",
      message: expect.stringMatching(/cannot read the layer layer1\/layer.tar: .*is inside a file/),
    });
  });
});
