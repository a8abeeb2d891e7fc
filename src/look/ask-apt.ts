import { Readable } from "node:stream";
import { MsbDepsError, reasonOf } from "../base/errors.ts";
import { decodeName } from "../base/names.ts";
import { isPackageName } from "../debian/packages.ts";
import type { Engine, Image } from "../engine/engine.ts";
import { readTar } from "../oci/tar.ts";
import type { AptFacts, AptWishes, PackageContents } from "../snapshot/apt.ts";
import { KEPT_LINES, reachableStanzas } from "./apt-facts.ts";
import { packageFiles } from "./package-files.ts";
import { runApt } from "./run-apt.ts";

const MAX_OUTPUT = 1024 * 1024 * 1024;

/**
 * $1: the pattern of the lines to keep; the rest: packages whose contents are asked for. apt's state is kept below /tmp,
 * the only place that can be written; as nothing but root's own files are touched there, apt needs no other user. Official
 * images switch apt's own cache off (docker-clean), without which each call reads all indexes anew: 10 s in place of 0.1 s.
 * Answers with a tar of `available`, and of NAME_ARCH.tar, the data archive of each package that could be fetched.
 */
const SCRIPT = `
set -e
export LC_ALL=C
keep=$1; shift
mkdir -p /tmp/lists/partial /tmp/cache/archives/partial /tmp/debs /tmp/out
apt() {
  program=$1; shift
  "$program" -qq -o Dir::State::lists=/tmp/lists -o Dir::Cache=/tmp/cache -o Dir::Cache::pkgcache=pkgcache.bin \
    -o Dir::Cache::srcpkgcache=srcpkgcache.bin -o Acquire::GzipIndexes=false -o Acquire::Languages=none \
    -o Acquire::Retries=2 -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any "$@"
}
apt apt-get update >&2
apt apt-cache dumpavail > /tmp/all
grep -E "$keep" /tmp/all > /tmp/out/available || true
rm /tmp/all
cd /tmp/debs
for name; do
  shift
  if grep -qxF "Package: $name" /tmp/out/available; then set -- "$@" "$name"; fi
done
test $# -eq 0 || apt apt-get download "$@" >&2
for deb in *.deb; do
  test -e "$deb" || continue
  dpkg-deb --fsys-tarfile "$deb" > "/tmp/out/$(dpkg-deb -f "$deb" Package)_$(dpkg-deb -f "$deb" Architecture).tar"
  rm "$deb"
done
exec tar -c -C /tmp/out .
`;

/**
 * Asks apt in the runtime base, with network: what the candidates of some packages are, what they depend on, and what
 * they hold. Nothing is installed.
 * @throws MsbDepsError `apt-failed`
 */
export async function askApt(engine: Engine, image: Image, wishes: AptWishes, signal: AbortSignal): Promise<AptFacts> {
  const contents = wishes.contents.filter(isPackageName);
  const script = [SCRIPT, "sh", KEPT_LINES, ...contents];
  const run = { script, stdin: new Uint8Array(), maxOutput: MAX_OUTPUT, failed };
  const { available, found } = await unpack(await runApt(engine, image, run, signal)).catch((cause: unknown) => {
    throw failed(`its answer is not whole (${reasonOf(cause)})`);
  });
  const asked = [...new Set([...wishes.packages, ...contents])];
  return {
    asked,
    packages: reachableStanzas(available, asked),
    contents: contents.flatMap((name) => found.filter((one) => one.package === name)),
  };
}

async function unpack(output: Buffer): Promise<{ available: string; found: PackageContents[] }> {
  let available = "";
  const found: PackageContents[] = [];
  for await (const entry of readTar(Readable.from([output]))) {
    if (entry.type !== "file") continue;
    const name = decodeName(entry.name).replace(/^\.\//, "");
    const bytes = await entry.read(entry.size);
    const of = /^([^/]+)_([a-z0-9-]+)\.tar$/.exec(name);
    if (name === "available") available = decodeName(bytes);
    else if (of !== null)
      found.push({ package: of[1] ?? "", architecture: of[2] ?? "", files: await packageFiles(bytes) });
  }
  return { available, found };
}

function failed(why: string): MsbDepsError {
  return new MsbDepsError("apt-failed", `cannot query apt in the runtime base: ${why}.`, {
    hint: "apt needs network and the package sources of the base image. Without --online, the built-in tables are used.",
  });
}
