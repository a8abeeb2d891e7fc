import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import type { Analysis } from "../../src/analysis/model.ts";
import type { TraceResult } from "../../src/proof/trace/result.ts";
import { breaches } from "./contract.ts";
import { baseImage, CLI, docker, folderOf, msbDeps, toolsStage } from "./support.ts";

/** Opens a file in a thread, a forked and a spawned process, starts a command, and opens what it finds in a directory. */
const APP = `#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
static int has(const char *path) { int f = open(path, O_RDONLY); if (f >= 0) close(f); return f >= 0; }
static void *thread(void *path) { has(path); return 0; }
int main(int c, char **v) {
  if (c > 1 && !strcmp(v[1], "bomb")) for (;;) fork();
  if (c > 1 && !strcmp(v[1], "user")) {
    if (setgid(33) || setuid(33)) return 3;
    return !has("/etc/services");
  }
  pthread_t t;
  pthread_create(&t, 0, thread, "/etc/services");
  pthread_join(t, 0);
  if (!fork()) { has("/etc/protocols"); _exit(0); }
  wait(0);
  if (chdir("/usr/lib/python3.13")) perror("chdir");
  DIR *d = opendir("lib-dynload");
  for (struct dirent *e; d && (e = readdir(d));)
    if (strstr(e->d_name, "_ssl.")) close(openat(dirfd(d), e->d_name, O_RDONLY));
  printf("tty %d\\n", isatty(0));
  return system("make -v >/dev/null") != 0;
}
`;
const STATIC = `#include <stdio.h>
int main(void) { FILE *f = fopen("/etc/mime.types", "r"); printf("%d\\n", f != 0); return !f; }
`;
const SERVER = `#!/usr/bin/perl
use IO::Socket::INET;
my $s = IO::Socket::INET->new(LocalPort => 8080, Listen => 5, ReuseAddr => 1) or die;
while (my $c = $s->accept) { open my $f, '<', '/etc/rpc'; print $c defined $f && -s '/etc/rpc' ? "yes\\n" : "no\\n"; close $c }
`;
const ASK = `perl -MIO::Socket::INET -e '$s = IO::Socket::INET->new("127.0.0.1:8080") or exit 2; print $a = <$s>; exit($a ne "yes\\n")'`;

const mark = randomUUID();
const DOCKERFILE = `${toolsStage("trixie")}FROM tools
LABEL msb-deps-test=${mark}
COPY app.c static.c server.pl /src/
RUN mkdir -p /out && gcc -o /out/app /src/app.c && gcc -static -o /out/static /src/static.c && install /src/server.pl /out/server
FROM ${baseImage("trixie")} AS base
LABEL msb-deps-test=${mark}
FROM base
COPY --from=1 /out/ /usr/local/bin/
CMD ["app"]
`;
const FILES = { "app.c": APP, "static.c": STATIC, "server.pl": SERVER };

type Traced = Analysis & { readonly trace: TraceResult; readonly exitCode: number | null; readonly stderr: string };

let folder = "";
beforeAll(async () => {
  const { mkdtemp, writeFile } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  folder = await mkdtemp(join(tmpdir(), "msb-deps-test-"));
  for (const [name, text] of Object.entries({ ...FILES, Dockerfile: DOCKERFILE }))
    await writeFile(join(folder, name), text);
  return async () => (await import("node:fs/promises")).rm(folder, { recursive: true });
});

/** What `trace -f json` says; fails with the command's own words where that is nothing. */
async function trace(args: readonly string[], stdin = ""): Promise<Traced> {
  const { stdout, stderr, code } = await msbDeps(["trace", folder, "-q", "-f", "json", ...args], { stdin });
  if (stdout === "") throw new Error(`no result (exit ${code}):\n${stderr}`);
  const document = JSON.parse(stdout) as Traced;
  expect(breaches(document, "trace")).toEqual([]);
  return { ...document, exitCode: code, stderr };
}

const verdicts = (packages: TraceResult["needed"]) => packages.map((one) => [one.package, one.verdict]);
const ours = () => docker("ps", "-aq", "--filter", `label=msb-deps-test=${mark}`);

describe("a command in the builder and in the image with the line", () => {
  it("shows what threads, children and started commands open, and what a directory holds", async () => {
    const said = await trace([]);
    expect(said.trace).toMatchObject({ full: { exitCode: 0 }, lean: { exitCode: 1 }, command: ["app"], unseen: [] });
    expect(said.exitCode).toBe(1);
    expect(verdicts(said.trace.needed)).toEqual([
      // Without its directory, the lean run did not come to the relative path.
      ["libpython3.13-minimal", "used"],
      ["make", "required"],
      ["netbase", "required"],
    ]);
    const netbase = said.trace.needed.find((one) => one.package === "netbase");
    expect(netbase?.paths.map(({ path, by }) => [path, by])).toEqual([
      ["/etc/protocols", ["/usr/local/bin/app"]],
      ["/etc/services", ["/usr/local/bin/app"]],
    ]);
    expect(said.install).toEqual([]);
  });

  it("of a static program: what is added makes it run; the saved trace is evidence for audit", async () => {
    const saved = join(folder, "trace.json");
    const said = await trace(["--add-observed", "--save-trace", saved, "--", "static"]);
    expect(said).toMatchObject({ exitCode: 0, install: ["media-types"] });
    expect(said.trace).toMatchObject({
      ...{ full: { exitCode: 0 }, leanBefore: { exitCode: 1 }, lean: { exitCode: 0 }, needed: [] },
      ...{ lineBefore: [], line: ["media-types"] },
    });
    expect(said.packages.find((one) => one.name === "media-types")?.reasons[0]).toMatchObject({
      kind: "observed",
      artifact: "/out/static",
      chain: [{ soname: "mime.types", path: "/etc/mime.types" }],
    });

    const again = await trace(["--from-trace", saved]);
    expect(again).toMatchObject({ exitCode: 1, install: [], trace: { full: null } });
    expect(verdicts(again.trace.needed)).toEqual([["media-types", "required"]]);
    expect((await trace(["--from-trace", saved, "--add-observed"])).install).toEqual(["media-types"]);

    const install =
      "RUN apt-get update && apt-get install -y --no-install-recommends media-types && rm -rf /var/lib/apt/lists/*";
    const other = await folderOf({ ...FILES, Dockerfile: DOCKERFILE.replace("CMD", `${install}\nCMD`) });
    const findings = async (...more: string[]) => {
      const { stdout } = await msbDeps(["audit", other, "-q", "-f", "json", ...more]);
      const { findings: all } = JSON.parse(stdout) as { findings: { code: string; package: string | null }[] };
      return all.filter((one) => one.package === "media-types").map(({ code }) => code);
    };
    expect(await findings()).toEqual(["no-evidence"]);
    expect(await findings("--trace", saved)).toEqual([]);
  });

  it("gets standard input, a terminal and variables, and may change its user", async () => {
    const input = await trace(
      ["--stdin", "--env", "A=b c", "--", "sh", "-c", 'read x; test "$x $A" = "hello b c"'],
      "hello\n",
    );
    expect(input.trace).toMatchObject({ full: { exitCode: 0 }, lean: { exitCode: 0 } });
    expect(input.exitCode).toBe(0);
    expect((await trace(["--tty", "--", "app"])).trace.full?.output).toContain("tty 1");
    const user = await trace(["--", "app", "user"]);
    expect(user.trace).toMatchObject({ unseen: [], full: { exitCode: 0 }, lean: { exitCode: 1 } });
    expect(verdicts(user.trace.needed)).toEqual([["netbase", "required"]]);
  });

  it("can be a server, which a probe of the builder asks", async () => {
    const said = await trace(["--ready", `${ASK}; test $? != 2`, "--probe", ASK, "--", "server"]);
    expect(said.trace.full).toMatchObject({ outcome: "asked", probe: 0, probeOutput: ["yes"] });
    expect(said.trace.lean).toMatchObject({ outcome: "asked", probe: 1 });
    expect(verdicts(said.trace.needed)).toEqual([["netbase", "required"]]);
  });
});

describe("a command that would not end", () => {
  it("is ended at its time limit, a fork bomb too, and leaves nothing", async () => {
    const said = await trace(["--for", "2", "--", "app", "bomb"]);
    expect(said.trace).toMatchObject({ full: { outcome: "limit" }, lean: { outcome: "limit" } });
    expect((await ours()).stdout).toBe("");
  });

  it("leaves nothing when it is interrupted", async () => {
    const child = spawn(process.execPath, [CLI, "trace", folder, "-q", "--", "sleep", "600"], { stdio: "ignore" });
    const code = new Promise((done) => child.on("close", done));
    while (
      child.exitCode === null &&
      (await docker("ps", "-q", "--filter", `label=msb-deps-test=${mark}`)).stdout === ""
    )
      await delay(200);
    child.kill("SIGINT");
    expect(await code).toBe(130);
    expect((await ours()).stdout).toBe("");
  });
});

it("a user that is not in the image is an error of one paragraph", async () => {
  const user = await msbDeps(["trace", folder, "-q", "--user", "nobody-here"]);
  expect([user.code, user.stderr.split("\n").length]).toEqual([2, 2]);
});
