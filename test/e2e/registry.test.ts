import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { build, failure, freePort, have, startProgram } from "./builds.ts";
import { openEngine } from "./scenarios.ts";
import { baseImage, docker } from "./support.ts";

/** An engine elsewhere does not reach the registries of these tests. */
const isHere = process.env.DOCKER_HOST === undefined;

const USER = "builder";
const PASSWORD = "pass:word";
/** `htpasswd -nbB builder pass:word` */
const HTPASSWD = "builder:$2y$05$UYx0zqg1Tj6RiGVf6XzyAO93OyOD5rPfKFHY3fHOqL3/BCwSQh6UK\n";

let folder: string;
const stops: (() => Promise<void>)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "msb-deps-registry-"));
});
afterAll(async () => {
  for (const stop of stops) await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A registry of its own for each test, as engines remember for a while who they were; all have the same images. */
async function registry(): Promise<string> {
  const port = await freePort();
  const config = join(folder, `${port}.json`);
  writeFileSync(join(folder, "htpasswd"), HTPASSWD);
  // JSON is YAML.
  const settings = {
    version: "0.1",
    log: { level: "warn" },
    storage: { filesystem: { rootdirectory: join(folder, "images") } },
    http: { addr: `127.0.0.1:${port}` },
    auth: { htpasswd: { realm: "test", path: join(folder, "htpasswd") } },
  };
  writeFileSync(config, JSON.stringify(settings));
  const answers = async () => (await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => null))?.status === 401;
  const server = await startProgram("docker-registry", ["serve", config], answers);
  stops.push(server.stop);
  return `127.0.0.1:${port}`;
}

/** A folder with a config.json, and helper programs that stand in for a keychain. */
function dockerConfig(config: object, helpers: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const root = mkdtempSync(join(folder, "config-"));
  mkdirSync(join(root, "bin"));
  writeFileSync(join(root, "config.json"), JSON.stringify(config));
  for (const [name, script] of Object.entries(helpers)) {
    writeFileSync(join(root, "bin", `docker-credential-${name}`), `#!/bin/sh\n${script}\n`);
    chmodSync(join(root, "bin", `docker-credential-${name}`), 0o755);
  }
  return { ...process.env, DOCKER_CONFIG: root, PATH: `${join(root, "bin")}:${process.env.PATH}` };
}

const login = { auth: Buffer.from(`${USER}:${PASSWORD}`).toString("base64") };
/** What a helper answers; it keeps beside itself for whom it was asked. */
const keychain = `cat >>"$DOCKER_CONFIG/asked"; echo '{"ServerURL":"x","Username":"${USER}","Secret":"${PASSWORD}"}'`;

async function pull(env: NodeJS.ProcessEnv, image: string) {
  const engine = await openEngine(env);
  onTestFinished(async () => expect(await engine.close()).toEqual([]));
  return build(engine, `FROM ${image}\nLABEL a=b\n`);
}

describe.skipIf(!isHere || !have("docker-registry"))("a registry with a password", () => {
  beforeAll(async () => {
    const host = await registry();
    const { DOCKER_CONFIG: config = "" } = dockerConfig({});
    execFileSync("docker", ["--config", config, "login", "-u", USER, "--password-stdin", host], { input: PASSWORD });
    const image = `${host}/private/tiny:1`;
    const dockerfile = `FROM ${baseImage("trixie")}\n`;
    execFileSync("docker", ["build", "-q", "-t", image, "-"], {
      input: dockerfile,
      env: { ...process.env, DOCKER_BUILDKIT: "0" },
      stdio: "pipe",
    });
    execFileSync("docker", ["--config", config, "push", "-q", image]);
    await docker("rmi", image);
  });

  test("without a login: refused, and what to do", async () => {
    const host = await registry();
    const error = failure(await pull(dockerConfig({}), `${host}/private/tiny:1`));
    expect(error.code).toBe("image-missing");
    expect(error.message).toMatch(
      /pulling it failed: .*(no basic auth credentials|401 Unauthorized|authorization failed)/,
    );
    expect(error.hint).toContain("docker login");
  });

  test("with a wrong password: refused", async () => {
    const host = await registry();
    const wrong = { auth: Buffer.from(`${USER}:other`).toString("base64") };
    const error = failure(await pull(dockerConfig({ auths: { [host]: wrong } }), `${host}/private/tiny:1`));
    expect(error.message).toMatch(/401 Unauthorized|authorization failed/);
    expect(error.message).not.toContain("other");
  });

  test("with what docker login wrote", async () => {
    const host = await registry();
    const env = dockerConfig({});
    const args = ["login", "-u", USER, "--password-stdin", host];
    expect(spawnSync("docker", args, { input: PASSWORD, env }).status).toBe(0);
    expect((await pull(env, `${host}/private/tiny:1`)).error).toBeNull();
  });

  test("with the helper of this host, whatever the common one says", async () => {
    const host = await registry();
    const config = { credHelpers: { [host]: "own" }, credsStore: "common", auths: { [host]: {} } };
    const env = dockerConfig(config, { own: keychain, common: "echo no; exit 1" });
    expect((await pull(env, `${host}/private/tiny:1`)).error).toBeNull();
    expect(execFileSync("cat", [join(env.DOCKER_CONFIG ?? "", "asked")]).toString("utf8")).toContain(host);
  });

  test("with the common helper; and where it fails, with what config.json has", async () => {
    const host = await registry();
    const common = dockerConfig({ credsStore: "common" }, { common: keychain });
    expect((await pull(common, `${host}/private/tiny:1`)).error).toBeNull();
    const other = await registry();
    const locked = dockerConfig({ credsStore: "common", auths: { [other]: login } }, { common: "echo locked; exit 3" });
    const built = await pull(locked, `${other}/private/tiny:1`);
    expect(built.error).toBeNull();
    expect(built.warnings).toContain("docker-credential-common failed for");
  });
});

test.skipIf(!isHere)("an identity token is sent where the registry's realm says, and nowhere else", async () => {
  const asked: { url: string; body: string; authorization: string | undefined }[] = [];
  const server: Server = createServer(async (request, response) => {
    const { url = "", headers } = request;
    asked.push({ url, body: await text(request), authorization: headers.authorization });
    const realm = `http://${headers.host}/token`;
    // Engines try GET first, and POST, which alone takes an identity token, where that is refused.
    if (url.startsWith("/token") && request.method === "GET") response.writeHead(401).end();
    else if (url.startsWith("/token")) {
      response.end(JSON.stringify({ access_token: "short-lived", token: "short-lived", expires_in: 300 }));
    } else if (headers.authorization === "Bearer short-lived") response.writeHead(404).end();
    else response.writeHead(401, { "www-authenticate": `Bearer realm="${realm}",service="test"` }).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const address = server.address();
  const host = `127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const built = await pull(
    dockerConfig({ auths: { [host]: { ...login, identitytoken: "the-token" } } }),
    `${host}/a:1`,
  );
  expect(failure(built).message).toContain("not found");
  const [token, ...more] = asked.filter(({ body }) => body.includes("the-token"));
  expect(more).toEqual([]);
  expect(token?.url).toBe("/token");
  expect(new URLSearchParams(token?.body).get("grant_type")).toBe("refresh_token");
  expect(asked.at(-1)).toMatchObject({ url: "/v2/a/manifests/1", authorization: "Bearer short-lived" });
  expect(JSON.stringify(asked)).not.toContain(PASSWORD);
});
