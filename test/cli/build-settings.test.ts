import { Command, InvalidArgumentError } from "commander";
import { describe, expect, test } from "vitest";
import { MsbDepsError } from "../../src/base/errors.ts";
import { addBuildOptions, type BuildFlags, runOptions } from "../../src/cli/build-options.ts";
import { secret, size, ssh, ulimit } from "../../src/cli/build-settings.ts";
import type { RunOptions } from "../../src/commands/options.ts";

const ENV = { TOKEN: "t", npm: "n" };

function read(...args: string[]): RunOptions {
  const command = addBuildOptions(new Command(), ENV)
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  command.parse(args, { from: "user" });
  return runOptions(undefined, command.opts<BuildFlags>());
}

const settings = (...args: string[]) => read(...args).settings;

describe("secrets", () => {
  test.each([
    ["id=a,src=/f", { kind: "file", path: "/f" }],
    ["id=a,source=/f,type=file", { kind: "file", path: "/f" }],
    ["src=/f=g,id=a", { kind: "file", path: "/f=g" }],
    ["id=a,env=TOKEN", { kind: "env", name: "TOKEN" }],
    ["id=a,type=env,src=TOKEN", { kind: "env", name: "TOKEN" }],
    ["id=a", { kind: "file", path: "a" }],
  ])("%s", (value, from) => {
    expect(secret(value, undefined, ENV)).toEqual([{ id: "a", from }]);
  });

  test("an id alone is a variable where there is one of that name", () => {
    expect(secret("id=npm", [], ENV)).toEqual([{ id: "npm", from: { kind: "env", name: "npm" } }]);
    expect(secret("id=npm,type=file", [], ENV)).toEqual([{ id: "npm", from: { kind: "file", path: "npm" } }]);
  });

  test.each(["a", "src=f", "id=", "id=a,env=ABSENT", "id=a,env=TOKEN,src=f", "id=a,mode=1", "id=a,type=x"])(
    "%s is refused",
    (value) => expect(() => secret(value, undefined, ENV)).toThrow(InvalidArgumentError),
  );
});

test("every option of docker build", () => {
  const all = settings(
    ...["--secret", "id=TOKEN", "--secret", "id=b,src=f", "--ssh", "default", "--ssh", "x=/s"],
    ...["--build-context", "docker.io/library/a:latest=docker-image://b", "--build-context", "d=./dir"],
    ...["--network", "none", "--add-host", "a=1.2.3.4", "--add-host", "b:::1", "--add-host", "c=[fe80::1]"],
    ...["--add-host", "gw:host-gateway", "--label", "k=v=w", "--label", "e"],
    ...["--cache-from", "r/a:1", "--cache-from", "type=registry,ref=r/b"],
    ...["--no-cache-filter", "a,b", "--no-cache-filter", "c", "--shm-size", "64m"],
    ...["--ulimit", "nofile=1:2", "--ulimit", "core=0", "--builtin-frontend"],
  );
  expect(all).toEqual({
    secrets: [
      { id: "TOKEN", from: { kind: "env", name: "TOKEN" } },
      { id: "b", from: { kind: "file", path: "f" } },
    ],
    ssh: [
      { id: "default", socket: null },
      { id: "x", socket: "/s" },
    ],
    contexts: { a: "docker-image://b", d: "./dir" },
    network: "none",
    addHosts: [
      { name: "a", address: "1.2.3.4" },
      { name: "b", address: "::1" },
      { name: "c", address: "fe80::1" },
      { name: "gw", address: "host-gateway" },
    ],
    labels: { k: "v=w", e: "" },
    cacheFrom: ["r/a:1", "r/b"],
    noCacheFilter: ["a", "b", "c"],
    shmSize: 64 * 2 ** 20,
    ulimits: ["nofile=1:2", "core=0:0"],
    builtinFrontend: true,
  });
});

test("none of them is a plain build, with the cache", () => {
  expect(settings()).toMatchObject({ secrets: [], contexts: {}, network: "default", noCacheFilter: [], shmSize: null });
  expect(read()).toMatchObject({
    noCache: false,
    endpoint: { host: null, dockerContext: null, builder: null, inBuild: false },
  });
  expect(read("--no-cache").noCache).toBe(true);
  expect(read("-H", "tcp://h").endpoint).toMatchObject({ host: "tcp://h", dockerContext: null });
  expect(read("--docker-context", "c").endpoint).toMatchObject({ host: null, dockerContext: "c" });
});

test.each([
  ["--network", "bridge"],
  ["--add-host", "a"],
  ["--add-host", "a=b"],
  ["--add-host", "a,b=1.2.3.4"],
  ["--build-context", "a"],
  ["--build-context", "a=oci-layout:///x"],
  ["--label", "=v"],
  ["--cache-from", "type=local,src=x"],
  ["--cache-from", "ref=x"],
  ["--shm-size", "big"],
  ["--ulimit", "nofile"],
  ["--ulimit", "files=1"],
  ["--ulimit", "nofile=2:1"],
  ["--ssh", "a=k1,k2"],
])("%s %s is refused", (option, value) => {
  expect(() => read(option, value)).toThrow(expect.objectContaining({ code: "commander.invalidArgument" }));
});

test.each([[["--no-cache", "--no-cache-filter", "a"]], [["--host", "tcp://h", "--docker-context", "c"]]])(
  "%j exclude each other",
  (args) => {
    expect(() => read(...args)).toThrow(MsbDepsError);
  },
);

test.each([
  ["1", 1],
  ["1b", 1],
  ["2K", 2048],
  ["1.5m", 1572864],
  ["1 GiB", 2 ** 30],
])("the size %s", (text, bytes) => expect(size(text)).toBe(bytes));

test("an unlimited hard limit is above every soft one", () => {
  expect(ulimit("nofile=5:-1", [])).toEqual(["nofile=5:-1"]);
  expect(ulimit("nofile=-1", [])).toEqual(["nofile=-1:-1"]);
  expect(() => ulimit("nofile=-1:5", [])).toThrow(InvalidArgumentError);
  expect(() => ssh("", [])).toThrow(InvalidArgumentError);
});
