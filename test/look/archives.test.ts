import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { lookAtFolder } from "../../src/look/by-folder.ts";
import { lookAtLayers } from "../../src/look/by-layers.ts";
import { lookByScript } from "../../src/look/by-script.ts";
import { openOci } from "../../src/oci/open-image.ts";
import { readSnapshot, writeSnapshot } from "../../src/snapshot/saved.ts";
import type { FileFact, Snapshot } from "../../src/snapshot/snapshot.ts";
import { makeElf } from "../elf/make-elf.ts";
import { savedOf, tarOf } from "../oci/make-archive.ts";
import { engineHere, imageHere } from "./here.ts";
import { zipOf } from "./make-zip.ts";

const { signal } = new AbortController();
let root: string;
beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "msb-deps-test-")));
  for (const [name, bytes] of Object.entries(await archives())) writeFileSync(join(root, name), bytes);
});
afterAll(() => rmSync(root, { recursive: true }));

const program = makeElf({ type: 3, needed: ["libyaml-0.so.2"], rpath: "$ORIGIN/../own", interpreter: "/lib/ld.so" });
const library = Buffer.concat([makeElf({ type: 3, soname: "libown.so.1" }), Buffer.alloc(1_000_000)]);
const text = Buffer.from("nothing of interest\n".repeat(50));

async function tar(members: Readonly<Record<string, Uint8Array | string>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(members)) {
    if (typeof content === "string") archive.entry({ name, type: "symlink", linkname: content });
    else archive.entry({ name, mode: 0o755 }, Buffer.from(content));
  }
  archive.finalize();
  return buffer(archive);
}

const compress = (command: string, bytes: Buffer): Buffer => execFileSync(command, ["-c"], { input: bytes });

function deb(compression: string): Buffer {
  const at = join(root, "pkg");
  mkdirSync(join(at, "DEBIAN"), { recursive: true });
  mkdirSync(join(at, "usr/bin"), { recursive: true });
  writeFileSync(join(at, "usr/bin/tool"), program);
  const control =
    "Package: tool\nVersion: 1\nArchitecture: amd64\nMaintainer: a <a@example.com>\nDepends: libc6 (>= 2.36),\n libyaml-0-2 | x\nDescription: x\n";
  writeFileSync(join(at, "DEBIAN/control"), control);
  execFileSync("dpkg-deb", [`-Z${compression}`, "--root-owner-group", "-b", at, join(root, "made")], {
    stdio: "ignore",
  });
  const bytes = readFileSync(join(root, "made"));
  rmSync(at, { recursive: true });
  rmSync(join(root, "made"));
  return bytes;
}

async function archives(): Promise<Readonly<Record<string, Buffer>>> {
  const wheel = zipOf({
    "pkg/_native.so": program,
    "own/libown.so.1": library,
    "pkg/__init__.py": text,
    "tool.data/scripts/run": Buffer.from("#!/usr/bin/env python3\n".padEnd(400, "#")),
  });
  const files = await tar({
    "./bin/app": program,
    "own/libown.so.1": library,
    "own/libown.so": "libown.so.1",
    readme: text,
  });
  const texts = {
    "pkg/load.py": Buffer.from('from ctypes import CDLL\nimport json, _native\nCDLL("libpq.so.5")\n'),
    "pkg/quiet.py": Buffer.from("import json\nprint('nothing of that kind')\n"),
    "pkg/blocks.ini": Buffer.from("Driver=/usr/lib/libodbc-x.so\n".padEnd(1024, "#")),
    "pkg/notes.md": Buffer.from("libmd.so.1 is for readers"),
    "pkg/binary.json": Buffer.from("libnul.so.1\0"),
  };
  return {
    "texts.whl": zipOf({ "pkg/_native.so": program, ...texts }),
    "texts.tar.gz": gzipSync(await tar({ "pkg/_native.so": program, ...texts })),
    "a.whl": wheel,
    "no extension": wheel,
    "big.jar": zipOf({
      "META-INF/native/libjni.so": library,
      "a.class": Buffer.alloc(300_000, "x"),
      "lib/b.jar": wheel,
    }),
    "app.tar": files,
    "gem.gem": await tar({ "data.tar.gz": gzipSync(files), "metadata.gz": gzipSync(text) }),
    "app.tar.gz": gzipSync(files),
    "app.txz": compress("xz", files),
    "app.tar.zst": compress("zstd", files),
    "xz.deb": deb("xz"),
    "zstd.deb": deb("zstd"),
    "app.tar.bz2": Buffer.from("BZh91AY"),
    "cut.whl": wheel.subarray(0, 3000),
    "cut.tar.gz": gzipSync(files).subarray(0, 1500),
    "page.html.gz": gzipSync(text),
    "data.xz": compress("xz", text),
    blocks: Buffer.alloc(2048, "x"),
    "lib.a": Buffer.from("!<arch>\ndebian-binary".padEnd(2048)),
    "taken.whl": wheel,
    "taken.whl!": text,
  };
}

const request = (path: string) => ({
  artifactPaths: [path],
  folders: [],
  paths: [],
  askLoader: true,
  searchStrings: true,
});
const inRoot = ({ files }: Snapshot, at = root): FileFact[] =>
  files.flatMap((file) => (file.path.startsWith(`${at}/`) ? [{ ...file, path: file.path.slice(at.length + 1) }] : []));

it("opens archives the same whatever way they are looked at", async () => {
  const byScript = await lookByScript(engineHere(), imageHere, request(root), signal);
  const byFolder = await lookAtFolder(
    { path: "/", architecture: "amd64", run: null, asNobody: false },
    request(root),
    signal,
  );
  const content = readArchives();
  const image = await openOci(
    {
      reference: await savedImage(content),
      platform: null,
      machine: { os: "linux", architecture: "amd64", variant: null },
    },
    signal,
  );
  const asked = { ...request("/out"), askLoader: false };
  const byLayers = await (await lookAtLayers(image, ["/out"], signal)).ask(asked).finally(() => image.close());
  expect(inRoot(byFolder)).toEqual(inRoot(byScript));
  const plain = (files: FileFact[]) =>
    JSON.parse(JSON.stringify(files).replaceAll(root, "/out")).map((one: FileFact) => ({
      ...one,
      mode: 0,
      uid: 0,
      gid: 0,
    }));
  expect(plain(inRoot(byLayers, "/out"))).toEqual(plain(inRoot(byScript)));
  expect(writeSnapshot(readSnapshot(writeSnapshot(byScript), "x"))).toBe(writeSnapshot(byScript));
  expect(byScript.questions.flatMap(({ files }) => files).filter((path) => path.startsWith(root))).toEqual([]);
  expect(byScript.unreadable).toEqual([]);

  const facts = new Map(inRoot(byScript).map((file) => [file.path, file]));
  const opened = [...facts].flatMap(([path, { archive }]) =>
    archive === undefined ? [] : [`${path}: ${archive.kind} ${archive.failure}`],
  );
  expect(opened.map((line) => line.replace(/(cut[^:]*: \w+) .*/, "$1 damaged"))).toEqual([
    "a.whl: zip null",
    "app.tar: tar null",
    "app.tar.bz2: other of a kind that is not read",
    "app.tar.gz: tar null",
    "app.tar.zst: tar null",
    "app.txz: tar null",
    "big.jar: zip null",
    "cut.tar.gz: tar damaged",
    "cut.whl: zip damaged",
    "gem.gem: tar null",
    "no extension: zip null",
    `taken.whl: other ${root}/taken.whl! exists`,
    "texts.tar.gz: tar null",
    "texts.whl: zip null",
    "xz.deb: deb null",
    "zstd.deb: deb null",
  ]);
  const members = (name: string) =>
    [...facts].flatMap(([path, { type }]) =>
      path.startsWith(`${name}!/`) && type !== "directory" && type !== "absent" ? [path.slice(name.length + 2)] : [],
    );
  expect(members("a.whl")).toEqual(["own/libown.so.1", "pkg/_native.so", "tool.data/scripts/run"]);
  for (const name of ["app.tar", "app.tar.gz", "app.txz", "app.tar.zst"])
    expect(members(name)).toEqual(["bin/app", "own/libown.so", "own/libown.so.1"]);
  expect(members("big.jar")).toEqual(["META-INF/native/libjni.so"]);
  expect(facts.get("big.jar")?.archive?.nested).toEqual([`${root}/big.jar!/lib/b.jar`]);
  expect(members("gem.gem")).toEqual(members("app.tar"));
  for (const name of ["texts.whl", "texts.tar.gz"]) {
    expect(members(name)).toEqual(["pkg/_native.so", "pkg/blocks.ini", "pkg/load.py"]);
    expect(facts.get(`${name}!/pkg/load.py`)).toMatchObject({ sonameStrings: ["libpq.so.5"], imports: ["_native"] });
    expect(facts.get(`${name}!/pkg/blocks.ini`)?.sonameStrings).toEqual(["/usr/lib/libodbc-x.so"]);
  }
  expect(members("xz.deb")).toEqual(["usr/bin/tool"]);
  expect(facts.get("zstd.deb")?.archive?.control).toEqual({
    Package: "tool",
    Depends: "libc6 (>= 2.36), libyaml-0-2 | x",
  });
}, 300_000);

function readArchives(): Readonly<Record<string, Buffer>> {
  const names = execFileSync("ls", ["-A", root], { encoding: "utf8" }).trim().split("\n");
  return Object.fromEntries(
    names.filter((name) => statSync(join(root, name)).isFile()).map((name) => [name, readFileSync(join(root, name))]),
  );
}

async function savedImage(content: Readonly<Record<string, Buffer>>): Promise<string> {
  const layer = pack();
  layer.entry({ name: "out/", type: "directory", mode: 0o755 });
  for (const [name, bytes] of Object.entries(content)) layer.entry({ name: `out/${name}` }, bytes);
  layer.finalize();
  const folder = mkdtempSync(join(tmpdir(), "msb-deps-test-"));
  const path = join(folder, "image.tar");
  writeFileSync(path, await tarOf(savedOf({ layers: [{ tar: await buffer(layer) }] })));
  return path;
}
