import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { build, freePort, have, startProgram } from "./builds.ts";
import { openEngine } from "./scenarios.ts";
import { baseImage, msbDeps } from "./support.ts";

let folder: string;
const stops: (() => Promise<void>)[] = [];
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "msb-deps-endpoints-"));
});
afterAll(async () => {
  for (const stop of stops) await stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The environment without anything that names an engine. */
function plain(more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("DOCKER_"));
  return { ...Object.fromEntries(kept), DOCKER_CONFIG: join(folder, "config"), ...more };
}

/** An engine builds over the endpoint: the session and BuildKit are upgraded connections in both directions. */
async function builds(env: NodeJS.ProcessEnv): Promise<string> {
  const engine = await openEngine(env);
  onTestFinished(async () => expect(await engine.close()).toEqual([]));
  const context = mkdtempSync(join(folder, "context-"));
  writeFileSync(join(context, "file"), "x".repeat(300_000));
  const built = await build(engine, "FROM scratch\nCOPY . /\n", {}, { contextDir: context });
  expect(built.error).toBeNull();
  return engine.endpoint;
}

/** The exit code of curl. Waited for, and not blocking: the port it asks is ours. */
async function answered(args: readonly string[]): Promise<number | null> {
  const [code] = (await once(spawn("curl", args, { stdio: "ignore" }), "close")) as [number | null];
  return code;
}

/** Why no engine answers. */
async function refused(env: NodeJS.ProcessEnv, host: string | null = null): Promise<string> {
  const error: unknown = await openEngine(env, host).catch((reason: unknown) => reason);
  if (!(error instanceof MsbDepsError)) throw new Error("expected no engine to answer", { cause: error });
  expect(error.code).toBe("no-engine");
  return error.tried.join("\n");
}

const isRoot = userInfo().uid === 0;

describe.skipIf(!isRoot || !have("dockerd", "openssl", "curl", "ip", "unshare", "nsenter"))(
  "an engine over TCP with TLS on both sides",
  () => {
    let url: string;
    const pem = (name: string): string => join(folder, "tls", name);

    beforeAll(async () => {
      certificates(join(folder, "tls"));
      const port = await secureEngine();
      url = `tcp://127.0.0.1:${port}`;
    });

    /**
     * A second dockerd. In a network namespace of its own: it would else take away the bridge of the engine that is there
     * (with --bridge=none dockerd removes docker0). A port of ours leads to it through a socket in the file system.
     */
    async function secureEngine(): Promise<number> {
      const root = join(folder, "engine");
      const dockerd = [
        ...["dockerd", "--host", "tcp://127.0.0.1:2376", "--tlsverify", "--tlscacert", pem("ca.pem")],
        ...["--tlscert", pem("server-cert.pem"), "--tlskey", pem("server-key.pem")],
        ...["--data-root", join(root, "data"), "--exec-root", join(root, "exec"), "--pidfile", join(root, "pid")],
        ...["--bridge", "none", "--iptables=false", "--ip6tables=false", "--storage-driver", "vfs"],
      ];
      const isUp = async () => existsSync(join(root, "pid"));
      const start = ["--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh", ...dockerd];
      const engine = await startProgram("unshare", start, isUp);
      const socket = join(root, "relay");
      const relay = `require("net").createServer({ allowHalfOpen: true }, (here) => {
      const there = require("net").connect({ port: 2376, host: "127.0.0.1", allowHalfOpen: true });
      here.on("error", () => there.destroy()).pipe(there).on("error", () => here.destroy()).pipe(here);
    }).listen(process.argv[1])`;
      const target = readFileSync(join(root, "pid"), "utf8").trim();
      const words = ["--target", target, "--net", process.execPath, "-e", relay, socket];
      const inside = await startProgram("nsenter", words, async () => existsSync(socket));
      const port = await freePort();
      const server = createServer({ allowHalfOpen: true }, (client) => {
        const there = createConnection({ path: socket, allowHalfOpen: true });
        client.on("error", () => there.destroy()).pipe(there);
        there.on("error", () => client.destroy()).pipe(client);
      });
      await new Promise<void>((done) => server.listen(port, "127.0.0.1", done));
      stops.push(async () => void server.close(), inside.stop, engine.stop);
      const client = ["--cacert", pem("ca.pem"), "--cert", pem("cert.pem"), "--key", pem("key.pem")];
      const ping = ["-sf", ...client, `https://127.0.0.1:${port}/_ping`];
      for (let tries = 0; (await answered(ping)) !== 0; tries++) {
        if (tries > 300) throw new Error(`the engine does not answer:\n${engine.said()}`);
        await new Promise((done) => setTimeout(done, 100));
      }
      return port;
    }

    test("by DOCKER_TLS_VERIFY and DOCKER_CERT_PATH", async () => {
      const env = plain({ DOCKER_HOST: url, DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: join(folder, "tls") });
      expect(await builds(env)).toBe(`${url} (DOCKER_HOST)`);
    });

    test("by a context that docker itself made; --docker-context goes before DOCKER_HOST", async () => {
      const files = `ca=${pem("ca.pem")},cert=${pem("cert.pem")},key=${pem("key.pem")}`;
      const env = plain();
      execFileSync("docker", ["context", "create", "secure", "--docker", `host=${url},${files}`], {
        env,
        stdio: "pipe",
      });
      expect(await builds({ ...env, DOCKER_CONTEXT: "secure" })).toBe(`${url} (docker context "secure")`);
      execFileSync("docker", ["context", "use", "secure"], { env, stdio: "pipe" });
      expect(await builds(env)).toBe(`${url} (docker context "secure")`);
      // The base image is not on that engine: it is that one which looks for it, and not the one that DOCKER_HOST names.
      const args = ["examples/hello", "--docker-context", "secure", "--build-arg", "BASE_IMAGE=localhost:1/none"];
      const run = await msbDeps(args, { env: { ...env, DOCKER_HOST: "unix:///nonexistent" } });
      expect(run.stderr).toContain("image localhost:1/none not found locally");
    });

    test("refuses us without our certificate, and we it without its authority", async () => {
      const noClient = join(folder, "no-client");
      mkdirSync(noClient);
      writeFileSync(join(noClient, "ca.pem"), readFileSync(pem("ca.pem")));
      const host = { DOCKER_HOST: url, DOCKER_TLS_VERIFY: "1" };
      const reason = (path: string) => refused(plain({ ...host, DOCKER_CERT_PATH: path }));
      expect(await reason(noClient)).toContain("(DOCKER_HOST): it rejected the client certificate");
      const other = join(folder, "other");
      certificates(other);
      expect(await reason(other)).toContain("was not issued by the given authority (ca.pem)");
      expect(await reason(folder)).toContain(`${folder} has no ca.pem`);
      const unencrypted = "(--host): it answered the ping with HTTP 400; it may want TLS (DOCKER_TLS_VERIFY)";
      expect(await refused(plain(), url)).toContain(unencrypted);
    });

    /** An authority, a certificate for 127.0.0.1, and one for a client, named as docker wants them. */
    function certificates(target: string): void {
      mkdirSync(target);
      const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: target, stdio: "pipe" });
      openssl(
        ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority"],
        ...["-keyout", "ca-key.pem", "-out", "ca.pem"],
      );
      const names = {
        server: "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth",
        client: "extendedKeyUsage=clientAuth",
      };
      for (const [name, extensions] of Object.entries(names)) {
        const [key, cert] = name === "server" ? ["server-key.pem", "server-cert.pem"] : ["key.pem", "cert.pem"];
        writeFileSync(join(target, "extensions"), extensions);
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", `/CN=${name}`, "-keyout", key, "-out", "request");
        openssl(
          ...["x509", "-req", "-in", "request", "-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial"],
          ...["-days", "2", "-extfile", "extensions", "-out", cert],
        );
      }
    }
  },
);

describe.skipIf(!isRoot || !have("sshd", "ssh", "ssh-keygen", "ssh-keyscan", "pgrep"))("an engine over ssh", () => {
  let port: number;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    const root = join(folder, "ssh");
    mkdirSync(join(root, "bin"), { recursive: true });
    for (const key of ["host-key", "key"])
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(root, key)]);
    port = await freePort();
    const server = [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${join(root, "host-key")}`,
      `AuthorizedKeysFile ${join(root, "key.pub")}`,
      `PidFile ${join(root, "pid")}`,
      `SetEnv PATH=${process.env.PATH}`,
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
    ];
    writeFileSync(join(root, "sshd"), `${server.join("\n")}\n`);
    const known = `[127.0.0.1]:${port} ${readFileSync(join(root, "host-key.pub"), "utf8")}`;
    writeFileSync(join(root, "known"), known);
    const client = `IdentityFile ${join(root, "key")}\nIdentitiesOnly yes\nUserKnownHostsFile ${join(root, "known")}\n`;
    writeFileSync(join(root, "client"), client);
    // In place of the user's own ~/.ssh/config.
    const ssh = execFileSync("sh", ["-c", "command -v ssh"]).toString("utf8").trim();
    writeFileSync(join(root, "bin/ssh"), `#!/bin/sh\nexec ${ssh} -F ${join(root, "client")} "$@"\n`);
    chmodSync(join(root, "bin/ssh"), 0o755);
    env = plain({ PATH: `${join(root, "bin")}:${process.env.PATH}` });
    if (!existsSync("/run/sshd")) mkdirSync("/run/sshd");
    const answers = async () => spawnSync("ssh-keyscan", ["-p", String(port), "127.0.0.1"]).stdout.length > 0;
    stops.push((await startProgram("sshd", ["-D", "-e", "-f", join(root, "sshd")], answers)).stop);
  });

  test("builds and runs, bytes as they are, and leaves no program behind", async () => {
    const url = `ssh://${userInfo().username}@127.0.0.1:${port}`;
    const over = { ...env, DOCKER_HOST: url };
    expect(await builds(over)).toBe(`${url} (DOCKER_HOST)`);
    const engine = await openEngine(over);
    const signal = new AbortController().signal;
    const image = await engine.image(baseImage("trixie"), { platform: null, pull: false, onEvent: () => {}, signal });
    const stdin = Buffer.alloc(300_000, "any \0 bytes \xff\n", "latin1");
    const limits = { maxOutput: 2 ** 20, timeoutMs: 60_000, signal };
    const result = await engine.run({ image, command: ["cat"], stdin, endStdin: true, env: {}, ...limits });
    expect(result.stdout.equals(stdin)).toBe(true);
    await engine.close();
    const { stdout } = spawnSync("pgrep", ["-f", `-p ${port} .* dial-stdio`]);
    expect(stdout.toString("utf8")).toBe("");
  });

  test("to a socket of the other side's", async () => {
    const url = `ssh://127.0.0.1:${port}/var/run/docker.sock`;
    const engine = await openEngine({ ...env, DOCKER_HOST: url });
    expect(engine.endpoint).toBe(`${url} (DOCKER_HOST)`);
    await engine.close();
    const none = await refused(env, `ssh://127.0.0.1:${port}/none.sock`);
    expect(none).toMatch(/\(--host\): ssh ended with exit code 1: .*none\.sock/);
  });

  test("that lets us not in: ssh's own words", async () => {
    const url = `ssh://nobody@127.0.0.1:${port}`;
    expect(await refused(env, url)).toMatch(/ssh ended with exit code 255: .*Permission denied/);
    const closed = await refused(env, `ssh://127.0.0.1:${await freePort()}`);
    expect(closed).toMatch(/exit code 255: .*Connection refused/);
  });
});
