// Makes mappings/alternatives.tsv: commands that are links of update-alternatives(1), which no index of the archive has.
// Installs the packages below in containers of the Debian images and asks update-alternatives and dpkg there.
// Takes about ten minutes for each release.
//
//   node scripts/make-alternatives.mjs CODENAME…     needs an engine with debian:CODENAME-slim
//
// The list of packages is by hand: what programs in images call. What it lacks is not known.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readUnionText, replaceRelease, unionText } from "./mappings/union-table.mjs";

/** Shell patterns for apt: packages that register a command which people call by its short name. */
const PACKAGES = `
  php?.?-cli php?.?-cgi openjdk-*-jre-headless nodejs lua5.1 lua5.3 lua5.4 tcl tk
  gawk mawk original-awk nano vim vim-tiny nvi ed less most
  netcat-openbsd netcat-traditional ncat telnet inetutils-telnet ftp tnftp inetutils-traceroute traceroute
  iptables arptables ebtables krb5-user openssh-client cpio xz-utils rename debianutils procps bsdextrautils
  gcc clang bison byacc
  imagemagick graphicsmagick-imagemagick-compat gnuplot-nox openmpi-bin mpich
  lynx w3m links bsd-mailx mailutils pinentry-curses
`
  .trim()
  .split(/\s+/);

/** Prints what update-alternatives knows, then the owner of each program. */
const LIST = `
mkdir -p /usr/share/man/man1
if ! apt-get install -qq -y --no-install-recommends NAME > /tmp/log 2>&1; then tail -n 3 /tmp/log >&2; exit 0; fi
for one in $(update-alternatives --get-selections | cut -d' ' -f1); do update-alternatives --query "$one"; echo; done > /tmp/known
cat /tmp/known
echo @owners
sed -nE 's/^(Alternative:| [^ ]+) (\\/[^ ]+)$/\\2/p' /tmp/known | sort -u | while read -r one; do
  for path in "$one" "$(realpath "$one" 2>/dev/null)" "\${one#/usr}" "/usr$one"; do
    owner=$(dpkg -S "$path" 2>/dev/null | head -n 1 | cut -d: -f1)
    if [ -n "$owner" ]; then echo "$one $owner"; break; fi
  done
done
`;

const DIRECTORIES = /^\/(?:usr\/)?s?bin\/([!-~]+)$/;
const file = fileURLToPath(new URL("../mappings/alternatives.tsv", import.meta.url));
const releases = readFileSync(new URL("../mappings/releases.tsv", import.meta.url), "utf8");
const rows = readUnionText(existsSync(file) ? readFileSync(file, "utf8") : "");

for (const codename of process.argv.slice(2)) {
  const letter = releases
    .split("\n")
    .map((line) => line.split("\t"))
    .find((cells) => cells[1] === codename)?.[4];
  if (letter === undefined) throw new Error(`mappings/releases.tsv has no row for ${codename}`);
  const found = new Map();
  for (const name of candidates(codename)) {
    for (const { command, owner } of registered(codename, name)) {
      found.set(command, new Set([...(found.get(command) ?? []), owner]));
    }
  }
  replaceRelease(
    rows,
    letter,
    [...found].map(([command, owners]) => [command, [...owners].sort().join("|")]),
  );
  process.stderr.write(`make-alternatives: ${found.size} commands of ${codename}\n`);
  writeFileSync(file, unionText("command, releases:packages. By update-alternatives. See README.md.", rows));
}

/** The packages of the release that the patterns mean. */
function candidates(codename) {
  const regex = PACKAGES.map(
    (pattern) => `^${pattern.replace(/[+.]/g, "\\$&").replace(/\?/g, "[0-9]").replace(/\*/g, "[0-9]+")}$`,
  );
  const out = inside(codename, `apt-cache pkgnames | grep -E '${regex.join("|")}' | sort -u`);
  return out.split("\n").filter((name) => name !== "");
}

/** What is registered once a package is installed: commands in directories of PATH, each with the program's package. */
function registered(codename, name) {
  const [text, owners] = inside(codename, LIST.replaceAll("NAME", name)).split("@owners\n");
  const ownerOf = new Map((owners ?? "").split("\n").map((line) => line.split(" ")));
  const found = [];
  for (const stanza of text.split(/\n(?=Name: )/)) {
    const master = /^Link: (\S+)$/m.exec(stanza)?.[1] ?? "";
    const [head, ...choices] = stanza.split(/^(?=Alternative: )/m);
    const slaves = pairs(head);
    for (const choice of choices) {
      const target = /^Alternative: (\S+)$/m.exec(choice)?.[1] ?? "";
      const links = [[master, target], ...[...pairs(choice)].map(([slave, path]) => [slaves.get(slave) ?? "", path])];
      for (const [link, path] of links) {
        const command = DIRECTORIES.exec(link)?.[1];
        const owner = ownerOf.get(path);
        if (command !== undefined && owner !== undefined) found.push({ command, owner });
      }
    }
  }
  return found;
}

/** The lines ` name path` below `Slaves:`. */
function pairs(text) {
  return new Map([...text.matchAll(/^ (\S+) (\S+)$/gm)].map(([, name, path]) => [name, path]));
}

function inside(codename, script) {
  const image = `msb-deps-alternatives:${codename}`;
  if (run("docker", "image", "inspect", image).status !== 0) {
    const recipe = `FROM debian:${codename}-slim\nRUN apt-get update -qq -o Acquire::Check-Valid-Until=false\n`;
    const made = spawnSync("docker", ["build", "-q", "-t", image, "-"], { input: recipe, encoding: "utf8" });
    if (made.status !== 0) throw new Error(made.stderr);
  }
  const result = run("docker", "run", "--rm", "-e", "DEBIAN_FRONTEND=noninteractive", image, "sh", "-c", script);
  if (result.status !== 0) throw new Error(`${codename}: ${result.stderr}`);
  if (result.stderr !== "") process.stderr.write(result.stderr);
  return result.stdout;
}

function run(command, ...words) {
  return spawnSync(command, words, { encoding: "utf8", maxBuffer: 1 << 26 });
}
