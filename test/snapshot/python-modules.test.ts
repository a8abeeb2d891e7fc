import { expect, it } from "vitest";
import { pythonOfModule, pythonPaths } from "../../src/snapshot/python-modules.ts";

it.each<[string, string | null]>([
  ["/a/x.cpython-313-x86_64-linux-gnu.so", "python3.13"],
  ["/a/x.cpython-39-aarch64-linux-gnu.so", "python3.9"],
  ["/a/x.abi3.so", "python3"],
  ["/a/x.cpython-313t-x86_64-linux-gnu.so", null],
  ["/a/x.pypy310-pp73-x86_64-linux-gnu.so", null],
  ["/a/libx.so", null],
  ["/a/x.cpython-313-x86_64-linux-gnu.so.bak", null],
])("%s is loaded by %s", (path, program) => expect(pythonOfModule(path)).toBe(program));

it("looks for the version and for the default", () => {
  expect(pythonPaths("/a/x.cpython-313-x.so")).toEqual(
    expect.arrayContaining(["/usr/bin/python3", "/usr/bin/python3.13"]),
  );
  expect(pythonPaths("/a/libx.so")).toEqual([]);
});
