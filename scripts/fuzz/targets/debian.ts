// biome-ignore-all lint/suspicious/noTemplateCurlyInString: dpkg-query has placeholders of this form
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MsbDepsError } from "../../../src/base/errors.ts";
import { decodeName } from "../../../src/base/names.ts";
import { misreading } from "../../../src/debian/apt-reading.ts";
import { readOwners } from "../../../src/debian/owners.ts";
import { readInstalled } from "../../../src/debian/packages.ts";
import { reachableStanzas } from "../../../src/look/apt-facts.ts";
import { readSimulations } from "../../../src/look/simulate-apt.ts";
import { parseStatus } from "../../../src/look/status.ts";
import { printed } from "../corpus.ts";
import { refusing, type Target, type Verdict } from "../target.ts";
import { workFolder } from "../work-folder.ts";

const isOurs = (error: Error): boolean => error instanceof MsbDepsError;
const STATUS = "/var/lib/dpkg/status";

const folder = workFolder();
mkdirSync(join(folder, "info"));
mkdirSync(join(folder, "updates"));
writeFileSync(join(folder, "info/format"), "1\n");

function partsOf(text: Buffer, count: number): Buffer[] {
  const stanzas = text.toString("latin1").split("\n\n");
  return Array.from({ length: count }, (_, index) =>
    Buffer.from(`${stanzas.slice(index * 3, index * 3 + 3).join("\n\n")}\n\n`, "latin1"),
  );
}

/**
 * What is installed as dpkg reads it. Of a status that it refuses or complains of nothing can be said, nor of one with
 * NUL, where a value ends for a program in C.
 */
function judgeByDpkg(input: Buffer): Verdict {
  if (input.includes(0)) return "pass";
  const packages = refusing(() => parseStatus(decodeName(input)), isOurs);
  if (packages === null) return "pass";
  writeFileSync(join(folder, "status"), input);
  const format = "${Package}:${Architecture} ${Version} ${db:Status-Status} ${db:Status-Want}\n";
  const { stdout, stderr, status } = spawnSync("dpkg-query", ["--admindir", folder, "-W", "-f", format], {
    encoding: "latin1",
    env: { ...process.env, LC_ALL: "C" },
  });
  if (status !== 0 || stderr !== "") return "pass";
  const { set, unfinished } = readInstalled({ architecture: "amd64", packages });
  const ours = [...set.all.values()].map(
    ({ key, version, status, held }) => `${key} ${version} ${status}${held ? " hold" : ""}`,
  );
  const open = unfinished.map(({ key, version, status }) => `${key} ${version} ${status}`);
  const theirs = stdout.split("\n").flatMap((line) => {
    const [, text = "", state = "", want] = /^(.*?) (\S+) (\S+)$/.exec(line) ?? [];
    if (state === "" || state === "config-files" || state === "not-installed") return [];
    return `${text} ${state}${want === "hold" && set.all.has(text.split(" ")[0] ?? "") ? " hold" : ""}`;
  });
  const [a, b] = [[...ours, ...open], theirs].map((lines) =>
    // dpkg prints no epoch of 0.
    lines
      .map((line) => line.replace(/ 0+:/, " "))
      .sort()
      .join("\n"),
  );
  return a === b ? null : { difference: `dpkg-query:\n${b}\nours:\n${a}` };
}

export const status: Target = {
  seeds: () => [
    ...partsOf(readFileSync(STATUS), 60),
    Buffer.from(
      "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:2-3\nMaintainer: x\nDescription: y\nProvides: b (= 1), c\nDepends: d | e:any (>= 1) [amd64], f <!x>\n",
    ),
  ],
  words: [
    "\n\n",
    "\n \n",
    "\n.\n",
    "Package: ",
    "Status: install ok ",
    "half-installed",
    "deinstall ok config-files",
    "Depends: ",
    "Pre-Depends: ",
    "Provides: ",
    "Version: ",
    "Architecture: all",
    "Multi-Arch: same",
    " | ",
    ":any",
    "(>= 1:2)",
    ", ",
    "\r\n",
    "\n\t",
    "#",
    "\0",
    "Conffiles:",
  ],
  run(input) {
    const text = decodeName(input);
    const packages = refusing(() => parseStatus(text), isOurs) ?? [];
    const { set } = readInstalled({ architecture: "amd64", packages });
    for (const { name } of [...set.all.values()].slice(0, 20))
      misreading(name, { has: () => false, all: ["libc6"], complete: true });
    readOwners(text.split("\n"));
  },
  judge: judgeByDpkg,
  judgeOneIn: 10,
};

export const apt: Target = {
  seeds: () => [
    ...printed("apt-get", "-s", "install", "cups").map((text) =>
      Buffer.concat([Buffer.from("# 0\n"), text, Buffer.from("# sizes\nPackage: cups\nVersion: 1\n")]),
    ),
    Buffer.from(
      "# 100\n! E: Unable to locate package x\n# 0\nInst a [1] (2 Debian:12/stable [amd64])\n# sizes\nPackage: a\nVersion: 2\nArchitecture: amd64\nInstalled-Size: 7\n",
    ),
    ...printed("apt-cache", "show", "bash", "gcc", "libc6", "perl", "exim4"),
  ],
  words: [
    "# 0\n",
    "# sizes\n",
    "Inst ",
    " [1.0] (",
    "! E: ",
    "Installed-Size: ",
    "Package: ",
    "Version: ",
    "\n\n",
    "Depends: ",
    "Provides: ",
    "__proto__",
  ],
  run(input) {
    const text = input.toString("latin1");
    readSimulations(text);
    reachableStanzas(text, ["hello", "gcc", "a", "__proto__", "libc6"]);
  },
};
