import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine, Image } from "../../src/engine/engine.ts";
import { buildExample, CASES, type Example, openEngine, POSTFIX, withInstruction, without } from "./scenarios.ts";
import { docker, msbDeps, RELEASES, type Release } from "./support.ts";

let engine: Engine;
const images: Image[] = [];
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(async () => {
  for (const image of images) await image.release();
  await engine?.close();
});

/** The image of the example's runtime stage with this text in it as its install instruction. */
async function runtimeImage(example: Example, release: Release, instruction: string): Promise<string> {
  const text = withInstruction(await readFile(example.dockerfile, "utf8"), instruction);
  const image = await buildExample(engine, example, text, release);
  images.push(image);
  return image.reference;
}

/**
 * A base to install into again and again without the network: apt's lists, the packages of the whole line with all that
 * they pull in, and the artifacts aside.
 */
async function workshop(example: Example, release: Release): Promise<string> {
  const text = `${await readFile(example.dockerfile, "utf8")}
FROM \${BASE_IMAGE}
RUN apt-get update && apt-get install -y --no-install-recommends --download-only ${example.install[release].join(" ")}
COPY --from=builder /out/ /artifacts/
`;
  const image = await buildExample(engine, example, text, release);
  images.push(image);
  return image.reference;
}

/**
 * Asks the image's own loader about each ELF file below $1 by the path that it has below $2; found by the magic bytes,
 * not by what our own answer says. The loader runs no code of the file (ld.so(8), --list).
 */
const ASK_LOADER = `
find "$1" -type f -exec perl -e '
  for (@ARGV) { open my $file, "<", $_ or die; read $file, my $magic, 4; print "$_\\n" if $magic eq "\\x7fELF" }
' {} + | sort | while IFS= read -r file; do
  echo "FILE $2\${file#"$1"}"
  LC_ALL=C ld.so --list "$2\${file#"$1"}" 2>&1 || true
done
`;

/** Installs the packages, puts the artifacts into place and asks the loader, in one throw-away container. */
async function withPackages(image: string, names: readonly string[]): Promise<Loaded> {
  const script = `
set -e
export DEBIAN_FRONTEND=noninteractive
if [ $# -gt 0 ]; then apt-get install -y --no-install-recommends "$@" >/tmp/apt.log 2>&1 || { cat /tmp/apt.log >&2; exit 1; }; fi
cp -a /artifacts/. /
set -- /artifacts ''
${ASK_LOADER}`;
  return loaded(await docker("run", "--rm", "--network", "none", image, "sh", "-c", script, "sh", ...names));
}

interface Loaded {
  /** The ELF files that the loader was asked about. */
  readonly files: readonly string[];
  /** The lines that say that something is not found, with the file they are about. */
  readonly notFound: readonly string[];
}

function loaded({ code, stdout, stderr }: { code: number | null; stdout: string; stderr: string }): Loaded {
  if (code !== 0) throw new Error(`the container ended with ${code}:\n${stderr}`);
  const sections = stdout
    .split(/^FILE /m)
    .slice(1)
    .map((section) => section.split("\n"));
  return {
    files: sections.map(([file = ""]) => file),
    notFound: sections.flatMap(([file, ...lines]) =>
      lines.filter((line) => /not found|cannot open/.test(line)).map((line) => `${file}: ${line.trim()}`),
    ),
  };
}

/** How many ELF files each example has, so that a check of none cannot pass. */
const ELF_FILES: Readonly<Record<string, number>> = { hello: 1, postfix: 42 };

describe.each(CASES)("the line of $name on $release", ({ example, release, args }) => {
  it("is sufficient: in the image built with it the loader finds all", async () => {
    const { stdout } = await msbDeps([...args, "-q"]);
    expect(Array.from(stdout.matchAll(/^ {4}(\S+) \\$/gm), ([, name]) => name)).toEqual(example.install[release]);
    const image = await runtimeImage(example, release, stdout);
    // The artifacts once more under /artifacts, to tell them from the files of the base.
    const from = await workshop(example, release);
    const list = await docker("run", "--rm", "--network", "none", from, "sh", "-c", ASK_LOADER, "sh", "/artifacts", "");
    const files = loaded(list).files;
    const script = `for file; do echo "FILE $file"; LC_ALL=C ld.so --list "$file" 2>&1 || true; done`;
    const said = loaded(await docker("run", "--rm", "--network", "none", image, "sh", "-c", script, "sh", ...files));
    expect(said.files).toHaveLength(ELF_FILES[example.name] ?? 0);
    expect(said.notFound).toEqual([]);
  });

  it("is irreducible: without any one of its packages something is not found", async () => {
    const image = await workshop(example, release);
    const names = example.install[release];
    // The whole line the same way: what is missing below is missing for want of the one package.
    const trials = [null, ...names];
    const results = new Map<string | null, Loaded>();
    await inPairs(trials, async (name) => {
      results.set(name, await withPackages(image, name === null ? names : without(names, name)));
    });
    expect(results.get(null)).toMatchObject({ files: { length: ELF_FILES[example.name] }, notFound: [] });
    for (const name of names) expect(results.get(name)?.notFound, `without ${name}`).not.toEqual([]);
  });
});

async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

describe.each(RELEASES)("Postfix of %s, in the image built with our line", (release) => {
  it("starts and greets on port 25", async () => {
    const [found] = CASES.filter((item) => item.example === POSTFIX && item.release === release);
    const { stdout: line } = await msbDeps([...(found?.args ?? []), "-q"]);
    const image = await runtimeImage(POSTFIX, release, line);
    const started = await docker("run", "--detach", "--rm", "--network", "none", image);
    expect(started.code, started.stderr).toBe(0);
    const container = started.stdout.trim();
    try {
      const ask = `for try in $(seq 100); do exec 3<>/dev/tcp/127.0.0.1/25 && break; sleep 0.1; done 2>/dev/null
        read -r line <&3 && echo "$line" && printf 'EHLO here\\r\\n' >&3
        while [[ $line != 250\\ * ]] && read -r line <&3; do echo "$line"; done`;
      const answer = await docker("exec", container, "bash", "-c", ask);
      expect(answer.stdout, answer.stderr).toMatch(/^220 mail\.example\.com ESMTP Postfix\r?\n/);
      expect(answer.stdout).toMatch(/^250[ -]SMTPUTF8\r?$/m);
    } finally {
      await docker("rm", "--force", container);
    }
  });
});
