import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { build, failure, freePort, have, programPath, startProgram } from "./builds.ts";
import { openEngine } from "./scenarios.ts";
import { baseImage, docker, folderOf, msbDeps } from "./support.ts";

const BASE = baseImage("trixie");
const FROM = `FROM ${BASE}\n`;

/** An engine elsewhere does not reach the servers of these tests. */
const isHere = process.env.DOCKER_HOST === undefined;

let engine: Engine;
/** Engine 23.0 has API 1.42; the frontend of older ones lacks what is asked for here. */
let isOld: boolean;

beforeAll(async () => {
  engine = await openEngine();
  const { stdout } = await docker("version", "--format", "{{.Server.APIVersion}}");
  isOld = Number(stdout.trim().split(".")[1]) < 42;
});
afterAll(() => engine?.close());

test("hosts, network and labels", async () => {
  const addHosts = [
    { name: "a.example", address: "10.1.2.3" },
    { name: "gateway", address: "host-gateway" },
  ];
  const show = `${FROM}RUN cat /etc/hosts; ls /sys/class/net\n`;
  const built = await build(engine, show, { addHosts, labels: { "org.example": "a=b" }, network: "none" });
  expect(built.output).toMatch(/^10\.1\.2\.3\s+a\.example$/m);
  expect(built.output).toMatch(/^\d+\.\d+\.\d+\.\d+\s+gateway$/m);
  expect(built.output).toMatch(/^lo$/m);
  expect(built.output).not.toMatch(/^eth0$/m);
  const labels = await docker("inspect", "--format", '{{index .Config.Labels "org.example"}}', built.image?.id ?? "");
  expect(labels.stdout).toBe("a=b\n");
  const inHost = await build(engine, `${FROM}RUN echo $(ls /sys/class/net)\n`, { network: "host" });
  if (isHere) expect(inHost.output.trim().split(" ")).toContain(readdirSync("/sys/class/net")[0]);
  expect(inHost.error).toBeNull();
});

test("sizes and limits: taken, or refused where the engine would leave them out", async () => {
  const show = `${FROM}RUN df -k --output=size /dev/shm | tail -1; ulimit -Sn; ulimit -Hn\n`;
  const built = await build(engine, show, { shmSize: 2 ** 27, ulimits: ["nofile=123:456"] });
  if (isOld) {
    expect(failure(built)).toMatchObject({
      message: "the Dockerfile frontend of this engine does not know --shm-size, --ulimit.",
      hint: "Use Docker Engine 23.0 or later.",
    });
  } else expect(built.output.trim().split(/\s+/)).toEqual(["131072", "123", "456"]);
});

test("named contexts: a folder, an image in place of another; or refused", async () => {
  const dir = await folderOf({
    "Dockerfile.dockerignore": "",
    "a/file": "of the folder",
    ".dockerignore": "b\n",
    b: "",
  });
  const text =
    "FROM nothing/at-all AS other\nFROM scratch\nCOPY --from=dir / /x/\nCOPY --from=other /etc/debian_version /\n";
  const contexts = { dir, "nothing/at-all": `docker-image://${BASE}` };
  const built = await build(engine, text, { contexts });
  if (isOld) {
    expect(failure(built).message).toBe("the Dockerfile frontend of this engine does not know --build-context.");
    return;
  }
  expect(built.error).toBeNull();
  const check = await build(
    engine,
    `FROM ${built.image?.reference}\nFROM ${BASE}\nCOPY --from=0 /x /x\nRUN find /x -type f\n`,
  );
  expect(check.output.split("\n").sort()).toEqual(["", "/x/.dockerignore", "/x/Dockerfile.dockerignore", "/x/a/file"]);
});

test("a named context that is no folder", async () => {
  const error = failure(await build(engine, FROM, { contexts: { a: "/no/such/folder" } }));
  expect(error).toMatchObject({ code: "usage", message: "the build context a=/no/such/folder is no folder." });
});

test("the stages of --no-cache-filter are run anew, others not", async () => {
  const word = randomBytes(8).toString("hex");
  const text = `FROM ${BASE} AS a\nRUN echo ran-a ${word}\nFROM ${BASE} AS b\nRUN echo ran-b ${word}\nCOPY --from=a /etc/debian_version /\n`;
  const cached = { noCache: false };
  const first = await build(engine, text, {}, cached);
  expect(first.output).toContain(`ran-a ${word}`);
  const second = await build(engine, text, { noCacheFilter: ["b"] }, cached);
  expect(second).toMatchObject({ error: null, output: `ran-b ${word}\n` });
});

describe("secrets", () => {
  const show = (options: string, command: string) => `${FROM}RUN --mount=type=secret,${options} ${command}\n`;

  test("reach the step from a file and from the environment, and nothing else", async () => {
    const folder = await folderOf({ token: "of-a-file\nsecond-line\n" });
    const env = `V${randomBytes(4).toString("hex")}`;
    process.env[env] = "of-the-environment";
    onTestFinished(() => void delete process.env[env]);
    const secrets = [
      { id: "f", from: { kind: "file" as const, path: join(folder, "token") } },
      { id: "e", from: { kind: "env" as const, name: env } },
    ];
    const sums =
      "sha256sum /run/secrets/f | cut -c1-8; wc -c </run/secrets/e; cat /run/secrets/f /run/secrets/e; exit 3";
    const both = show("id=f --mount=type=secret,id=e", sums);
    const built = await build(engine, both, { secrets });
    const sum = execFileSync("sha256sum", [join(folder, "token")])
      .toString("utf8")
      .slice(0, 8);
    expect(built.output).toMatch(new RegExp(`^${sum}\n18\n`));
    expect(built.output + failure(built).message).toContain("***");
    for (const value of ["of-a-file", "second-line", "of-the-environment"])
      expect(built.output + failure(built).message).not.toContain(value);
  });

  test("that were not given: told, also where the build goes on", async () => {
    const quiet = await build(engine, show("id=absent", "test ! -e /run/secrets/absent"));
    expect(quiet.error).toBeNull();
    expect(quiet.warnings).toContain('the build asked for the secret "absent", which was not given');
    const error = failure(await build(engine, show("id=absent,required=true", "true")));
    expect(error.message).toMatch(/Dockerfile:2, .*secret absent.* not found/);
    expect(error.hint).toContain("--secret id=absent,src=FILE");
  });

  test("from the command line to the snapshot: no trace of the value", async () => {
    const word = randomBytes(4).toString("hex");
    const folder = await folderOf({
      Dockerfile: `FROM ${BASE} AS builder\nRUN --mount=type=secret,id=t mkdir -p /out && cp /bin/true /out/ && wc -c </run/secrets/t && cat /run/secrets/t # ${word}\nRUN --mount=type=secret,id=none echo ${word}\nFROM ${BASE}\nCOPY --from=builder /out /\n`,
    });
    const value = randomBytes(8).toString("hex");
    const args = [folder, "--secret", "id=t,env=T", "--save-snapshot", join(folder, "run.json"), "--progress", "plain"];
    const run = await msbDeps(args, { env: { ...process.env, T: value } });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toMatch(/^#\d+ 16$/m);
    expect(run.stderr).toMatch(/^#\d+ \*\*\*$/m);
    expect(run.stderr).toContain('warning: the build asked for the secret "none", which was not given');
    expect(run.stdout + run.stderr + (await readFile(join(folder, "run.json"), "utf8"))).not.toContain(value);
    const refused = await msbDeps([folder, "--secret", "id=t,env=ABSENT"]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain("the environment has no variable ABSENT");
  });
});

describe.skipIf(!have("ssh-agent", "ssh-add", "ssh-keygen"))("an ssh agent", () => {
  let socket: string;
  let pid: string;
  let folder: string;
  beforeAll(() => {
    folder = execFileSync("mktemp", ["-d"]).toString("utf8").trim();
    socket = join(folder, "agent");
    const said = execFileSync("ssh-agent", ["-s", "-a", socket]).toString("utf8");
    pid = /SSH_AGENT_PID=(\d+)/.exec(said)?.[1] ?? "";
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "the-key", "-f", join(folder, "key")]);
    execFileSync("ssh-add", ["-q", join(folder, "key")], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
  });
  afterAll(() => {
    process.kill(Number(pid));
    spawnSync("rm", ["-rf", folder]);
  });

  // Asks the agent to forget all keys (19), then to list them (11), then to sign with the first (13).
  const script = `use IO::Socket::UNIX;
my $s = IO::Socket::UNIX->new(Peer => $ENV{SSH_AUTH_SOCK}) or die "no agent";
sub ask { my $m = shift; print $s pack("N", length $m) . $m; $s->flush; read $s, my $h, 4; read $s, my $b, unpack("N", $h); $b }
printf "forget %d\\n", unpack "C", ask(chr 19);
my $keys = ask(chr 11);
printf "list %d %d %s\\n", unpack("CN", $keys), $keys =~ /the-key/ ? "the-key" : "";
my $key = substr $keys, 9, unpack "N", substr $keys, 5, 4;
printf "sign %d\\n", unpack "C", ask(chr(13) . pack("N/a* N/a* N", $key, "data", 0));
`;
  const text = (id: string) => `${FROM}COPY ask.pl /\nRUN --mount=type=ssh,${id}required=true perl /ask.pl\n`;

  test("lists its keys and signs, and takes no other orders", async () => {
    const contextDir = await folderOf({ "ask.pl": script });
    const built = await build(engine, text("id=other,"), { ssh: [{ id: "other", socket }] }, { contextDir });
    expect(built.output).toBe("forget 5\nlist 12 1 the-key\nsign 14\n");
    const keys = execFileSync("ssh-add", ["-l"], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    expect(keys.toString("utf8")).toContain("the-key");
  });

  test("that is not given is told", async () => {
    const contextDir = await folderOf({ "ask.pl": script });
    for (const ssh of [[], [{ id: "other", socket }]]) {
      const error = failure(await build(engine, text(""), { ssh }, { contextDir }));
      expect(error.message).toMatch(/Dockerfile:3, .*(no SSH key|unset ssh forward key)/);
      expect(error.hint).toContain("--ssh default");
    }
  });
});

test("a frontend that cannot be had: Docker's own is stood in for, another is not, unless that is said", async () => {
  const text = (image: string) => `# syntax=localhost:1/${image}\n${FROM}RUN echo built\n`;
  const own = await build(engine, text("mirror/dockerfile:1"));
  expect(own.output).toBe("built\n");
  expect(own.warnings).toContain("--builtin-frontend");
  const other = failure(await build(engine, text("other:1")));
  expect(other.message).toMatch(/^the frontend localhost:1\/other:1, .* could not be pulled: .*refused/);
  expect(other.hint).toContain("--builtin-frontend");
  const chosen = await build(engine, text("other:1"), { builtinFrontend: true });
  expect([chosen.output, chosen.warnings]).toEqual(["built\n", ""]);
});

test.skipIf(!isHere)("the image of --cache-from is asked for; that it is not there stops nothing", async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(404).end();
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  onTestFinished(() => void server.close());
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  const built = await build(engine, `${FROM}RUN true\n`, { cacheFrom: [`127.0.0.1:${port}/the/cache:1`] });
  expect(built.error).toBeNull();
  expect(asked.join()).toContain("/v2/the/cache/manifests/1");
});

describe.skipIf(!isHere)("contexts that the engine fetches, with our Dockerfile", () => {
  const text = `${FROM}COPY . /c\nRUN cat /c/file; ls -A /c\n`;

  test("a tar over http", async () => {
    const tar = pack();
    tar.entry({ name: "file" }, "in the tar\n");
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    const server = createServer((_request, response) => {
      response.setHeader("content-type", "application/gzip");
      response.end(gzipSync(Buffer.concat(chunks)));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const built = await build(engine, text, {}, { contextDir: `http://127.0.0.1:${port}/context.tar.gz` });
    expect(built.output).toBe("in the tar\nfile\n");
  });

  test.skipIf(!have("git", "git-daemon"))("a git repository: a branch, and a folder of it", async () => {
    const root = await folderOf({ "work/file": "in the branch\n", "work/sub/file": "below\n" });
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", join(root, "work"), "-c", "user.name=t", "-c", "user.email=t@t", ...args]);
    git("init", "-q", "-b", "other");
    git("add", ".");
    git("commit", "-q", "-m", "one");
    const port = await freePort();
    const daemon = await startProgram(
      programPath("git-daemon") ?? "",
      ["--listen=127.0.0.1", `--port=${port}`, "--export-all", `--base-path=${root}`, root],
      async () => spawnSync("git", ["ls-remote", `git://127.0.0.1:${port}/work/.git`]).status === 0,
    );
    onTestFinished(daemon.stop);
    const url = `git://127.0.0.1:${port}/work/.git#other`;
    expect(await build(engine, text, {}, { contextDir: url })).toMatchObject({
      error: null,
      output: expect.stringMatching(/^in the branch\nfile\nsub\n$/m),
    });
    const below = await build(engine, text, {}, { contextDir: `${url}:sub` });
    if (isOld) expect(failure(below).message).toContain("subdir not supported yet");
    else expect(below).toMatchObject({ error: null, output: expect.stringMatching(/^below\nfile\n$/m) });
  });
});

test("the Dockerfile lies outside of the context", async () => {
  const folder = await folderOf({
    "files/Dockerfile": `FROM ${BASE} AS builder\nCOPY . /c\nRUN ls -A /c && cp -r /c /out # ${randomBytes(4).toString("hex")}\nFROM ${BASE}\nCOPY --from=builder /out /\n`,
    "files/Dockerfile.dockerignore": "left-out\n",
    "context/program": "#!/bin/sh\n",
    "context/left-out": "",
  });
  const args = [join(folder, "files/Dockerfile"), "--context", join(folder, "context"), "--progress", "plain"];
  const run = await msbDeps(args);
  expect(run.code, run.stderr).toBe(0);
  expect(run.stderr).toMatch(/^#\d+ program$/m);
  expect(run.stderr).not.toContain("left-out");
});
