import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeName } from "../../../src/base/names.ts";
import { parseCache } from "../../../src/loader/cache.ts";
import { confLines, readLoaderConf } from "../../../src/loader/conf.ts";
import { parseLoaderDebug } from "../../../src/loader/ld-debug.ts";
import { parseListing } from "../../../src/loader/listing.ts";
import { snapshotView } from "../../../src/snapshot/snapshot-view.ts";
import { fileFact } from "../../../test/loader/made-view.ts";
import { filesOf, printed } from "../corpus.ts";
import type { Target, Verdict } from "../target.ts";
import { workFolder } from "../work-folder.ts";

const LISTING = `\tlinux-vdso.so.1 (0x00007ffd)
\tlibz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x00007f)
\tlibgone.so.1 => not found
\t/lib64/ld-linux-x86-64.so.2 (0x00007f)
/bin/x: /lib/liba.so.1: version \`A_2' not found (required by /bin/x)
/bin/x: /lib/liba.so.1: no version information available (required by /lib/libb.so)
/bin/x: error while loading shared libraries: libq.so: cannot open shared object file: No such file or directory
ERROR: ld.so: object 'x.so' from LD_PRELOAD cannot be preloaded (cannot open shared object file): ignored.
`;

export const listing: Target = {
  seeds: () => [
    Buffer.from(LISTING),
    ...["/bin/ls", "/usr/bin/gdb", "/usr/bin/ssh", "/usr/bin/perl"].flatMap((file) => printed("ldd", file)),
    ...printed("ldd", "-v", "/bin/ls"),
    ...printed("/bin/sh", "-c", "LD_DEBUG=files,libs ls /etc/ld.so.conf.d 2>&1").map((text) =>
      text.subarray(0, 20_000),
    ),
  ],
  words: [
    " => ",
    " (0x",
    "not found",
    "version `",
    "' not found (required by ",
    ": error while loading shared libraries: ",
    "\t",
    "statically linked",
    "     1:\t",
    "file=",
    " [0];  needed by ",
    "trying file=",
  ],
  run(input) {
    const text = decodeName(input);
    parseListing(text);
    parseLoaderDebug(text);
  },
};

export const conf: Target = {
  seeds: () => [
    ...filesOf("/etc/ld.so.conf.d", /./, 10_000, 20),
    Buffer.from("include /etc/ld.so.conf.d/*.conf\n/usr/local/lib # x\n/opt/lib=libc6\nhwcap 0 x\ninclude a b [c]?\n"),
  ],
  words: [
    "include ",
    "/etc/ld.so.conf",
    "*",
    "?",
    "[",
    "]",
    "[!a-",
    "/etc/ld.so.conf.d/*.conf",
    "=libc6",
    "#",
    "hwcap ",
    "\t",
    "../",
    "/**/",
    "{",
  ],
  run(input) {
    const text = decodeName(input);
    confLines(text);
    const files = ["/etc/ld.so.conf", "/etc/ld.so.conf.d/a.conf", "/etc/ld.so.conf.d/b.conf"];
    const facts = [
      ...files.map((path) => fileFact(path, { text: "" })),
      ...["/", "/etc", "/etc/ld.so.conf.d"].map((path) => fileFact(path, "folder")),
    ];
    const view = snapshotView({ files: facts, listed: ["/", "/etc", "/etc/ld.so.conf.d"] }, "base");
    readLoaderConf(view, () => text);
  },
};

const folder = workFolder();

/** What ldconfig prints of a cache that it takes. */
function judgeByLdconfig(input: Buffer): Verdict {
  const reading = parseCache(input);
  if (reading.kind !== "cache") return "pass";
  const file = join(folder, "ld.so.cache");
  writeFileSync(file, input);
  const { stdout, stderr, status } = spawnSync("/sbin/ldconfig", ["-p", "-C", file], { encoding: "latin1" });
  if (status !== 0 || stderr !== "") return "pass";
  const theirs = stdout
    .split("\n")
    .slice(1)
    .flatMap((line) => /^\t(.*) \(.*\) => (.*)$/.exec(line)?.slice(1).join(" ") ?? []);
  const ours = reading.entries.map(({ soname, path }) => `${soname} ${path}`);
  if (!/^[ -~\n]*$/.test(ours.join("\n"))) return "pass";
  return ours.join("\n") === theirs.join("\n")
    ? null
    : { difference: `ldconfig:\n${theirs.slice(0, 20).join("\n")}\nours:\n${ours.slice(0, 20).join("\n")}` };
}

function cacheOf(format: string): Buffer[] {
  const file = join(folder, `${format}.cache`);
  const config = join(folder, "empty.conf");
  writeFileSync(config, "");
  spawnSync("/sbin/ldconfig", ["-X", "-C", file, "-f", config, "-c", format], { stdio: "ignore" });
  try {
    return [readFileSync(file)];
  } catch {
    return [];
  }
}

export const cache: Target = {
  seeds: () => ["new", "old", "compat"].flatMap(cacheOf),
  words: ["glibc-ld.so.cache1.1", "ld.so-1.7.0\0", "glibc-hwcaps", "x86-64-v3\0", "\x42\x74\xa1\xea"],
  // Header, first entries and the extension behind the strings.
  spans: (seed) => [
    [0, Math.min(seed.length, 400)],
    [Math.max(0, seed.length - 200), seed.length],
  ],
  run(input) {
    parseCache(input);
  },
  judge: judgeByLdconfig,
  judgeOneIn: 20,
};
