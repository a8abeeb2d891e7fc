import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DockerConfig, readDockerConfig } from "../../src/engine/docker-config.ts";
import { credentialsFor } from "../../src/engine/session/credentials.ts";
import type { Surroundings } from "../../src/engine/surroundings.ts";

const HUB = "https://index.docker.io/v1/";
let folder: string;
let at: Surroundings;

/** Helpers as they are in the world: programs on the PATH that speak the protocol. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "msb-deps-helpers-"));
  at = { env: { PATH: `${folder}:/usr/bin:/bin` }, home: folder, platform: "linux", uid: 1, hostname: "h", readFile };
  const helpers = {
    echo: `read -r server; printf '{"ServerURL":"%s","Username":"user of %s","Secret":"s\\\\"1 %s"}' "$server" "$server" "$1"`,
    token: `cat >/dev/null; printf '{"Username":"<token>","Secret":"tok"}'`,
    empty: `echo "credentials not found in native keychain"; exit 1`,
    broken: `echo "keychain is locked"; exit 3`,
    noise: `echo "not json"`,
  };
  for (const [name, script] of Object.entries(helpers)) {
    await writeFile(join(folder, `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
    await chmod(join(folder, `docker-credential-${name}`), 0o755);
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function ask(host: string, change: Partial<DockerConfig>) {
  const config = { folder, currentContext: null, auths: {}, credHelpers: {}, credsStore: null, ...change };
  const warnings: string[] = [];
  return { ...(await credentialsFor(host, config, at, (text) => warnings.push(text))), warnings: warnings.join() };
}

const auth = (text: string) => ({ auth: Buffer.from(text).toString("base64") });
const none = { username: "", secret: "", warnings: "" };

test("each host gets its own and no other's", async () => {
  const auths = { "a.example": auth("ann:p:w"), "https://b.example/v1/": auth("bob:x"), [HUB]: auth("hub:h") };
  expect(await ask("a.example", { auths })).toMatchObject({ username: "ann", secret: "p:w" });
  expect(await ask("b.example", { auths })).toMatchObject({ username: "bob", secret: "x" });
  expect(await ask("registry-1.docker.io", { auths })).toMatchObject({ username: "hub", secret: "h" });
  expect(await ask("c.example", { auths })).toEqual(none);
});

test("an identity token goes with an empty user name", async () => {
  const auths = { "a.example": { ...auth("x:y"), identitytoken: "idt" } };
  expect(await ask("a.example", { auths })).toEqual({ username: "", secret: "idt", warnings: "" });
  expect(await ask("a.example", { credsStore: "token" })).toEqual({ username: "", secret: "tok", warnings: "" });
});

test("credHelpers before credsStore before auths", async () => {
  const auths = { "a.example": auth("stored:s") };
  const all = { auths, credHelpers: { "a.example": "echo" }, credsStore: "token" };
  expect(await ask("a.example", all)).toEqual({ username: "user of a.example", secret: 's"1 get', warnings: "" });
  expect(await ask("b.example", all)).toMatchObject({ secret: "tok" });
  expect(await ask("a.example", { auths, credsStore: "empty" })).toEqual({
    username: "stored",
    secret: "s",
    warnings: "",
  });
  expect(await ask("registry-1.docker.io", { credsStore: "echo" })).toMatchObject({ username: `user of ${HUB}` });
});

test.each([
  ["broken", "keychain is locked"],
  ["absent", "ENOENT"],
  ["noise", "JSON"],
  ["../x", "path"],
])("a helper that fails is told: %s", async (credsStore, reason) => {
  const got = await ask("a.example", { credsStore });
  expect(got).toMatchObject({ username: "", secret: "" });
  expect(got.warnings).toContain(reason);
});

test("config.json: absent is empty, damaged is told", async () => {
  expect(await readDockerConfig(at)).toMatchObject({ auths: {}, credHelpers: {}, credsStore: null });
  await writeFile(join(folder, "config.json"), "{,");
  const there = { ...at, env: { DOCKER_CONFIG: folder } };
  await expect(readDockerConfig(there)).rejects.toMatchObject({
    code: "engine",
    message: expect.stringContaining(folder),
  });
  await writeFile(join(folder, "config.json"), '{"credHelpers":{"a":"b"},"auths":[],"currentContext":"c"}');
  expect(await readDockerConfig(there)).toMatchObject({ auths: {}, credHelpers: { a: "b" }, currentContext: "c" });
});
