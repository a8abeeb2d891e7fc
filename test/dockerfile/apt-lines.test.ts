// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of Dockerfiles
import { expect, test } from "vitest";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import type { RunInstruction } from "../../src/dockerfile/plan.ts";

function runs(text: string): RunInstruction[] {
  const [stage] = makePlan(parseDockerfile(text)).stages;
  return (stage?.instructions ?? []).filter((instruction) => instruction.kind === "run");
}

/** Packages, then `?` before words that are not known. */
function words(run: string, before = ""): string {
  const installs = runs(`FROM debian\n${before}\nRUN ${run}\n`).flatMap((instruction) => instruction.aptInstalls);
  return installs
    .map((install) =>
      [
        ...install.packages.map(({ name, architecture, version, suite, remove }) =>
          [
            remove ? "-" : "",
            name,
            architecture && `:${architecture}`,
            version && `=${version}`,
            suite && `/${suite}`,
          ].join(""),
        ),
        ...install.unknownWords.map((word) => `?${word.text}`),
      ].join(" "),
    )
    .join(" | ");
}

const CATCHES: [string, string, string?][] = [
  ["apt-get install -y curl", "curl"],
  ["apt-get update && apt-get install -y --no-install-recommends curl git && rm -rf /var/lib/apt/lists/*", "curl git"],
  ["apt-get update; apt install -y curl; echo done", "curl"],
  ["false || apt-get -y install curl", "curl"],
  ["(apt-get update && apt-get install -y curl)", "curl"],
  ["{ apt-get install -y curl; }", "curl"],
  ["if [ -f /x ]; then apt-get install -y curl; else apt-get install -y wget; fi", "curl | wget"],
  ["! apt-get install -y curl", "curl"],
  ["bash -c 'apt-get install -y curl'", "curl"],
  ["bash -euxo pipefail -c 'apt-get install -y curl'", "curl"],
  ['sh -ec "apt-get update && apt-get install -y curl"', "curl"],
  ["su root -c 'apt-get install -y curl'", "curl"],
  ["eval apt-get install -y curl", "curl"],
  ['["apt-get", "install", "-y", "curl", "lib a"]', "curl ?lib a"],
  ['["bash", "-c", "apt-get install -y curl"]', "curl"],
  ["DEBIAN_FRONTEND=noninteractive apt-get install -y curl", "curl"],
  ["env DEBIAN_FRONTEND=noninteractive apt-get install -y curl", "curl"],
  ["sudo -E apt-get install -y curl", "curl"],
  ["sudo -u root DEBIAN_FRONTEND=x apt-get install -y curl", "curl"],
  ["/usr/bin/apt-get install -y curl", "curl"],
  ["timeout -k 5 300 apt-get install -y curl", "curl"],
  ["exec apt-get install -y curl", "curl"],
  ["apt-get -qqy -o Dpkg::Use-Pty=0 -t trixie-backports install curl", "curl"],
  ["apt-get install -y -tstable -oA=b curl -- -x", "curl ?-x"],
  ["apt-get -q=2 --target-release sid install curl", "curl"],
  ["aptitude install -y curl", "curl"],
  ["apt-get reinstall curl", "curl"],
  ["apt-get install -y curl `# for the health check` git `# it's needed; too`", "curl git"],
  ["apt-get install -y $(: tools) curl `true`", "curl"],
  ["apt-get install -y curl `#` git`# not a word of its own`", "curl git"],
  ["apt-get install -y curl `: > list` `echo git`", "curl ?`: > list` ?`echo git`"],
  [
    "apt-get install -y libssl3=3.0.1-1 curl/stable zlib1g:i386 nano- vim+ g++ libstdc++6",
    "libssl3=3.0.1-1 curl/stable zlib1g:i386 -nano vim g++ libstdc++6",
  ],
  ["apt-get install -y curl:amd64=8.*", "curl:amd64=8.*"],
  [
    "apt-get install -y 'libboost*' python3.? ^x server^ '?name(x)' ./x.deb /tmp/y.deb",
    "?'libboost*' ?python3.? ?^x ?server^ ?'?name(x)' ?./x.deb ?/tmp/y.deb",
  ],
  ['apt-get install -y "curl" \'git\' v"i"m', "curl git vim"],
  ["PKGS='curl git' && apt-get install -y $PKGS", "curl git"],
  ["PKGS='curl git'; apt-get install -y \"$PKGS\"", '?"$PKGS"'],
  ["export A=curl && apt-get install -y ${A} ${B:-git} ${C-vim}", "curl git vim", "ARG B\nARG C"],
  ["apt-get install -y $PKGS", "curl git", 'ENV PKGS="curl git"'],
  ["apt-get install -y php${V}-cli", "php8.2-cli", "ARG V=8.2"],
  ["apt-get install -y php${V}-cli curl", "curl ?php${V}-cli", "ARG V"],
  ["apt-get install -y curl=${V}", "curl", "ARG V"],
  ["apt-get install -y $(cat packages.txt) curl", "curl ?$(cat packages.txt)"],
  ["apt-get install -y `cat packages.txt` curl", "curl ?`cat packages.txt`"],
  ["for p in curl git; do apt-get install -y $p; done", "curl git"],
  ["for p in $(ls); do apt-get install -y $p; done", "?$p"],
  ["for v in 1 2; do apt-get install -y lib$v-x; done; apt-get install -y curl", "lib1-x lib2-x | curl"],
  ["cat list | xargs apt-get install -y curl", "curl ?xargs"],
  ["xargs -a list apt-get install -y", "?xargs"],
  ["xargs -r apt-get install -y < list", "?< list"],
  ['add() { apt-get install -y "$@"; }; add curl git', "curl git"],
  ['set -- curl git; apt-get install -y "$@"', "curl git"],
  ["while read p; do apt-get install -y $p; done < list", "?$p"],
  ["if true; then P=curl; else P=wget; fi; apt-get install -y $P", "?$P"],
  ["(P=curl); apt-get install -y $P", "?$P"],
  ["apt-get satisfy -y 'libc6 (>= 2.36), curl | wget, git'", "libc6 git ?'libc6 (>= 2.36), curl | wget, git'"],
  ["dpkg -i /tmp/x.deb", "?/tmp/x.deb"],
  ["apt-get install -y \\\n    # a comment\n    curl \\\n\n    git", "curl git"],
  ["<<EOF\napt-get update\napt-get install -y \\\n  curl \\\n  git\nEOF", "curl git"],
  ["<<-'EOF'\n\tapt-get install -y curl\n\tEOF", "curl"],
  ["bash <<EOF\napt-get install -y curl\nEOF", "curl"],
  ["<<EOF bash\napt-get install -y curl\nEOF", "curl"],
  ['<<EOF\n#!/usr/bin/env bash\nL=(curl git)\nL+=(vim)\napt-get install -y "${L[@]}"\nEOF', "curl git vim"],
  ["--mount=type=cache,target=/var/cache/apt --network=default apt-get install -y curl", "curl"],
  ["apt-get install -y curl", "curl", 'SHELL ["/bin/bash", "-o", "pipefail", "-c"]'],
  ["apt-get install -y ${P%-dev}", "libpq", "ENV P=libpq-dev"],
];

test.each(CATCHES)("%s", (run, expected, before) => {
  expect(words(run, before)).toBe(expected);
});

const NON_CATCHES: [string, string?][] = [
  ["echo apt-get install -y curl"],
  ["apt-get update"],
  ["apt-get remove -y curl"],
  ["apt-get purge curl"],
  ["apt-get build-dep -y curl"],
  ["apt-get source curl"],
  ["apt-get install -s curl"],
  ["apt-get install --download-only curl"],
  ["apt-mark hold curl"],
  ["apk add curl"],
  ["pip install curl"],
  ["echo 'apt-get install curl' > /x"],
  ["cat > /x <<EOF\napt-get install -y curl\nEOF"],
  ["chroot /mnt apt-get install -y curl"],
  ["bash script.sh"],
  ["apt-get install -y curl", 'SHELL ["powershell", "-Command"]'],
  ["<<EOF\n#!/usr/bin/env python3\napt-get install -y curl\nEOF"],
];

test.each(NON_CATCHES)("nothing in: %s", (run, before) => {
  expect(words(run, before)).toBe("");
});

test.each([
  ["apt-get install -y curl", false],
  ["apt-get install -y --no-install-recommends curl", true],
  ["apt-get --no-install-recommends install -y curl", true],
  ["apt-get install -y curl --no-install-recommends", true],
  ["apt-get -o APT::Install-Recommends=false install -y curl", true],
  ["apt-get -oAPT::Install-Recommends=0 install -y curl", true],
  ["apt-get --option=APT::Install-Recommends=no install -y curl", true],
  ['apt-get -o "APT::Install-Recommends=\\"false\\"" install -y curl', true],
  ["apt-get -o APT::Install-Recommends=true install -y curl", false],
  ["apt-get --install-recommends=no install -y curl", true],
  ["apt-get --no-install-recommends --install-recommends install -y curl", false],
  ["aptitude install -R curl", true],
  ["apt-get install -y --no-install-suggests curl", false],
])("recommends of %s", (run, expected) => {
  expect(runs(`FROM debian\nRUN ${run}\n`)[0]?.aptInstalls[0]?.noInstallRecommends).toBe(expected);
});

test.each([
  [
    "FROM debian\nRUN apt-get update \\\n # c\n && apt-get install -y \\\n\n   curl \\\n   git=1\n",
    ["curl@6", "git=1@7"],
  ],
  ["\uFEFF# escape=`\r\nFROM debian\r\nRUN apt-get install `\r\n  cu`\r\nrl git\r\n", ["cu`\r\nrl@4", "git@5"]],
  ["FROM debian\nRUN <<EOF\n\tapt-get install \\\n  curl\nEOF\n", ["curl@4"]],
  ["FROM debian\nRUN bash -c 'set -e; \\\n  apt-get install curl'\n", ["curl@3"]],
  ["FROM debian\nRUN <<-EOF bash\n\tapt-get install curl\n\tEOF\n", ["curl@3"]],
])("exact places in %j", (text, expected) => {
  const found = runs(text).flatMap((run) => run.aptInstalls.flatMap((install) => install.packages));
  expect(found.map((word) => `${text.slice(word.start, word.end)}@${word.line}`)).toEqual(expected);
});

test.each([
  ["ldconfig", true],
  ["/sbin/ldconfig -v", true],
  ["cd /x && make install && sudo ldconfig", true],
  ["ldconfig -p", false],
  ["echo ldconfig", false],
])("ldconfig in %s", (run, expected) => {
  expect(runs(`FROM debian\nRUN ${run}\n`)[0]?.callsLdconfig).toBe(expected);
});

test.each([
  ["apt-get install -y curl", true],
  ["apt-get upgrade -y", true],
  ["dpkg -i x.deb", true],
  ["dpkg --configure -a", true],
  ["apt-get update", false],
  ["dpkg -l", false],
])("unpacking in %s", (run, expected) => {
  expect(runs(`FROM debian\nRUN ${run}\n`)[0]?.installsPackages).toBe(expected);
});

test.each([
  ["apt-get update && apt-get install -y curl", false, true],
  ["apt-get -t sid install curl", false, false],
  ["apt-get install --target-release=sid curl", false, false],
  ["apt-get install --only-upgrade curl", false, false],
  ["apt-get satisfy -y curl", false, false],
  ["xargs apt-get install -y curl < list", false, false],
  ['["apt-get", "install", "curl"]', false, false],
  ["dpkg -i x.deb", false, false],
  ["bash -c 'apt-get install curl'", false, true],
  ["x || apt-get install -y curl", true, false],
  ["x && apt-get install -y curl", false, true],
  ["[ -e x ] && y && apt-get install -y curl", true, false],
  ["grep -q x /y && apt-get install -y curl", true, false],
  ["if x; then apt-get install -y curl; fi", true, false],
  ["case x in y) apt-get install -y curl;; esac", true, false],
  ["while x; do apt-get install -y curl; done", true, false],
  ["until apt-get install -y curl; do sleep 1; done", false, true],
  ["for i in 1 2; do apt-get install -y curl && break; done", false, true],
  ["for i in $(ls); do apt-get install -y curl; done", true, false],
  ["x || bash -c 'apt-get install -y curl'", true, false],
])("%s: conditional %s, takes more %s", (run, conditional, takesMore) => {
  expect(runs(`FROM debian\nRUN ${run}\n`)[0]?.aptInstalls[0]).toMatchObject({ conditional, takesMore });
});
