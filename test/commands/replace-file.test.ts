import { chmod, lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { replaceFile } from "../../src/commands/replace-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "msb-deps-replace-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test("keeps the mode, and leaves nothing beside the file", async () => {
  const path = join(folder, "Dockerfile");
  await writeFile(path, "old");
  await chmod(path, 0o664);
  const { ino } = await stat(path);
  await replaceFile(path, "new");
  const now = await stat(path);
  expect([await readFile(path, "utf8"), now.mode & 0o7777]).toEqual(["new", 0o664]);
  // Another file took its place: whoever reads sees the old text or the new one.
  expect(now.ino).not.toBe(ino);
  expect(await readdir(folder)).toEqual(["Dockerfile"]);
});

test("goes through a link to its target", async () => {
  await mkdir(join(folder, "docker"));
  const target = join(folder, "docker", "app.Dockerfile");
  await writeFile(target, "old");
  await symlink("docker/app.Dockerfile", join(folder, "Dockerfile"));
  await replaceFile(join(folder, "Dockerfile"), "new");
  expect((await lstat(join(folder, "Dockerfile"))).isSymbolicLink()).toBe(true);
  expect(await readFile(target, "utf8")).toBe("new");
  expect(await readdir(join(folder, "docker"))).toEqual(["app.Dockerfile"]);
});

test("what cannot be replaced is left as it was", async () => {
  const path = join(folder, "Dockerfile");
  await mkdir(path);
  await expect(replaceFile(path, "new")).rejects.toBeInstanceOf(MsbDepsError);
  await expect(replaceFile(join(folder, "none"), "new")).rejects.toThrow(/cannot rewrite/);
  expect(await readdir(folder)).toEqual(["Dockerfile"]);
});
