import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isRemoteContext, namedContexts } from "../../src/engine/buildkit/contexts.ts";
import { maskedParts, masker } from "../../src/engine/buildkit/mask.ts";
import { isDockersFrontend, ownFrontendLacks } from "../../src/engine/buildkit/own-frontend.ts";
import { entitlements, settingAttributes } from "../../src/engine/buildkit/setting-attributes.ts";
import { PLAIN_BUILD } from "../../src/engine/buildkit/settings.ts";
import { secretStore } from "../../src/engine/session/secrets.ts";
import { agentMessages, sshSockets } from "../../src/engine/session/ssh-agent.ts";
import type { Surroundings } from "../../src/engine/surroundings.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "msb-deps-settings-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const around = (env: Record<string, string> = {}): Surroundings => ({
  env,
  home: "/",
  platform: "linux",
  uid: 1,
  hostname: "h",
  readFile: (path) => readFile(path),
});

describe("attributes of the frontend", () => {
  test("a plain build has none", () => {
    expect(settingAttributes(PLAIN_BUILD)).toEqual({});
    expect(entitlements(PLAIN_BUILD)).toEqual([]);
  });

  test("each option becomes one", () => {
    const settings = {
      ...PLAIN_BUILD,
      contexts: { a: "docker-image://b" },
      network: "host" as const,
      addHosts: [
        { name: "a", address: "1.2.3.4" },
        { name: "b", address: "::1" },
      ],
      labels: { k: "v" },
      cacheFrom: ["x", "y"],
      noCacheFilter: ["s", "t"],
      shmSize: 5,
      ulimits: ["core=0:0", "cpu=1:1"],
      builtinFrontend: true,
    };
    expect(settingAttributes(settings)).toEqual({
      "label:k": "v",
      "force-network-mode": "host",
      "add-hosts": "a=1.2.3.4,b=::1",
      "no-cache": "s,t",
      "shm-size": "5",
      ulimit: "core=0:0,cpu=1:1",
      "cache-from": "x,y",
      "cache-imports": '[{"Type":"registry","Attrs":{"ref":"x"}},{"Type":"registry","Attrs":{"ref":"y"}}]',
      "frontend.caps": "moby.buildkit.frontend.contexts+forward",
      cmdline: "dockerfile.v0",
    });
    expect(entitlements(settings)).toEqual(["network.host"]);
  });

  test("named contexts: folders are sent, all else is handed on", () => {
    const contexts = { a: "./dir", b: "https://h/x.git#main", c: "docker-image://i", dockerfile: "d" };
    expect(namedContexts({ contexts }).map(({ attribute, value, folder: sent }) => [attribute, value, sent])).toEqual([
      ["context:a", "local:a", "./dir"],
      ["context:b", "https://h/x.git#main", null],
      ["context:c", "docker-image://i", null],
      ["context:dockerfile", "local:_dockerfile", "d"],
    ]);
  });

  test.each([
    ["https://h/x.tar.gz", true],
    ["git://h/x", true],
    ["git@github.com:a/b.git", true],
    ["github.com/a/b", true],
    ["./github.com/a", false],
    ["/abs", false],
    ["http", false],
  ])("is %s fetched by the engine: %s", (context, remote) => expect(isRemoteContext(context)).toBe(remote));
});

describe("the engine's own frontend", () => {
  const asking = { ...PLAIN_BUILD, contexts: { a: "b" }, shmSize: 1, ulimits: ["core=0:0"] };
  test.each([
    ["1.41", ["--build-context", "--shm-size", "--ulimit"]],
    ["1.9", ["--build-context", "--shm-size", "--ulimit"]],
    ["1.42", []],
    ["2.0", []],
    [null, []],
  ])("of API %s lacks %j", (version, lacks) => expect(ownFrontendLacks(asking, version)).toEqual(lacks));

  test.each([
    ["docker.io/docker/dockerfile:1", true],
    ["docker/dockerfile-upstream:master-labs", true],
    ["localhost:5000/mirror/dockerfile@sha256:00", true],
    ["docker.io/org/dockerfile-x:1", false],
    ["localhost:5000/other", false],
  ])("is one edition of %s: %s", (image, own) => expect(isDockersFrontend(image)).toBe(own));
});

describe("secrets", () => {
  const file = (path: string) => ({ id: "f", from: { kind: "file" as const, path } });

  test("are read when they are asked for, and then known to the mask", async () => {
    await writeFile(join(folder, "s"), "one");
    const env = { kind: "env" as const, name: "E" };
    const store = await secretStore([file(join(folder, "s")), { id: "e", from: env }], around({ E: "two" }));
    await writeFile(join(folder, "s"), "three");
    expect(store.given()).toEqual([]);
    expect(await store.get("f")).toEqual(Buffer.from("three"));
    expect(await store.get("e")).toEqual(Buffer.from("two"));
    expect(await store.get("other")).toBeNull();
    expect(store.given().map(String)).toEqual(["three", "two"]);
  });

  test.each([
    ["absent", "there is no file"],
    [".", "is no file"],
    ["large", "500 KiB"],
  ])("that cannot be given are told before the build: %s", async (name, reason) => {
    await writeFile(join(folder, "large"), Buffer.alloc(500 * 1024 + 1));
    await expect(secretStore([file(join(folder, name))], around())).rejects.toMatchObject({
      code: "usage",
      message: expect.stringContaining(reason),
    });
  });
});

describe("the mask", () => {
  const whole = (parts: readonly Buffer[], chunks: readonly Buffer[]): string => {
    const mask = masker(() => parts);
    return Buffer.concat([...chunks.map((chunk) => mask.push(chunk)), mask.end()]).toString("latin1");
  };

  test("hides a value and its lines, and nothing as short as a word", () => {
    const parts = maskedParts([Buffer.from("first line\nsecond\nok\n")]);
    expect(whole(parts, [Buffer.from("a first line b second c ok first\n")])).toBe("a *** b *** c ok first\n");
    expect(whole([], [Buffer.from("x")])).toBe("x");
  });

  test("hides it in base64 wherever it lies in what was encoded, with a line broken or not, and in URLs", () => {
    const value = fc.uint8Array({ minLength: 8, maxLength: 200 }).map((bytes) => Buffer.from(bytes));
    const around = fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes));
    const visible = (secret: string, encoded: string): string => {
      const shown = whole(maskedParts([Buffer.from(secret)]), [Buffer.from(encoded)]);
      // What is left of a value in base64 are its first and last letters, which the bytes around it have a part in.
      return shown.replace(/\*\*\*/g, "");
    };
    fc.assert(
      fc.property(value, around, around, (bytes, before, after) => {
        const secret = bytes.toString("hex");
        const all = Buffer.concat([before, Buffer.from(secret), after]);
        for (const encoding of ["base64", "base64url"] as const)
          expect(visible(secret, all.toString(encoding)).length).toBeLessThanOrEqual(20);
        const broken = Buffer.from(`${secret}\n`).toString("base64").replace(/.{76}/g, "$&\n");
        expect(whole(maskedParts([Buffer.from(`${secret}\n`)]), [Buffer.from(broken)])).toMatch(/^(?:\*\*\*\n?)+$/);
      }),
    );
    const token = "p@ss w/rd:+é!";
    const forms = [encodeURIComponent(token), encodeURI(token), new URLSearchParams({ t: token }).toString()];
    for (const form of [...forms, ...forms.map((one) => one.replace(/%../g, (code) => code.toLowerCase()))])
      expect(visible(token, form), form).not.toMatch(/ss|rd/);
    expect(whole(maskedParts([Buffer.from("secret")]), [Buffer.from("c2VjcmVU")])).toBe("c2VjcmVU");
  });

  test("wherever the output is cut, and all else stays as it is", () => {
    const secret = "s3cr3t";
    const text = fc.array(fc.constantFrom(secret, "s3", "s3cr", "other", "\n"), { maxLength: 8 });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 9 }), (pieces, width) => {
        const all = Buffer.from(pieces.join(" "));
        const chunks = Array.from({ length: Math.ceil(all.length / width) }, (_, at) =>
          all.subarray(at * width, (at + 1) * width),
        );
        expect(whole([Buffer.from(secret)], chunks)).toBe(all.toString().replaceAll(secret, "***"));
      }),
    );
  });
});

describe("ssh agents", () => {
  test("messages of the agent, cut anywhere; a wrong length is an error", async () => {
    const message = (body: Uint8Array) => {
      const head = Buffer.alloc(4);
      head.writeUInt32BE(body.length);
      return Buffer.concat([head, body]);
    };
    const cut = async (all: Buffer, width: number) => {
      const chunks = Array.from({ length: Math.ceil(all.length / width) }, (_, at) =>
        all.subarray(at * width, (at + 1) * width),
      );
      const found: string[] = [];
      async function* source() {
        yield* chunks;
      }
      for await (const one of agentMessages(source())) found.push(one.toString("hex"));
      return found;
    };
    const bodies = fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }));
    await fc.assert(
      fc.asyncProperty(bodies, fc.integer({ min: 1, max: 9 }), async (given, width) => {
        const expected = given.map((body) => message(body).toString("hex"));
        expect(await cut(Buffer.concat(given.map(message)), width)).toEqual(expected);
      }),
    );
    await expect(cut(Buffer.from("ffffffff00", "hex"), 5)).rejects.toThrow(/a message of/);
    await expect(cut(Buffer.from("00000000", "hex"), 5)).rejects.toThrow(/a message of/);
  });

  test("the socket is named, or that of SSH_AUTH_SOCK, and has to be one", async () => {
    const server = createServer().listen(join(folder, "agent"));
    await new Promise((resolve) => server.once("listening", resolve));
    const socket = join(folder, "agent");
    const found = await sshSockets([{ id: "default", socket: null }], around({ SSH_AUTH_SOCK: socket }));
    expect([...found]).toEqual([["default", socket]]);
    const reason = (path: string | null) => sshSockets([{ id: "x", socket: path }], around());
    await expect(reason(null)).rejects.toMatchObject({ message: expect.stringContaining("SSH_AUTH_SOCK is not set") });
    await expect(reason(folder)).rejects.toMatchObject({ hint: expect.stringContaining("ssh-add") });
    await new Promise((resolve) => server.close(resolve));
  });
});
