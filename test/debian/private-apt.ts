import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What `apt-get -s install` would do. */
export interface Simulated {
  readonly installs: readonly string[];
  readonly removes: readonly string[];
  /** apt's own words where it refused. */
  readonly refusal: string | null;
}

/** This machine's apt over an archive of its own: packages of these names, some of which are installed. */
export interface PrivateApt {
  install(words: readonly string[]): Promise<Simulated>;
  remove(): void;
}

export function privateApt(names: readonly string[], installed: readonly string[]): PrivateApt {
  const root = mkdtempSync(join(tmpdir(), "msb-deps-apt-"));
  for (const folder of ["lists/partial", "cache/archives/partial", "etc"])
    mkdirSync(join(root, folder), { recursive: true });
  const stanza = (name: string, more: string): string =>
    `Package: ${name}\n${more}Version: 1\nArchitecture: amd64\nMaintainer: x <x@x>\nDescription: x\n`;
  const hash = "0".repeat(64);
  const available = names.map((name) => stanza(name, `Filename: ./${name}.deb\nSize: 1\nSHA256: ${hash}\n`));
  writeFileSync(join(root, "Packages"), available.join("\n"));
  writeFileSync(
    join(root, "status"),
    installed.map((name) => stanza(name, "Status: install ok installed\n")).join("\n"),
  );
  const settings = {
    ...{ "Dir::State": root, "Dir::State::lists": join(root, "lists"), "Dir::State::status": join(root, "status") },
    ...{ "Dir::Cache": join(root, "cache"), "Dir::Etc": join(root, "etc"), "APT::Architecture": "amd64" },
    ...{ "APT::Architectures": "amd64", "APT::Sandbox::User": "" },
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const args = ["-s", "-y", "--with-source", join(root, "Packages"), ...options, "install"];
  return {
    install: (words) =>
      new Promise((done) => {
        const env = { ...process.env, LC_ALL: "C", APT_CONFIG: "/dev/null" };
        execFile("apt-get", [...args, ...words], { env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
          const named = (word: string): string[] =>
            [...stdout.matchAll(new RegExp(`^${word} (\\S+)`, "gm"))].map(([, name = ""]) => name).sort();
          done({ installs: named("Inst"), removes: named("Remv"), refusal: error === null ? null : stderr });
        });
      }),
    remove: () => rmSync(root, { recursive: true }),
  };
}
