import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunInside } from "../../src/look/ask-inside.ts";
import { lookAtFolder } from "../../src/look/by-folder.ts";
import { lookByScript } from "../../src/look/by-script.ts";
import { runHere } from "../../src/look/run-here.ts";
import { writeSnapshot } from "../../src/snapshot/saved.ts";
import type { LookRequest } from "../../src/snapshot/snapshot.ts";
import { engineHere, imageHere } from "./here.ts";

const { signal } = new AbortController();
const request = (...artifactPaths: string[]): LookRequest => ({
  artifactPaths,
  folders: [],
  paths: ["/usr/bin/perl"],
  askLoader: true,
  searchStrings: true,
});

let root: string;
let socket: Server;

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "msb-deps-test-")));
  socket = await hostileTree(root);
});
afterAll(() => {
  socket.close();
  chmodSync(join(root, "locked"), 0o700);
  rmSync(root, { recursive: true });
});

async function hostileTree(at: string): Promise<Server> {
  for (const name of ["with space", "new\nline", "$(touch x)", "star*[x]?\\y", "é"]) {
    writeFileSync(join(at, name), "#!/bin/sh\n");
    copyFileSync("/bin/true", join(at, `${name}.elf`));
  }
  copyFileSync("/bin/ls", Buffer.concat([Buffer.from(`${at}/bad`), Buffer.of(0xff, 0x80)]));
  execFileSync("mkfifo", [join(at, "fifo")]);
  symlinkSync("loop2", join(at, "loop1"));
  symlinkSync("loop1", join(at, "loop2"));
  symlinkSync("no/where", join(at, "dangling"));
  symlinkSync("/", join(at, "to-root"));
  symlinkSync("../../../../etc/passwd", join(at, "out"));
  mkdirSync(join(at, "locked"));
  chmodSync(join(at, "locked"), 0);
  linkSync(join(at, "é.elf"), join(at, "hard"));
  copyFileSync("/bin/cat", join(at, "sparse"));
  truncateSync(join(at, "sparse"), 4 * 1024 ** 3);
  writeFileSync(join(at, "self-extracting"), Buffer.concat([Buffer.from("#!/bin/sh\n"), readFileSync("/bin/ls")]));
  writeFileSync(join(at, "with a tail"), Buffer.concat([readFileSync("/bin/true"), readFileSync("/bin/ls")]));
  mkdirSync(join(at, "ld.so.conf.d"));
  writeFileSync(join(at, "ld.so.conf.d", "x.conf"), "/opt/x\n");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(at, "socket"), resolve));
  return server;
}

describe("the look at this machine as a folder", () => {
  it.each(["the hostile tree", "/usr/sbin"])(
    "sees of %s what the script sees, byte for byte",
    async (name) => {
      const asked = request(name === "/usr/sbin" ? name : root);
      const byScript = await lookByScript(engineHere(), imageHere, asked, signal);
      const byFolder = await lookAtFolder(
        { path: "/", architecture: "amd64", run: runHere, asNobody: false },
        asked,
        signal,
      );
      expect(byFolder.questions.length).toBeGreaterThan(0);
      expect(byFolder.dpkg?.owners.length).toBeGreaterThan(100);
      const { image: _, ...rest } = byFolder;
      // The words for what could not be read are each way's own.
      const paths = ({ unreadable }: typeof byFolder) => unreadable.map(({ path }) => path);
      expect(paths(byFolder)).toEqual(paths(byScript));
      const plain = (image: typeof imageHere.config) => ({
        ...image,
        os: "linux",
        architecture: "amd64",
        variant: null,
      });
      expect(writeSnapshot({ ...rest, image: plain(imageHere.config), unreadable: [] })).toBe(
        writeSnapshot({ ...byScript, unreadable: [] }),
      );
    },
    120_000,
  );
});

describe("the look at a tree", () => {
  const tree = (): string => {
    const at = mkdtempSync(join(root, "tree-"));
    for (const folder of ["usr/lib", "out", "etc", "var/lib/dpkg/info"])
      mkdirSync(join(at, folder), { recursive: true });
    return at;
  };
  const look = (at: string, path = "/out") =>
    lookAtFolder({ path: at, architecture: "arm64", run: null, asNobody: false }, request(path), signal);

  it("follows links inside the tree, absolute ones and `..` too, and never leaves it", async () => {
    const at = tree();
    copyFileSync("/bin/true", join(at, "usr/lib/inside"));
    symlinkSync("/usr/lib/inside", join(at, "out/absolute"));
    symlinkSync("../../../../../../../usr/lib/inside", join(at, "out/relative"));
    // There outside, not in the tree.
    symlinkSync("/bin/sh", join(at, "out/shell"));
    symlinkSync(dirname(at), join(at, "out/above"));
    const { files, unreadable } = await look(at);
    const types = new Map(files.map(({ path, type }) => [path, type]));
    expect(types.get("/usr/lib/inside")).toBe("file");
    expect(types.get("/bin")).toBe("absent");
    expect(files.every(({ path }) => !path.includes("msb-deps-test-") || types.get(path) === "absent")).toBe(true);
    expect(unreadable).toEqual([]);
  });

  it("does not go through a link that stands where a folder is asked for", async () => {
    const at = tree();
    symlinkSync("/etc", join(at, "link"));
    const { files } = await look(at, "/link/passwd");
    expect(files.find(({ path }) => path === "/etc/passwd")?.type).toBe("absent");
  });

  it("opens no FIFO and no socket, also where a database is expected", async () => {
    const at = tree();
    execFileSync("mkfifo", [join(at, "var/lib/dpkg/status"), join(at, "etc/ld.so.conf"), join(at, "out/fifo")]);
    const { dpkg, files } = await look(at);
    expect(dpkg).toBeNull();
    expect(files.find(({ path }) => path === "/out/fifo")?.type).toBe("fifo");
  });

  it("has the architecture of its dpkg, and asks no loader where nothing may be run", async () => {
    const at = tree();
    const status = "Package: dpkg\nStatus: install ok installed\nArchitecture: armhf\nVersion: 1\n\n";
    writeFileSync(join(at, "var/lib/dpkg/status"), status);
    copyFileSync("/bin/true", join(at, "out/true"));
    const { image, questions } = await look(at);
    expect(image).toMatchObject({ architecture: "arm", variant: "v7" });
    expect(questions).toEqual([]);
    const { image: plain } = await look(tree());
    expect(plain.architecture).toBe("arm64");
  });

  it("does not ask about what nobody may not read, where the loader is run as nobody", async () => {
    const at = tree();
    for (const folder of ["lib64", "out/open", "out/shut", "var/lib/dpkg/info"])
      mkdirSync(join(at, folder), { recursive: true });
    copyFileSync("/lib64/ld-linux-x86-64.so.2", join(at, "lib64/ld-linux-x86-64.so.2"));
    const status = "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n";
    writeFileSync(join(at, "var/lib/dpkg/status"), status);
    writeFileSync(join(at, "var/lib/dpkg/info/dpkg.list"), "/lib64/ld-linux-x86-64.so.2\n");
    copyFileSync("/bin/ls", join(at, "out/open/ls"));
    // Another question than that of ls, or the two would be asked as one.
    copyFileSync("/bin/grep", join(at, "out/shut/grep"));
    chmodSync(join(at, "out/shut"), 0o700);
    chmodSync(at, 0o755);
    const asked: string[] = [];
    const run: RunInside = async ({ stdin }) => {
      asked.push(Buffer.from(stdin).toString());
      const [stdout, stderr] = [Buffer.alloc(0), Buffer.alloc(0)];
      return { exitCode: 127, stdout, stderr, outOfMemory: false, notStarted: "no", stopped: null };
    };
    for (const asNobody of [true, false]) {
      await lookAtFolder({ path: realpathSync(at), architecture: "amd64", run, asNobody }, request("/out"), signal);
    }
    expect(asked.map((text) => text.includes("/out/shut/grep"))).toEqual([false, true]);
    expect(asked.every((text) => text.includes("/out/open/ls"))).toBe(true);
  });

  it("says that a list of dpkg could not be read", async () => {
    const at = tree();
    const status = "Package: dpkg\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n";
    writeFileSync(join(at, "var/lib/dpkg/status"), status);
    writeFileSync(join(at, "var/lib/dpkg/info/dpkg.list"), "/x\n");
    truncateSync(join(at, "var/lib/dpkg/info/dpkg.list"), 65 * 1024 ** 2);
    const { unreadable } = await look(at);
    expect(unreadable).toEqual([{ path: "/var/lib/dpkg", reason: expect.stringContaining("dpkg.list") }]);
  });
});
