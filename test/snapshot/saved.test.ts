import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareNames, decodeName, encodeName } from "../../src/base/names.ts";
import { readSnapshot, writeSnapshot } from "../../src/snapshot/saved.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";

const sample: Snapshot = {
  snapshotVersion: 1,
  image: {
    os: "linux",
    architecture: "amd64",
    variant: null,
    env: ["A=b"],
    workingDir: "",
    user: "",
    entrypoint: [],
    cmd: ["sh"],
  },
  osRelease: "ID=debian\n",
  artifactPaths: ["/out"],
  files: [
    { path: "/out", type: "directory", mode: 0o755, uid: 0, gid: 0, size: 0 },
    {
      path: "/out/a",
      type: "file",
      mode: 0o4755,
      uid: 1,
      gid: 2,
      size: 9,
      ranges: [
        [0, "f0VMRg=="],
        [5, "AAEC"],
      ],
    },
    { path: "/out/b", type: "symlink", mode: 0o777, uid: 0, gid: 0, size: 0, target: "\udcff" },
  ],
  listed: ["/out"],
  unreadable: [{ path: "/out/c", reason: "opendir: Permission denied" }],
  questions: [{ asked: "/out/a", files: ["/out/a"], loader: "/lib/ld.so", exit: null, output: "", errors: "x" }],
  loaderCache: "AAEC",
  dpkg: {
    architecture: "amd64",
    foreignArchitectures: [],
    packages: [{ Package: "a" }],
    owners: ["a: /b"],
    shlibs: [],
  },
};

/** The sample as JSON with one field changed. */
function changed(change: (value: Record<string, never> & typeof sample) => unknown): string {
  const copy = JSON.parse(JSON.stringify(sample)) as Record<string, never> & typeof sample;
  return JSON.stringify(change(copy) ?? copy);
}

describe("a saved snapshot", () => {
  it("comes back as it was, and is written with the same bytes again", () => {
    const written = writeSnapshot(sample);
    expect(readSnapshot(written, "x.json")).toEqual(sample);
    expect(writeSnapshot(readSnapshot(written, "x.json"))).toBe(written);
  });

  it("is the same whatever order the fields came in", () => {
    const reversed = Object.fromEntries(Object.entries(sample).reverse()) as unknown as Snapshot;
    expect(writeSnapshot(reversed)).toBe(writeSnapshot(sample));
  });

  it("keeps names of any bytes, through a file of UTF-8", () => {
    const anyName = fc
      .uint8Array({ minLength: 1, maxLength: 20 })
      .map((bytes) => bytes.map((b) => (b === 0 || b === 47 ? 65 : b)));
    fc.assert(
      fc.property(fc.uniqueArray(anyName, { selector: (bytes) => Buffer.from(bytes).toString("hex") }), (names) => {
        const paths = names.map((bytes) => `/${decodeName(bytes)}`).sort(compareNames);
        const files = paths.map((path) => ({ path, type: "fifo", mode: 0, uid: 0, gid: 0, size: 0 }) as const);
        const file = Buffer.from(writeSnapshot({ ...sample, files }), "utf8");
        const back = readSnapshot(file.toString("utf8"), "x.json").files.map(({ path }) =>
          encodeName(path).toString("hex"),
        );
        expect(back).toEqual(names.map((bytes) => `2f${Buffer.from(bytes).toString("hex")}`).sort());
      }),
    );
  });

  it.each<[string, string, RegExp]>([
    ["what is not JSON", "{", /x\.json is not a snapshot of msb-deps: it is not JSON/],
    ["another version", changed((s) => ({ ...s, snapshotVersion: 2 })), /snapshotVersion is not 1/],
    ["a missing field", changed((s) => ({ ...s, listed: undefined })), /listed is missing/],
    ["a relative path", changed((s) => ({ ...s, listed: ["out"] })), /listed\[0\] is not an absolute path/],
    [
      "an unknown type",
      changed((s) => ({ ...s, files: [{ ...s.files[0], type: "door" }] })),
      /files\[0\]\.type is none of file,/,
    ],
    [
      "a size that is no number",
      changed((s) => ({ ...s, files: [{ ...s.files[0], size: "9" }] })),
      /files\[0\]\.size is not a whole/,
    ],
    ["files out of order", changed((s) => ({ ...s, files: [...s.files].reverse() })), /files are not sorted/],
    [
      "ranges behind the end",
      changed((s) => ({ ...s, files: [{ ...s.files[1], size: 7 }] })),
      /files\[0\] has ranges that reach beyond/,
    ],
    [
      "ranges that overlap",
      changed((s) => ({
        ...s,
        files: [
          {
            ...s.files[1],
            ranges: [
              [0, "AAEC"],
              [2, "AAEC"],
            ],
          },
        ],
      })),
      /not in order/,
    ],
    ["bytes that are not base64", changed((s) => ({ ...s, loaderCache: "?" })), /loaderCache is not base64/],
    [
      "a symlink without a target",
      changed((s) => ({ ...s, files: [{ ...s.files[2], target: undefined }] })),
      /alone has a target/,
    ],
  ])("refuses %s", (_, json, message) => {
    expect(() => readSnapshot(json, "x.json")).toThrow(message);
    expect(() => readSnapshot(json, "x.json")).toThrow(expect.objectContaining({ code: "snapshot-invalid" }));
  });
});
