import { execFileSync, spawn } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RunRequest } from "../../src/engine/engine.ts";
import { lookByScript } from "../../src/look/by-script.ts";
import { encodeRequest, lookScript } from "../../src/look/script.ts";
import { TABLES } from "../../src/look/tables.ts";
import type { FileFact, Snapshot } from "../../src/snapshot/snapshot.ts";
import { engineHere, imageHere } from "./here.ts";

const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
const NAMES = ["with space", "new\nline", "q\"uo'te", "-dash", "$(touch x)", "star*[x]?\\y", "\u00e9"];

const LONG = `#!/bin/bash\n${"echo\n".repeat(100)}`;

let root: string;
let socket: Server;
let snapshot: Snapshot;
const runs: RunRequest[] = [];

beforeAll(async () => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "msb-deps-test-")));
  socket = await hostileTree(root);
  const request = { artifactPaths: [root], folders: [], paths: [], askLoader: true, searchStrings: true };
  snapshot = await lookByScript(engineHere(runs), imageHere, request, new AbortController().signal);
}, 300_000);

afterAll(() => {
  socket.close();
  chmodSync(join(root, "locked"), 0o700);
  rmSync(root, { recursive: true });
});

async function hostileTree(at: string): Promise<Server> {
  for (const name of NAMES) writeFileSync(join(at, name), "#!/bin/sh\n");
  writeFileSync(Buffer.concat([Buffer.from(`${at}/bad`), Buffer.of(0xff, 0x80)]), "x");
  execFileSync("mkfifo", [join(at, "fifo")]);
  symlinkSync("loop2", join(at, "loop1"));
  symlinkSync("loop1", join(at, "loop2"));
  symlinkSync("no/where", join(at, "dangling"));
  symlinkSync("/", join(at, "to-root"));
  mkdirSync(join(at, "locked"));
  writeFileSync(join(at, "locked", "inside"), "");
  chmodSync(join(at, "locked"), 0);
  writeFileSync(join(at, "one"), "plain");
  linkSync(join(at, "one"), join(at, "two"));
  writeFileSync(join(at, "sparse"), MAGIC);
  truncateSync(join(at, "sparse"), 4 * 1024 ** 3);
  writeFileSync(join(at, "truncated"), MAGIC);
  writeFileSync(join(at, "bare"), "#!");
  writeFileSync(join(at, "long"), LONG);
  writeFileSync(join(at, "env"), "#!/usr/bin/env -S perl -w\n");
  mkdirSync(join(at, "ld.so.conf.d"));
  writeFileSync(join(at, "ld.so.conf.d", "x.conf"), "/opt/x\n");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(at, "socket"), resolve));
  return server;
}

function fact(path: string): FileFact | undefined {
  return snapshot.files.find((file) => file.path === path);
}

function bytesOf(path: string): string | undefined {
  return fact(path)
    ?.ranges?.map(([, bytes]) => Buffer.from(bytes, "base64").toString("latin1"))
    .join("|");
}

describe("the look script on a hostile tree", () => {
  it("tells of every entry, once, by its exact name", () => {
    const plain = [
      "bare",
      "dangling",
      "env",
      "fifo",
      "ld.so.conf.d",
      "locked",
      "long",
      "loop1",
      "loop2",
      "one",
      "socket",
      "sparse",
    ];
    const names = [...NAMES, ...plain, "to-root", "truncated", "two", "bad\udcff\udc80"];
    const entries = snapshot.files.filter(
      ({ path }) => path.startsWith(`${root}/`) && !path.slice(root.length + 1).includes("/"),
    );
    // What dangles leads to an absent entry of the same folder.
    expect(
      entries
        .filter(({ type }) => type !== "absent")
        .map(({ path }) => path.slice(root.length + 1))
        .sort(),
    ).toEqual(names.sort());
    expect(snapshot.listed).toContain(root);
    expect(runs).toHaveLength(1);
  });

  it.each([
    ["fifo", "fifo"],
    ["socket", "socket"],
    ["loop1", "symlink"],
    ["to-root", "symlink"],
    ["locked", "directory"],
    ["one", "file"],
  ])("tells the type of %s", (name, type) => {
    expect(fact(join(root, name))?.type).toBe(type);
  });

  it("says where a link leads and that nothing is there", () => {
    expect(fact(join(root, "dangling"))?.target).toBe("no/where");
    expect(fact(join(root, "no"))?.type).toBe("absent");
    expect(fact(join(root, "no/where"))?.type).toBe("absent");
  });

  it("does not walk through a link to the root", () => {
    expect(snapshot.files.filter(({ path }) => path.startsWith(join(root, "to-root/")))).toEqual([]);
  });

  it("keeps the parts of a file that matter, and no others", () => {
    expect(bytesOf(join(root, "-dash"))).toBe("#!/bin/sh\n");
    expect(bytesOf(join(root, "bare"))).toBe("#!");
    expect(bytesOf(join(root, "long"))).toBe(LONG);
    expect(bytesOf(join(root, "ld.so.conf.d/x.conf"))).toBe("/opt/x\n");
    expect(bytesOf(join(root, "one"))).toBeUndefined();
    expect(bytesOf(join(root, "truncated"))).toBe("\x7fELF");
    expect(fact(join(root, "sparse"))?.size).toBe(4 * 1024 ** 3);
    expect(bytesOf(join(root, "sparse"))?.length).toBeLessThan(128);
  });

  it("follows `#!` lines to their interpreters, through env and PATH", () => {
    expect(fact("/usr/bin/env")?.type).toBe("file");
    expect(snapshot.files.some(({ path, type }) => path === "/usr/bin/perl" && type === "file")).toBe(true);
    expect(fact("/usr/local/sbin/perl")?.type).toBe("absent");
  });

  it("runs nothing that a name holds", () => {
    expect(snapshot.files.some(({ path }) => path === join(root, "x"))).toBe(false);
  });

  it.skipIf(process.getuid?.() === 0)("says what it could not read", () => {
    expect(snapshot.unreadable).toContainEqual({ path: join(root, "locked"), reason: "opendir: Permission denied" });
  });
});

describe("an artifact path that is not there", () => {
  it("is absent, and what is near is listed", async () => {
    const path = join(root, "ld.so.conf.d/no/such");
    const request = { artifactPaths: [path], folders: [], paths: [], askLoader: false, searchStrings: false };
    const { files, listed } = await lookByScript(engineHere(), imageHere, request, new AbortController().signal);
    expect(files.find((file) => file.path === path)?.type).toBe("absent");
    expect(files.map((file) => file.path)).toContain(join(root, "ld.so.conf.d/x.conf"));
    expect(listed).toContain(join(root, "ld.so.conf.d"));
  });
});

describe("the end of the look script", () => {
  const start = (words: readonly string[]) => {
    const child = spawn("/usr/bin/perl", ["-e", lookScript()], { stdio: ["pipe", "ignore", "inherit"] });
    const code = new Promise<number | null>((resolve) => child.on("close", resolve));
    child.stdin.write(encodeRequest([...TABLES, ...words]));
    return { child, code };
  };
  /** A "loader" that never answers; by this name, for any other is started so that its shell would list itself. */
  /** A loader waits for ever where nobody writes into a FIFO. */
  const hanging = (): string[] => ["ask", "/lib64/ld-linux-x86-64.so.2", join(root, "fifo")];

  it("comes at once when standard input is closed", async () => {
    const { child, code } = start(hanging());
    setTimeout(() => child.stdin.end(), 300);
    const begin = Date.now();
    expect(await code).toBe(3);
    // Its own limit is minutes.
    expect(Date.now() - begin).toBeLessThan(60_000);
  });

  it("comes when its time is over", async () => {
    const { code } = start([...hanging(), "seconds", "1"]);
    expect(await code).toBe(4);
  });

  it("comes when the request is broken", async () => {
    expect(await start(["nonsense", "x"]).code).toBe(5);
  });

  it("does not wait for standard input to be closed when all is told", async () => {
    expect(await start(["stat", "/"]).code).toBe(0);
  });
});
