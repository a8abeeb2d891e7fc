import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { breaches } from "./contract.ts";
import { analysisOf, baseImage, CLI, docker, folderOf, msbDeps, type Run } from "./support.ts";

const TRIXIE = baseImage("trixie");

/** A two-stage Dockerfile whose builder does this and whose runtime stage copies /out. */
const twoStages = (...builder: readonly string[]): string =>
  [`FROM ${TRIXIE} AS builder`, ...builder, `FROM ${TRIXIE} AS runtime`, "COPY --from=builder /out/ /usr/", ""].join(
    "\n",
  );

/** A failure that is told: exit 2, nothing on standard output, one paragraph of ours at the end, and no stack. */
function told(run: Run): string {
  expect(run.stdout).toBe("");
  expect(run.code, run.stderr).toBe(2);
  expect(run.stderr).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
  expect(run.stderr).not.toContain("a fault of msb-deps itself");
  const start = run.stderr.search(/^(msb-deps|error): /m);
  expect(start, run.stderr).toBeGreaterThanOrEqual(0);
  return run.stderr.slice(start);
}

/** What the command says where another program starts it. */
function toldBy(program: string, args: readonly string[], env: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr } = spawnSync(program, args, { env, encoding: "utf8" });
  return told({ code: status, stdout, stderr });
}

/** The command as the user nobody, where we may become that and it may read the command (not below /root). */
const asNobody = ["--reuid=65534", "--clear-groups", process.execPath, CLI];
const canChangeUser = spawnSync("setpriv", [...asNobody, "--version"]).status === 0;

describe("names that are mistyped", () => {
  const ask = async (text: string, ...args: string[]) =>
    told(
      await msbDeps([...args, "-"], {
        stdin: text,
        env: { PATH: process.env.PATH, DOCKER_HOST: "unix:///nonexistent" },
      }),
    );
  const text = twoStages("RUN make");

  it("--target names the stage that the line is for", async () => {
    const said = await ask(text, "--target", "runtime");
    expect(said).toContain("--target runtime: runtime is the stage that the line is for");
    expect(said).toContain("Stages that can be built: builder (line 1).");
  });

  it.each([
    ["--runtime", text, ["--runtime", "runtme"], "--runtime runtme: there is no stage runtme. Did you mean runtime?"],
    [
      "COPY --from",
      text.replace("from=builder", "from=buildr"),
      [],
      "line 4: COPY --from=buildr: there is no stage buildr. Did you mean builder?",
    ],
    [
      "RUN --mount",
      `${text}RUN --mount=from=bulider,target=/x true\n`,
      [],
      "line 5: RUN --mount from=bulider: there is no stage bulider. Did you mean builder?",
    ],
    [
      "FROM",
      `${text}FROM runtim AS last\nCMD x\n`,
      [],
      "line 5: FROM runtim: there is no stage runtim. Did you mean runtime?",
    ],
  ])("%s names no stage: nothing is pulled", async (_, dockerfile, args, expected) => {
    expect(await ask(dockerfile, ...args)).toContain(expected);
  });

  it.each([
    ["an official image", text.replace(/builder/g, "nodes").replace("from=nodes", "from=node")],
    ["an image with a tag", text.replace("from=builder", "from=buildr:1")],
    ["an image that a stage begins with", `FROM buildr AS other\n${text}COPY --from=buildr /x /x\n`],
  ])("not: %s", async (_, dockerfile) => {
    expect(await ask(dockerfile)).not.toContain("Did you mean");
  });

  it("a named context is no stage", async () => {
    const dockerfile = `${text}COPY --from=buildr /x /x\n`;
    expect(await ask(dockerfile, "--build-context", "buildr=/tmp")).not.toContain("Did you mean");
  });

  it.each([
    ["a command", ["analize", "Dockerfile"], "unknown command analize. Did you mean analyze?"],
    ["a command alone", ["veriffy"], "unknown command veriffy. Did you mean verify?"],
    ["two Dockerfiles that are not there", ["a/Dockerfile", "b/Dockerfile"], 'no such file: "a/Dockerfile"'],
    ["a saved run without a name", ["why", "--from", "run.json"], "why --from run.json needs a name. Add a package"],
  ])("%s", async (_, args, expected) => {
    expect(told(await msbDeps(args))).toContain(expected);
  });
});

describe("no engine", () => {
  const ask = async (env: NodeJS.ProcessEnv) =>
    told(await msbDeps(["examples/hello"], { env: { PATH: process.env.PATH, ...env } }));

  it("DOCKER_HOST names a socket that is not there: no other engine is taken in its place", async () => {
    expect(await ask({ DOCKER_HOST: "unix:///nonexistent" })).toBe(`error: no container engine found.
Tried:
  - unix:///nonexistent (DOCKER_HOST): socket not found
Correct DOCKER_HOST, or unset it to try the usual sockets. Without an engine, use --oci with the archive of a built image, or --rootfs with an unpacked image (/ inside the builder itself).
`);
  });

  it("DOCKER_HOST names a port where nobody listens", async () => {
    expect(await ask({ DOCKER_HOST: "tcp://127.0.0.1:1" })).toContain(
      "\n  - tcp://127.0.0.1:1 (DOCKER_HOST): connection refused\n",
    );
  });

  it("DOCKER_HOST is no address, or one that is not supported", async () => {
    expect(await ask({ DOCKER_HOST: "ftp://x" })).toContain(
      "ftp://x (DOCKER_HOST): only unix://, tcp://, ssh:// and npipe:// are supported",
    );
    expect(await ask({ DOCKER_HOST: "ssh://u:password@x" })).toContain("is not of the form ssh://USER@HOST:PORT");
  });

  it("the docker context is not there", async () => {
    const home = await folderOf({ ".docker/config.json": `{ "currentContext": "away" }` });
    expect(await ask({ HOME: home })).toContain(
      `\n  - away (docker context "away"): no such context in ${join(home, ".docker")}\nStart the engine of that context`,
    );
  });

  it("something answers that is no engine", async () => {
    const server = createServer((_request, response) => response.writeHead(404).end("no"));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    expect(await ask({ DOCKER_HOST: `tcp://127.0.0.1:${port}` })).toMatch(
      /^error: no container engine found\.\nTried:\n {2}- tcp:/,
    );
  });

  // Where /run is hidden by an empty folder, no usual socket is there.
  const hidden = ["--mount", "sh", "-c", 'mount -t tmpfs none /run && exec "$0" "$@"'];
  const canHide = process.platform === "linux" && spawnSync("unshare", [...hidden, "true"]).status === 0;
  it.skipIf(!canHide)("nothing is set and no usual socket is there: lists every place, and says what to do", () => {
    const env = { PATH: process.env.PATH, HOME: "/nonexistent" };
    const text = toldBy("unshare", [...hidden, process.execPath, CLI, "examples/hello"], env);
    expect(text).toContain("\n  - unix:///var/run/docker.sock (default): socket not found\n");
    expect(text).toContain("\n  - unix:///nonexistent/.docker/run/docker.sock (rootless Docker): socket not found\n");
    expect(text).toMatch(
      /\(Podman\): socket not found\nInstall Docker .* or set DOCKER_HOST to an engine\. Without an engine, use --oci .*\n$/,
    );
  });

  it.skipIf(!canChangeUser || !existsSync("/var/run/docker.sock"))("the socket is there and we may not use it", () => {
    const env = { PATH: process.env.PATH, HOME: "/nonexistent" };
    const text = toldBy("setpriv", [...asNobody, "examples/hello"], env);
    expect(text).toContain("\n  - unix:///var/run/docker.sock (default): permission denied\n");
    expect(text).toContain("add your user to the docker group");
  });
});

describe("the Dockerfile", () => {
  it("is not there, is empty, is a folder without one", async () => {
    const cwd = await folderOf({ empty: "", blank: " \n\t\n", comments: "# only\n\n# comments\n", "folder/x": "" });
    const say = async (...args: string[]) => told(await msbDeps(args, { cwd }));
    expect(await say("gone")).toBe(
      'error: no such file: "gone". Pass a Dockerfile, a directory that contains one, or - for standard input.\n',
    );
    for (const name of ["empty", "blank"])
      expect(await say(name)).toBe(`error: ${name} is empty. A Dockerfile needs at least one FROM instruction.\n`);
    expect(await say("comments")).toMatch(/^error: the Dockerfile is empty\. /);
    expect(await say("folder")).toMatch(
      /^error: the directory folder has no Dockerfile\.\nTried:\n {2}- folder\/Dockerfile\n {2}- folder\/Containerfile\n/,
    );
    expect(told(await msbDeps(["-"], { cwd, stdin: "" }))).toMatch(
      /^error: the Dockerfile on standard input is empty\. /,
    );
    expect(await say()).toMatch(
      /^error: no Dockerfile given\. Pass a Dockerfile, a directory that contains one, or - for/,
    );
    expect(await say("-", "--context", "gone")).toMatch(/^error: the build context gone is not a directory\. /);
  });

  it.skipIf(!canChangeUser)("cannot be read", async () => {
    const cwd = await folderOf({ Dockerfile: "FROM scratch\n" });
    await chmod(join(cwd, "Dockerfile"), 0);
    await chmod(cwd, 0o755);
    expect(toldBy("setpriv", [...asNobody, join(cwd, "Dockerfile")], process.env)).toMatch(
      /^error: .*Dockerfile could not be read: permission denied \(EACCES\)\. Pass a file of up to 8 MiB that you may read, /,
    );
  });

  it("is a device, a FIFO that nobody writes to, or larger than any Dockerfile: refused, and what saved a run too", async () => {
    const cwd = await folderOf({ large: "x".repeat(9 * 2 ** 20) });
    spawnSync("mkfifo", ["fifo"], { cwd });
    const say = async (...args: string[]) => told(await msbDeps(args, { cwd }));
    expect(await say("/dev/zero")).toMatch(/^error: \/dev\/zero could not be read: it is not a regular file\. /);
    expect(await say("audit", "--no-build", "large")).toMatch(
      /^error: large could not be read: it is larger than 8 MiB\. /,
    );
    expect(await say("fifo", "--timeout", "1s")).toMatch(/^error: /);
    expect(await say("--snapshot", "fifo", "--timeout", "1s")).toMatch(/^error: /);
    for (const args of [["--snapshot"], ["why", "libz1", "--from"], ["audit", "--snapshot"]])
      expect(await say(...args, "/dev/zero")).toMatch(/not a saved run of msb-deps: it is not a regular file\. /);
    const piped = ["-c", `exec "$@" <(printf 'FROM scratch\\nUSER 1\\n')`, "bash"];
    const { status } = spawnSync("bash", [...piped, process.execPath, CLI, "audit", "--no-build"], { cwd });
    expect(status).toBe(0);
  });

  it("has an unknown instruction, or none of FROM", async () => {
    const say = async (stdin: string) => told(await msbDeps(["-"], { stdin }));
    expect(await say(`FROM ${TRIXIE}\n\nRUNN true\n`)).toBe(
      'error: cannot parse the Dockerfile: line 3: unknown instruction "RUNN". Correct line 3 of the Dockerfile; `docker build --check` shows more.\n',
    );
    expect(await say("RUN true\n")).toContain("line 1: RUN before the first FROM.");
    expect(await say("ARG X=1\n")).toContain("no FROM instruction");
  });

  it("has no such stage: lists those that are there", async () => {
    expect(told(await msbDeps(["examples/hello", "--target", "nope"]))).toBe(`error: the Dockerfile has no stage "nope".
Tried:
  - stages in the file: builder (line 10), runtime (line 17)
Pass one of these names, or its number, to --target.
`);
  });

  it("copies nothing from another stage", async () => {
    const stdin = `FROM ${TRIXIE} AS builder\nFROM ${TRIXIE}\nCMD ["sh"]\n`;
    expect(told(await msbDeps(["-"], { stdin }))).toMatch(
      /^error: the runtime stage copies nothing from another stage, so .* Name them with --artifacts, /,
    );
  });
});

describe("the build", () => {
  it("fails in a RUN: the instruction, its line of the Dockerfile, its last output", async () => {
    const cwd = await folderOf({
      Dockerfile: twoStages(
        "# a comment, so that lines and instructions differ",
        "RUN mkdir /out",
        "",
        "RUN echo first words >&2 && \\",
        "    echo last words >&2; exit 7",
      ),
    });
    const run = await msbDeps(["Dockerfile"], { cwd });
    expect(
      told(run),
    ).toBe(`error: the build failed at Dockerfile:5, RUN echo first words >&2 &&     echo last words >&2; exit 7: exit code 7. Its last output:
    first words
    last words
`);
  });

  it("fails in a COPY from the context", async () => {
    const stdin = twoStages("COPY nothing-here /out/");
    expect(told(await msbDeps(["-"], { stdin }))).toMatch(
      /^error: the build failed at .*:2, COPY nothing-here \/out\/: /,
    );
  });

  it("needs an image that nobody has", async () => {
    // Port 1 of this machine: the engine is refused at once, whatever network there is.
    const run = await msbDeps(["--image", "127.0.0.1:1/nobody/nothing:1", "--artifacts", "/out"]);
    expect(told(run)).toMatch(
      /^error: image 127\.0\.0\.1:1\/nobody\/nothing:1 not found locally, and pulling it failed: .*\n$/,
    );
  });
});

describe("the artifacts", () => {
  it("are excluded from the context by an ignore file", async () => {
    const dockerfile = `FROM ${TRIXIE} AS builder\nCOPY conf/app.txt lib/*.so /out/\nFROM ${TRIXIE}\nCOPY --from=builder /out/ /usr/\n`;
    const files = { Dockerfile: dockerfile, "conf/app.txt": "a", "lib/x.so": "b" };
    const ask = async (ignore: string) => told(await msbDeps([await folderOf({ ...files, ".dockerignore": ignore })]));
    expect(await ask("conf\n")).toMatch(/\.dockerignore excludes conf\/app\.txt \(line 2\)\. Remove the pattern/);
    expect(await ask("# all\nlib/*\n!lib/y.so\n")).toMatch(/\.dockerignore excludes lib\/\*\.so \(line 2\)\./);
    const { "conf/app.txt": _, ...without } = files;
    expect(told(await msbDeps([await folderOf(without)]))).not.toContain("excludes");
  });

  it("are named below the root: the root itself is not listed", async () => {
    const stdin = twoStages("RUN mkdir /out && cp /bin/ls /out/app");
    expect(told(await msbDeps(["-", "--artifacts", "/outt"], { stdin }))).toMatch(/In \/ there is: bin /);
  });

  it("are not in the image: says what is near", async () => {
    const stdin = twoStages("RUN mkdir -p /out/bin /out/lib && cp /bin/ls /out/bin/app");
    expect(told(await msbDeps(["-", "--artifacts", "/out/sbin/app"], { stdin }))).toBe(
      "error: the stage builder has no /out/sbin/app. In /out there is: bin/ lib/. The runtime stage copies /out (line 4).\n",
    );
    expect(told(await msbDeps(["-", "--artifacts", "/out/lib/libx.so"], { stdin }))).toBe(
      "error: the stage builder has no /out/lib/libx.so. The folder /out/lib is empty. The runtime stage copies /out (line 4).\n",
    );
  });

  it("have no ELF file and no script: exit 2, and 0 with --allow-empty", async () => {
    const stdin = twoStages("RUN mkdir -p /out/share && echo data > /out/share/data");
    expect(told(await msbDeps(["-"], { stdin }))).toBe(
      "error: the artifacts contain no ELF file and no script. Check the path of --artifacts, or use --allow-empty to accept this.\n",
    );
    const allowed = await msbDeps(["-", "--allow-empty", "-q"], { stdin });
    expect(allowed).toMatchObject({ code: 0, stdout: expect.stringMatching(/^# No package is needed/), stderr: "" });
  });

  it("are of an image without dpkg: the reason is named, by script or without perl", async () => {
    const context = await folderOf({ alpine: "ID=alpine\nVERSION_ID=3.20\n", tool: "#!/bin/sh\n" });
    const build = (...lines: string[]) =>
      msbDeps(["-", "--context", context], {
        stdin: ["FROM scratch AS builder", ...lines, `FROM ${TRIXIE}`, "COPY --from=builder /out/ /", ""].join("\n"),
      });
    const ending =
      "msb-deps supports only Debian, Ubuntu and their derivatives. Build on an image with dpkg, or select another stage with --target.\n";
    expect(told(await build("COPY tool /out/tool"))).toBe(
      `error: the builder stage builder (FROM scratch) has no dpkg database (no /etc/os-release). ${ending}`,
    );
    expect(told(await build("COPY alpine /etc/os-release", "COPY tool /out/tool"))).toBe(
      `error: the builder stage builder (FROM scratch) has no dpkg database (/etc/os-release: alpine). ${ending}`,
    );
    // Debian whose database somebody took away to make the image small.
    const stdin = [
      `FROM ${TRIXIE} AS builder`,
      "RUN mkdir /out && cp /bin/ls /out && rm -rf /var/lib/dpkg",
      `FROM ${TRIXIE}`,
      "COPY --from=builder /out/ /",
    ].join("\n");
    expect(told(await msbDeps(["-"], { stdin }))).toMatch(
      /\(FROM debian:trixie-slim\) has no dpkg database \(\/etc\/os-release: debian\)\. /,
    );
  });

  it("are of an imported image without dpkg, given with --image", async () => {
    const folder = await folderOf({ "etc/os-release": 'ID="alpine"\n', "out/tool": "#!/bin/sh\n" });
    const tar = join(folder, "..", `${folder.split("/").at(-1)}.tar`);
    onTestFinished(() => rm(tar, { force: true }));
    expect(spawnSync("tar", ["-cf", tar, "-C", folder, "."]).status).toBe(0);
    const tag = `msb-deps-test:${process.pid}`;
    expect((await docker("import", tar, tag)).code).toBe(0);
    onTestFinished(async () => void (await docker("rmi", tag)));
    expect(told(await msbDeps(["--image", tag, "--artifacts", "/out"]))).toMatch(
      new RegExp(`^error: the image ${tag} has no dpkg database \\(/etc/os-release: alpine\\)\\. `),
    );
  });
});

describe("a library that the loader does not find", () => {
  // Real programs with one name changed for another of the same length.
  const renamed = (from: string, to: string): string => `s/${from.replaceAll(".", "\\.")}/${to}/g`;

  it("exit 1, a comment above the instruction, and the chain: through a library that no package owns", async () => {
    const stdin = twoStages(
      "RUN mkdir -p /out/bin && export LC_ALL=C && lib=$(ls /lib/*-linux-gnu*/libselinux.so.1) \\",
      ` && sed '${renamed("libselinux.so.1", "libmiddle1.so.1")}' /bin/ls > /out/bin/app && chmod 755 /out/bin/app \\`,
      ` && sed '${renamed("libselinux.so.1", "libmiddle1.so.1")}; ${renamed("libpcre2-8.so.0", "libabsent8.so.0")}' $lib \\`,
      "    > /usr/local/lib/libmiddle1.so.1 && ldconfig",
    );
    const run = await msbDeps(["-"], { stdin });
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(/^# MISSING library: libabsent8\.so\.0/m);
    expect(run.stdout).toMatch(
      /^# COPY --from=builder \/usr\/local\/lib\/libmiddle1\.so\.1 \/usr\/local\/lib\/libmiddle1\.so\.1$/m,
    );
    expect(run.stdout).toMatch(/^# RUN ldconfig$/m);
    expect(run.stderr).toContain("libabsent8.so.0 (/out/bin/app → libmiddle1.so.1 → libabsent8.so.0)");
    const document = await analysisOf(["-"], { stdin });
    const { exitCode, missing, copy, notes } = document;
    expect({ exitCode, copy: copy.length, notes: notes.length > 0 }).toEqual({ exitCode: 1, copy: 1, notes: true });
    expect(breaches(document)).toEqual([]);
    expect(missing).toMatchObject([{ kind: "library", name: "libabsent8.so.0", requiredBy: ["/out/bin/app"] }]);
  });

  it("exit 1 also where other packages can be named", async () => {
    const stdin = twoStages(
      `RUN mkdir -p /out/bin && LC_ALL=C sed '${renamed("libselinux.so.1", "libabsent1.so.1")}' /bin/ls > /out/bin/app \\`,
      " && chmod 755 /out/bin/app",
    );
    const run = await msbDeps(["-", "--runtime", "none"], { stdin });
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(
      /^# MISSING library: libabsent1\.so\.1.*\n(#.*\n)*RUN apt-get update .*\\\n {4}libcap2 \\\n && rm /,
    );
    expect(run.stderr).toContain("libabsent1.so.1 (/out/bin/app → libabsent1.so.1)");
    // A list that is read by a program says so by the exit code alone.
    expect(await msbDeps(["-", "--runtime", "none", "-f", "list", "-q"], { stdin })).toEqual({
      code: 1,
      stdout: "libcap2\n",
      stderr: "",
    });
  });
});

describe("what could not be looked at", () => {
  it("exit 2, and every output says that it is not whole", async () => {
    const stdin = twoStages(
      "RUN mkdir -p /out/bin && cp /bin/ls /out/bin/app && truncate -s 65M /var/lib/dpkg/info/apt.list",
    );
    const run = await msbDeps(["-"], { stdin });
    expect(run.code).toBe(2);
    expect(run.stdout).toMatch(/^# INCOMPLETE: 1 path/);
    expect(run.stdout).toContain("# No needed package was found in the part that could be inspected.");
    expect(run.stderr).toMatch(/^ {2}unreadable +\/var\/lib\/dpkg: .* is larger than/m);
    const document = await analysisOf(["-"], { stdin });
    expect(breaches(document)).toEqual([]);
    const { exitCode, complete, unreadable } = document;
    expect({ exitCode, complete }).toEqual({ exitCode: 2, complete: false });
    expect(unreadable).toMatchObject([{ path: "/var/lib/dpkg" }]);
  });
});

describe("the command line", () => {
  const say = async (...args: string[]) => told(await msbDeps(args));

  it("is wrong: exit 2 and what is allowed", async () => {
    expect(await say("examples/hello", "--format", "yaml")).toMatch(
      /^error: .*'yaml' is invalid\. Allowed choices are text, line, list, copy, json/,
    );
    expect(await say("examples/hello", "--bogus")).toMatch(/^error: unknown option '--bogus'/);
    expect(await say("examples/hello", "more")).toMatch(/^error: no such file: "more"/);
    expect(await say("examples/hello", "--build-arg", "=x")).toContain("a name is required, as in NAME=value.");
    expect(await say("examples/hello", "--artifacts", "/a:/b:/c")).toMatch(
      /^error: the artifact "\/a:\/b:\/c" is not SRC or SRC:DEST\. /,
    );
    expect(await say("--image", TRIXIE)).toMatch(
      /^error: --image without a Dockerfile needs --artifacts\. Add --artifacts/,
    );
    expect(await say("--image", "two\nlines", "--artifacts", "/x")).toMatch(/is not an image reference/);
  });

  it("names a snapshot that is none, a file that cannot be written", async () => {
    const cwd = await folderOf({ "empty.json": "", "other.json": "{}" });
    const at = async (...args: string[]) => told(await msbDeps(args, { cwd }));
    expect(await at("--snapshot", "gone.json")).toMatch(
      /^error: gone\.json is not a saved run of msb-deps: no such file or directory \(ENOENT\)/,
    );
    expect(await at("--snapshot", "empty.json")).toMatch(
      /^error: empty\.json is not a saved run of msb-deps: not valid JSON/,
    );
    expect(await at("--snapshot", "other.json")).toMatch(
      /^error: other\.json is not a saved run of msb-deps: runVersion is missing/,
    );
    const output = await msbDeps(["-", "-q", "-o", "gone/line"], {
      cwd,
      stdin: twoStages("RUN mkdir /out && cp /bin/ls /out"),
    });
    expect(told(output)).toMatch(/^error: cannot write gone\/line: .* Check that the directory exists/);
  });
});
