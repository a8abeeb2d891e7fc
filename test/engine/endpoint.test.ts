import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { parseHost } from "../../src/engine/address.ts";
import { endpointCandidates, NOT_NAMED } from "../../src/engine/endpoint.ts";
import { findEngine } from "../../src/engine/find-engine.ts";
import { sshWords } from "../../src/engine/ssh.ts";
import type { Surroundings } from "../../src/engine/surroundings.ts";

function surroundings(env: Record<string, string> = {}, files: Record<string, string> = {}): Surroundings {
  return {
    env,
    home: "/home/u",
    platform: "linux",
    uid: 1000,
    hostname: "h",
    readFile: async (path) => {
      const text = files[path];
      if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: "ENOENT" });
      return Buffer.from(text);
    },
  };
}

function contextFiles(folder: string, name: string, endpoint: object, pem: Record<string, string> = {}) {
  const id = createHash("sha256").update(name).digest("hex");
  const files: Record<string, string> = {
    [`${folder}/contexts/meta/${id}/meta.json`]: JSON.stringify({ Name: name, Endpoints: { docker: endpoint } }),
  };
  for (const [file, text] of Object.entries(pem)) files[`${folder}/contexts/tls/${id}/docker/${file}`] = text;
  return files;
}

const unix = (path: string) => ({ kind: "unix", path });

describe("the order of endpoints", () => {
  test("DOCKER_HOST goes before every context and stands alone", async () => {
    const at = surroundings(
      { DOCKER_HOST: "unix:///a", DOCKER_CONTEXT: "c" },
      contextFiles("/home/u/.docker", "c", { Host: "unix:///c" }),
    );
    expect(await endpointCandidates(at)).toEqual([{ url: "unix:///a", source: "DOCKER_HOST", address: unix("/a") }]);
  });

  test("DOCKER_CONTEXT goes before currentContext", async () => {
    const files = {
      "/cfg/config.json": '{"currentContext":"two"}',
      ...contextFiles("/cfg", "one", { Host: "unix:///one" }),
      ...contextFiles("/cfg", "two", { Host: "unix:///two" }),
    };
    const chosen = async (env: Record<string, string>) =>
      (await endpointCandidates(surroundings({ DOCKER_CONFIG: "/cfg", ...env }, files))).map(({ url }) => url);
    expect(await chosen({ DOCKER_CONTEXT: "one" })).toEqual(["unix:///one"]);
    expect(await chosen({})).toEqual(["unix:///two"]);
    expect((await chosen({ DOCKER_CONTEXT: "default" }))[0]).toBe("unix:///var/run/docker.sock");
  });

  test("--docker-context and --host go before the environment", async () => {
    const env = { DOCKER_CONFIG: "/cfg", DOCKER_HOST: "unix:///env", DOCKER_CONTEXT: "one" };
    const files = contextFiles("/cfg", "one", { Host: "unix:///one" });
    const urls = async (dockerContext: string | null, host: string | null, change: Record<string, string> = {}) =>
      (await endpointCandidates(surroundings({ ...env, ...change }, files), { ...NOT_NAMED, dockerContext, host })).map(
        ({ url, source }) => `${url} ${source}`,
      );
    expect(await urls("one", null)).toEqual(['unix:///one docker context "one"']);
    expect(await urls(null, "unix:///flag")).toEqual(["unix:///flag --host"]);
    expect(await urls("default", null)).toEqual(["unix:///env DOCKER_HOST"]);
    expect((await urls("default", null, { DOCKER_HOST: "" }))[0]).toBe("unix:///var/run/docker.sock default");
    expect(await urls("gone", null)).toEqual(['gone docker context "gone"']);
  });

  test("on Windows the pipe of Docker Desktop is the usual place", async () => {
    const [first] = await endpointCandidates({ ...surroundings(), platform: "win32" });
    expect(first).toMatchObject({ url: "npipe:////./pipe/docker_engine", source: "default" });
  });

  test("a context that does not exist is told, and no other engine is taken", async () => {
    const [only, ...more] = await endpointCandidates(surroundings({ DOCKER_CONTEXT: "gone" }));
    expect(only).toMatchObject({
      source: 'docker context "gone"',
      problem: expect.stringContaining("no such context"),
    });
    expect(more).toEqual([]);
  });

  test("a context's certificates come along, and SkipTLSVerify", async () => {
    const pem = { "ca.pem": "CA", "cert.pem": "CERT", "key.pem": "KEY" };
    const files = contextFiles("/home/u/.docker", "t", { Host: "tcp://h:2376", SkipTLSVerify: true }, pem);
    const [endpoint] = await endpointCandidates(surroundings({ DOCKER_CONTEXT: "t" }, files));
    const tls = { ca: Buffer.from("CA"), cert: Buffer.from("CERT"), key: Buffer.from("KEY"), verify: false };
    expect(endpoint).toMatchObject({ address: { kind: "tcp", host: "h", port: 2376, tls } });
  });

  test("DOCKER_TLS_VERIFY takes the certificates of DOCKER_CERT_PATH", async () => {
    const env = { DOCKER_HOST: "tcp://h", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs" };
    const [with_] = await endpointCandidates(surroundings(env, { "/certs/ca.pem": "CA" }));
    expect(with_).toMatchObject({ address: { port: 2376, tls: { ca: Buffer.from("CA"), cert: null, verify: true } } });
    const [without] = await endpointCandidates(surroundings(env));
    expect(without).toMatchObject({ problem: expect.stringContaining("/certs") });
  });

  test("DOCKER_TLS encrypts without looking whom it talks to; neither goes with a socket", async () => {
    const [tls] = await endpointCandidates(surroundings({ DOCKER_HOST: "tcp://h", DOCKER_TLS: "1" }));
    expect(tls).toMatchObject({ address: { port: 2376, tls: { ca: null, verify: false } } });
    const [socket] = await endpointCandidates(surroundings({ DOCKER_HOST: "unix:///s", DOCKER_TLS_VERIFY: "1" }));
    expect(socket).toMatchObject({ address: unix("/s") });
  });

  test("else the usual sockets, each once", async () => {
    const found = await endpointCandidates(surroundings({ XDG_RUNTIME_DIR: "/run/user/1000", COLIMA_HOME: "/col" }));
    expect(found.map(({ url, source }) => `${source}: ${url.replace("unix://", "")}`)).toEqual([
      "default: /var/run/docker.sock",
      "rootless Docker: /run/user/1000/docker.sock",
      "rootless Docker: /home/u/.docker/run/docker.sock",
      "Docker Desktop: /home/u/.docker/desktop/docker.sock",
      "colima: /col/default/docker.sock",
      "colima: /home/u/.config/colima/default/docker.sock",
      "Rancher Desktop: /home/u/.rd/docker.sock",
      "OrbStack: /home/u/.orbstack/run/docker.sock",
      "Podman: /run/user/1000/podman/podman.sock",
      "Podman: /run/podman/podman.sock",
    ]);
  });
});

test.each([
  ["unix://", unix("/var/run/docker.sock")],
  ["tcp://h", { kind: "tcp", host: "h", port: 2375, tls: null }],
  ["h:1234", { kind: "tcp", host: "h", port: 1234, tls: null }],
  ["tcp://h:80", { kind: "tcp", host: "h", port: 80, tls: null }],
  ["tcp://[::1]:5", { kind: "tcp", host: "::1", port: 5, tls: null }],
  ["https://h", { kind: "tcp", host: "h", port: 2376, tls: { ca: null, cert: null, key: null, verify: true } }],
])("parseHost %s", (host, address) => {
  expect(parseHost(host, "s", null, "linux")).toMatchObject({ address });
});

const ssh = { kind: "ssh", host: "h", user: null, port: null, socket: null };

test.each([
  ["ssh://h", ssh],
  ["ssh://u@h", { ...ssh, user: "u" }],
  ["ssh://u@h:2222/run/user/1/docker.sock", { ...ssh, user: "u", port: 2222, socket: "/run/user/1/docker.sock" }],
  ["ssh://[::1]:22", { ...ssh, host: "::1", port: 22 }],
])("parseHost %s", (host, address) => {
  expect(parseHost(host, "s", null, "linux")).toEqual({ url: host, source: "s", address });
});

test.each([
  "fd://",
  "tcp://",
  "ssh://",
  "ssh://u:password@h",
  "ssh://-oProxyCommand=x",
  "ssh://h?x",
  "npipe:////./pipe/x",
])("parseHost %s says why not", (host) => {
  expect(parseHost(host, "s", null, "linux")).toMatchObject({
    url: host,
    problem: expect.stringMatching(/support|address|of the form|Windows/),
  });
});

test("a named pipe is a path, on Windows", () => {
  const pipe = parseHost("npipe:////./pipe/other", "s", null, "win32");
  expect(pipe).toMatchObject({ address: unix("//./pipe/other") });
  expect(parseHost("npipe://", "s", null, "win32")).toMatchObject({ address: unix("//./pipe/docker_engine") });
});

test("the words of ssh: what is from an address is never an option, and quoted for the other shell", () => {
  const words = sshWords({ kind: "ssh", host: "h", user: "-u", port: 22, socket: "/a b/'s" });
  expect(words.slice(0, 4)).toEqual(["-l", "-u", "-p", "22"]);
  expect(words.slice(-3)).toEqual(["--", "h", "docker --host 'unix:///a b/'\\''s' system dial-stdio"]);
});

describe("findEngine", () => {
  const failure = async (env: Record<string, string>): Promise<MsbDepsError> => {
    const error: unknown = await findEngine(surroundings(env), new AbortController().signal).catch((e: unknown) => e);
    if (!(error instanceof MsbDepsError)) throw new Error("expected an MsbDepsError");
    return error;
  };

  test("lists what was tried, each with its reason", async () => {
    const error = await failure({ DOCKER_HOST: "unix:///no/such.sock" });
    expect(error.code).toBe("no-engine");
    expect(error.tried).toEqual(["unix:///no/such.sock (DOCKER_HOST): socket not found"]);
    expect(error.hint).toContain("DOCKER_HOST");
    expect((await failure({ DOCKER_HOST: "tcp://127.0.0.1:1" })).tried[0]).toContain("connection refused");
    expect((await failure({ DOCKER_HOST: "ssh://h", PATH: "/nonexistent" })).tried[0]).toContain("cannot start ssh");
  });
});
