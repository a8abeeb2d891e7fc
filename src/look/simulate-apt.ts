import { MsbDepsError } from "../base/errors.ts";
import { readStanzas } from "../debian/control.ts";
import type { Engine, Image } from "../engine/engine.ts";
import type { AptList, AptSimulation } from "../snapshot/apt.ts";
import { runApt } from "./run-apt.ts";

const MAX_OUTPUT = 64 * 1024 * 1024;
/**
 * $1: the native architecture and those of the words, divided by blanks. Standard input has a list a line: `+` or `-` for
 * the recommends, then the words. They hold nothing that a shell or a pattern would take up. apt's state is kept below
 * /tmp, the only place that can be written (see ask-apt.ts).
 */
const SCRIPT = String.raw`
set -ef
export LC_ALL=C
mkdir -p /tmp/lists/partial /tmp/cache/archives/partial
options=
for architecture in $1; do options="$options -o APT::Architectures::=$architecture"; done
apt() {
  program=$1; shift
  "$program" -qq $options -o Dir::State::lists=/tmp/lists -o Dir::Cache=/tmp/cache -o Dir::Cache::pkgcache=pkgcache.bin \
    -o Dir::Cache::srcpkgcache=srcpkgcache.bin -o Acquire::GzipIndexes=false -o Acquire::Languages=none \
    -o Acquire::Retries=2 -o APT::Sandbox::User=root -o APT::Update::Error-Mode=any -o Debug::NoLocking=true "$@"
}
apt apt-get update >&2
: > /tmp/all
while read -r recommends words; do
  case $recommends in +) flag=;; *) flag=--no-install-recommends;; esac
  if apt apt-get -s $flag install $words > /tmp/answer 2> /tmp/errors; then code=0; else code=$?; fi
  echo "# $code"
  grep -E '^Inst ' /tmp/answer || test $code -eq 0 || sed 's/^/! /' /tmp/errors || true
  sed -n 's/^Inst \([^ ]*\) [^(]*(\([^ ]*\) .*/\1=\2/p' /tmp/answer >> /tmp/all
done
echo '# sizes'
sort -u /tmp/all | xargs -r apt-cache $options -o Dir::State::lists=/tmp/lists -o Dir::Cache=/tmp/cache \
  -o Dir::Cache::pkgcache=pkgcache.bin -o Dir::Cache::srcpkgcache=srcpkgcache.bin show 2>/dev/null \
  | grep -E '^(Package|Version|Architecture|Installed-Size):|^$' || true
`;

/** A word of an apt line without anything that a shell, a pattern or an option would be. */
const WORD = /^[a-z0-9][a-z0-9+.-]*(?::[a-z0-9-]+)?(?:=[A-Za-z0-9.+~:-]+|\/[A-Za-z0-9.-]+)?$/;

/** Whether a word can be handed to {@link simulateApt}. */
export function isAptWord(word: string): boolean {
  return WORD.test(word);
}

/**
 * Asks apt in the runtime base, with network, what it would do for each of some lists. Nothing is installed.
 * @throws MsbDepsError `apt-failed`
 */
export async function simulateApt(
  engine: Engine,
  image: Image,
  lists: readonly AptList[],
  architecture: string,
  signal: AbortSignal,
): Promise<readonly AptSimulation[]> {
  const refused = lists.flatMap(({ words }) => words).find((word) => !isAptWord(word));
  if (refused !== undefined) throw failed(`${JSON.stringify(refused)} is not a valid argument of apt-get`);
  const foreign = lists.flatMap(({ words }) => words.flatMap((word) => /:([a-z0-9-]+)/.exec(word)?.[1] ?? []));
  const architectures = foreign.length === 0 ? [] : [...new Set([architecture, ...foreign])];
  const script = [SCRIPT, "sh", architectures.join(" ")];
  const stdin = Buffer.from(
    lists.map(({ words, recommends }) => `${[recommends ? "+" : "-", ...words].join(" ")}\n`).join(""),
  );
  const stdout = await runApt(engine, image, { script, stdin, maxOutput: MAX_OUTPUT, failed }, signal);
  const text = stdout.toString("latin1");
  const simulations = readSimulations(text);
  // The sizes come last: without their heading, an answer before them may be cut off.
  if (simulations.length !== lists.length || !SIZES.test(text)) throw failed("its answers are incomplete");
  return simulations;
}

const SIZES = /^# sizes$/m;

/** Reads what the script prints: apt-get(8) `-s`, lines `Inst NAME [OLD] (NEW ORIGIN [ARCH])`; then apt-cache's sizes. */
export function readSimulations(text: string): AptSimulation[] {
  const [answers = "", sizes = ""] = text.split(SIZES);
  const bytes = readSizes(sizes);
  return answers
    .split(/^# (?=\d+$)/m)
    .slice(1)
    .map((answer): AptSimulation => {
      const [code, ...lines] = answer.split("\n");
      if (code !== "0") {
        const reason = lines.flatMap((line) => /^! (?:E: )?(.*)/.exec(line)?.[1] ?? []).join(" ");
        return { kind: "refused", reason };
      }
      const installs = lines.flatMap((line) => {
        const found = /^Inst (\S+) (?:\[([^\]\s]+)\] )?\((\S+) /.exec(line);
        if (found === null) return [];
        const [, name = "", replaces = null, version = ""] = found;
        return [{ name, version, replaces, bytes: bytes.get(`${name}=${version}`) ?? null }];
      });
      return { kind: "done", installs };
    });
}

/** Stanzas of `apt-cache show`; Installed-Size is in KiB (deb-control(5)). */
function readSizes(text: string): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const one of readStanzas(text, ["Package", "Version", "Architecture", "Installed-Size"])) {
    const kibibytes = Number(one["Installed-Size"] || Number.NaN);
    if (!Number.isSafeInteger(kibibytes)) continue;
    for (const name of [one.Package, `${one.Package}:${one.Architecture}`])
      sizes.set(`${name}=${one.Version}`, kibibytes * 1024);
  }
  return sizes;
}

function failed(why: string): MsbDepsError {
  return new MsbDepsError("apt-failed", `cannot ask apt in the runtime base what it would install: ${why}.`, {
    hint: "apt needs network and the package sources of the base image.",
  });
}
