import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { isGone, MAX_AGE_S, newOwner, type Owner, ownerText, parseOwner } from "../../src/engine/owner.ts";
import { sweepFiles } from "../../src/engine/sweep-files.ts";

const here = await newOwner();
const isLinux = process.platform === "linux";
const longAgo = here.since - MAX_AGE_S - 60;

/** An owner that has ended: what a process of that PID said of itself while it lived. */
async function dead(): Promise<Owner> {
  const script = "process.stdout.write(require('fs').readFileSync('/proc/self/stat', 'latin1'))";
  const { stdout } = spawnSync(process.execPath, ["-e", script], { encoding: "utf8" });
  const [pid] = stdout.split(" ");
  return { ...here, pid: Number(pid), start: stdout.slice(stdout.lastIndexOf(")")).split(" ")[20] ?? "" };
}

describe("the owner of a thing", () => {
  it("survives in a name", () => {
    expect(parseOwner(ownerText(here))).toEqual(here);
    const unknown = { ...here, boot: null, namespace: null, start: null };
    expect(parseOwner(ownerText(unknown))).toEqual(unknown);
  });

  it("fits into the names of tags and containers", () => {
    const longest = { ...here, boot: "f".repeat(16), namespace: "4294967295", pid: 4_194_304, start: "9".repeat(12) };
    // https://docs.docker.com/reference/cli/docker/image/tag/: 128 characters, 13 for what follows.
    expect(ownerText(longest)).toMatch(/^[a-z0-9][a-z0-9.]{0,114}$/);
  });

  it.each(["", "x", "0.0.1.0.0", "0.0.1.0.0.zzzzzzzzzzzz", "0.0.-1.0.0.0123456789ab", `${"0.0.1.0.0.0123456789ab"}\n`])(
    "is not read from %j",
    (text) => {
      expect(parseOwner(text)).toBeNull();
    },
  );
});

describe.runIf(isLinux)("whether it lives", () => {
  it("this process, and another one", async () => {
    expect(await isGone(here, here)).toBe(false);
    // Its parent is a process of another start.
    expect(await isGone({ ...here, pid: process.ppid }, here)).toBe(true);
  });

  it("a process that ended, and one that got its PID", async () => {
    const owner = await dead();
    expect(await isGone(owner, here)).toBe(true);
    expect(await isGone({ ...here, start: String(Number(here.start) - 1) }, here)).toBe(true);
  });

  it("a killed process whose parent has not asked for its exit code", async () => {
    // The shell becomes a program that never waits for the child that it had.
    const parent = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "ignore"] });
    onTestFinished(() => void parent.kill("SIGKILL"));
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    const { stdout } = spawnSync("cat", [`/proc/${pid}/stat`], { encoding: "utf8" });
    const owner = { ...here, pid, start: stdout.slice(stdout.lastIndexOf(")")).split(" ")[20] ?? "" };
    for (let tries = 0; !(await isGone(owner, here)) && tries < 100; tries++)
      await new Promise((done) => setTimeout(done, 50));
    expect(await isGone(owner, here)).toBe(true);
  });

  it.each([
    ["another host or boot", { boot: "0123456789abcdef" }],
    ["another container", { namespace: "1" }],
    ["a system without /proc", { boot: null, namespace: null, start: null }],
  ])("of %s it is not known: it counts as gone after a day", async (_, other) => {
    const owner = { ...(await dead()), ...other };
    expect(await isGone(owner, here)).toBe(false);
    expect(await isGone({ ...owner, since: longAgo }, here)).toBe(true);
  });

  it("a process that lives, however long", async () => {
    expect(await isGone({ ...here, since: longAgo }, here)).toBe(false);
  });
});

describe.runIf(isLinux)("temporary files of killed runs", () => {
  it("are removed, and nothing else", async () => {
    const folder = mkdtempSync(join(tmpdir(), "msb-deps-test-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const gone = ownerText(await dead());
    const make = (name: string): void => {
      mkdirSync(join(folder, name, "input"), { recursive: true, mode: 0o755 });
      writeFileSync(join(folder, name, "input/file"), "");
    };
    const kept = [`a-${ownerText(here)}-x`, `b-${gone}-x`, "a-other-x", `a-${gone}-shared`];
    for (const name of kept) make(name);
    // A directory that others can write in is not removed: they could exchange what is in it meanwhile.
    spawnSync("chmod", ["777", join(folder, `a-${gone}-shared`)]);
    make(`a-${gone}-x`);
    writeFileSync(join(folder, `a-${gone}-y`), "");
    await sweepFiles(folder, /^a-([0-9a-f.]+)-\w+$/, here);
    expect(readdirSync(folder).sort()).toEqual(kept.sort());
    expect(existsSync(join(folder, `a-${ownerText(here)}-x/input/file`))).toBe(true);
  });

  it("a folder that is not there is no error", async () => {
    await sweepFiles("/no/such/folder", /(.*)/, here);
  });
});
