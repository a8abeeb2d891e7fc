import { readFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { dirname } from "node:path";
import { PLAIN_BUILD } from "../../src/engine/buildkit/settings.ts";
import { connect } from "../../src/engine/connect.ts";
import { NOT_NAMED } from "../../src/engine/endpoint.ts";
import type { Engine, Image } from "../../src/engine/engine.ts";
import { baseImage, RELEASES, type Release } from "./support.ts";

/** An example of the repository, with what is known to be the answer for it. */
export interface Example {
  readonly name: string;
  readonly dockerfile: string;
  readonly install: Readonly<Record<Release, readonly string[]>>;
  /** What stands above the instruction in the default output. */
  readonly comments: string;
}

export const HELLO: Example = {
  name: "hello",
  dockerfile: "examples/hello/Dockerfile",
  install: { trixie: ["libarchive13t64"], bookworm: ["libarchive13"] },
  comments: "",
};

export const POSTFIX: Example = {
  name: "postfix",
  dockerfile: "examples/postfix/Dockerfile",
  install: {
    trixie: ["libicu76", "liblmdb0", "libmariadb3", "libsasl2-2"],
    bookworm: ["libicu72", "liblmdb0", "libmariadb3", "libsasl2-2"],
  },
  comments:
    "# Dropped from your list: ca-certificates (recommended for libssl.so.3: TLS peers cannot be verified without the root certificates under /etc/ssl/certs)\n",
};

/** Every example on every release. */
export const CASES = [HELLO, POSTFIX].flatMap((example) =>
  RELEASES.map((release) => ({
    example,
    release,
    name: example.name,
    args: [example.dockerfile, "--artifacts", "/out", "--build-arg", `BASE_IMAGE=${baseImage(release)}`],
  })),
);

/** The engine of this machine, through our own client: its build cache is the one that the command fills. */
export function openEngine(env: NodeJS.ProcessEnv = process.env, host: string | null = null): Promise<Engine> {
  return connect({
    env,
    named: { ...NOT_NAMED, host },
    home: homedir(),
    platform: process.platform,
    uid: process.getuid?.() ?? null,
    hostname: hostname(),
    readFile: (path) => readFile(path),
    signal: new AbortController().signal,
  });
}

/** Builds a text as the Dockerfile of an example: with its folder as the context. */
export function buildExample(
  engine: Engine,
  example: Example,
  text: string,
  release: Release,
  target: string | null = null,
): Promise<Image> {
  return engine.build({
    dockerfile: Buffer.from(text),
    dockerfilePath: example.dockerfile,
    contextDir: dirname(example.dockerfile),
    target,
    buildArgs: { BASE_IMAGE: baseImage(release) },
    platform: null,
    noCache: false,
    pull: false,
    settings: PLAIN_BUILD,
    onEvent: () => {},
    signal: new AbortController().signal,
  });
}

/** An install instruction as people write it, up to the end of its last line. */
const INSTALL = /RUN apt-get update && apt-get install (?:[^\n]*\\\n)*[^\n]*\n/;

/**
 * A Dockerfile whose runtime stage has the given text in place of its own install instruction, or before its first COPY
 * where it has none.
 */
export function withInstruction(dockerfile: string, instruction: string): string {
  const runtime = dockerfile.lastIndexOf("\nFROM ");
  const [before, stage] = [dockerfile.slice(0, runtime), dockerfile.slice(runtime)];
  const changed = INSTALL.test(stage)
    ? stage.replace(INSTALL, () => instruction)
    : stage.replace("\nCOPY ", () => `\n${instruction}COPY `);
  if (changed === stage) throw new Error("the runtime stage has no place for the instruction");
  return before + changed;
}

export function without<T>(list: readonly T[], item: T): T[] {
  return list.filter((other) => other !== item);
}
