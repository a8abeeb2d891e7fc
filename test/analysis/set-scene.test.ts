import { expect, it } from "vitest";
import { setScene } from "../../src/analysis/set-scene.ts";
import { realPathOf } from "../../src/snapshot/path.ts";
import type { FileFact, Snapshot } from "../../src/snapshot/snapshot.ts";

const fact = (path: string, type: FileFact["type"], target?: string): FileFact => ({
  ...{ path, type, mode: 0o755, uid: 0, gid: 0, size: 0 },
  ...(target === undefined ? {} : { target }),
});

const snapshot: Snapshot = {
  snapshotVersion: 1,
  image: {
    ...{ os: "linux", architecture: "amd64", variant: null, workingDir: "", user: "" },
    ...{ env: [], entrypoint: [], cmd: [] },
  },
  osRelease: null,
  artifactPaths: ["/out"],
  files: [
    ...[fact("/lib", "symlink", "usr/lib"), fact("/usr", "directory"), fact("/usr/lib", "directory")],
    ...[fact("/opt", "directory"), fact("/home", "symlink", "nowhere")],
  ],
  listed: ["/", "/usr", "/usr/lib", "/opt"],
  unreadable: [],
  questions: [],
  loaderCache: null,
  dpkg: null,
};

it("takes an unknown base for one whose /usr is merged as the builder's, with what the links lead to", () => {
  const builders = [{ stage: null, base: null, snapshot }];
  const { baseView } = setScene({ plan: null, mappings: [], builders, base: { source: "none", reference: null } });
  expect(realPathOf(baseView, "/lib")).toMatchObject({ status: "found", path: "/usr/lib" });
  expect(realPathOf(baseView, "/home").status).toBe("absent");
  expect(realPathOf(baseView, "/opt").status).toBe("absent");
});
