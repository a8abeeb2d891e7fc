import { expect, it } from "vitest";
import { Provision } from "../../src/analysis/provision.ts";
import type { FileFact } from "../../src/snapshot/snapshot.ts";
import { snapshotView } from "../../src/snapshot/snapshot-view.ts";

const fact = (path: string, type: FileFact["type"], target?: string): FileFact => ({
  ...{ path, type, mode: 0o755, uid: 0, gid: 0, size: 0 },
  ...(target === undefined ? {} : { target }),
});

it("knows a place under a folder that the base has not by the spelling of the base", () => {
  const files = [fact("/lib", "symlink", "usr/lib"), fact("/usr", "directory"), fact("/usr/lib", "directory")];
  const provision = new Provision(snapshotView({ files, listed: ["/", "/usr", "/usr/lib"] }, "base"));
  const path = "/lib/i386-linux-gnu/libz.so.1";
  const provided = { builder: 0, source: path, realSource: path, place: path, soname: "libz.so.1" };
  provision.add({ ...provided, kind: "package", owner: null, upgrade: false });
  expect(provision.at("/usr/lib/i386-linux-gnu/libz.so.1")?.place).toBe(path);
});
