import { readFile } from "node:fs/promises";
import { homedir, hostname } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PLAIN_BUILD } from "../../src/engine/buildkit/settings.ts";
import { connect } from "../../src/engine/connect.ts";
import type { Engine, Image } from "../../src/engine/engine.ts";
import { look } from "../../src/look/look.ts";
import { readSnapshot, writeSnapshot } from "../../src/snapshot/saved.ts";
import type { LookRequest } from "../../src/snapshot/snapshot.ts";

const { signal } = new AbortController();
const everything: LookRequest = {
  artifactPaths: ["/"],
  folders: [],
  paths: ["/usr/bin/sh"],
  askLoader: true,
  searchStrings: true,
};
let engine: Engine;

beforeAll(async () => {
  const at = { env: process.env, home: homedir(), platform: process.platform, uid: process.getuid?.() ?? null };
  engine = await connect({ ...at, hostname: hostname(), readFile, signal });
});
afterAll(() => engine?.close());

const HOSTILE = `FROM debian:bookworm-slim
RUN mkdir -p /out/bin /out/secret && cd /out \\
 && for name in 'with space' "$(printf 'new\\nline')" '-dash' '$(touch x)' "$(printf 'bad\\377')" 'star*[x]?\\y'; do cp /bin/true "/out/bin/$name"; done \\
 && mkfifo fifo && ln -s loop2 loop1 && ln -s loop1 loop2 && ln -s nowhere dangling && ln -s / rootlink \\
 && ln bin/-dash hard && cp /bin/true big && truncate -s 40M big && head -c 5000 /bin/ls > truncated \\
 && { echo '#!/bin/sh'; seq 1000; } > long && { echo '#!/usr/bin/env bash'; seq 20000; } > endless && { echo '#!/usr/bin/perl'; seq 1000; } > perl \\
 && cat /bin/true /bin/ls > tail && { echo '#!/bin/sh'; cat /bin/ls; } > extracting \\
 && cp /bin/cat secret/cat && chown -R 1234:5678 secret && chmod 700 secret && mkdir locked && cp /bin/ls locked && chmod 0 locked
`;

async function builtImage(dockerfile: string): Promise<Image> {
  const none = {
    dockerfilePath: null,
    contextDir: null,
    target: null,
    buildArgs: {},
    platform: null,
    settings: PLAIN_BUILD,
  };
  return engine.build({
    ...none,
    dockerfile: Buffer.from(dockerfile),
    noCache: false,
    pull: false,
    onEvent: () => {},
    signal,
  });
}

describe.each(["debian:bookworm-slim", "debian:trixie-slim"])("%s", (reference) => {
  it("looks the same by the script and by the archive, byte for byte, and comes back from a file", async () => {
    const image = await engine.image(reference, { platform: null, pull: false, onEvent: () => {}, signal });
    try {
      const byScript = await look(engine, image, everything, signal, "script");
      const byArchive = await look(engine, image, everything, signal, "archive");
      const written = writeSnapshot(byScript);
      expect(writeSnapshot(byArchive)).toBe(written);
      expect(writeSnapshot(readSnapshot(written, "snapshot"))).toBe(written);
      expect(byScript.unreadable).toEqual([]);
      expect(byScript.dpkg?.architecture).toBe(image.architecture);
      expect(byScript.questions.every(({ exit }) => exit === 0)).toBe(true);
      expect(byScript.dpkg?.owners).toContainEqual(expect.stringMatching(/^libc6:\w+: .*\/libc\.so\.6$/));
      expect(byScript.questions.some(({ output }) => /=> .*\/libc\.so\.6$/m.test(output))).toBe(true);
    } finally {
      await image.release();
    }
  });
});

/** What makes perl, dash and the loader fail, print more, or run nothing at all. */
const STEERING = `FROM debian:bookworm-slim
RUN mkdir /out && cp /bin/ls /out
ENV LD_PRELOAD=/nowhere.so LD_AUDIT=/nowhere.so LD_DEBUG=all LD_SHOW_AUXV=1 GLIBC_TUNABLES=glibc.malloc.check=3 LOCPATH=/nowhere
ENV PERL5OPT=-Mnothing BASH_ENV=/nowhere ENV=/nowhere PATH=/nowhere LD_TRACE_LOADED_OBJECTS=1
`;

describe("an image whose environment steers programs", () => {
  it("looks the same both ways, as if it had none", async () => {
    const image = await builtImage(STEERING);
    try {
      const request = { ...everything, artifactPaths: ["/out"] };
      const byScript = await look(engine, image, request, signal, "script");
      expect(writeSnapshot(await look(engine, image, request, signal, "archive"))).toBe(writeSnapshot(byScript));
      const { questions, dpkg } = byScript;
      expect(questions).toMatchObject([{ asked: "/out/ls", exit: 0, errors: "" }]);
      expect(questions[0]?.output.split("\n").every((line) => line === "" || line.startsWith("\t"))).toBe(true);
      expect(dpkg?.owners.length).toBeGreaterThan(10);
    } finally {
      await image.release();
    }
  });
});

describe("an image with hostile names", () => {
  it("looks the same both ways; folders of other users and without permissions are read", async () => {
    const image = await builtImage(HOSTILE);
    try {
      const request = { ...everything, artifactPaths: ["/out"] };
      const byScript = await look(engine, image, request, signal, "script");
      expect(writeSnapshot(await look(engine, image, request, signal, "archive"))).toBe(writeSnapshot(byScript));
      const facts = new Map(byScript.files.map((file) => [file.path, file]));
      expect(facts.get("/out/secret/cat")).toMatchObject({ type: "file", uid: 1234, gid: 5678 });
      expect(facts.get("/out/secret")).toMatchObject({ type: "directory", mode: 0o700 });
      expect(facts.get("/out/locked/ls")?.ranges?.length).toBeGreaterThan(3);
      expect(byScript.unreadable).toEqual([]);
      const kept = ["long", "endless", "perl"].map((name) => facts.get(`/out/${name}`)?.ranges?.[0]?.[1] ?? "");
      expect(kept.map((bytes) => Buffer.byteLength(bytes, "base64"))).toEqual([3903, 256, 256]);
      const together = ["-dash", "$(touch x)", "bad\udcff", "new\nline", "star*[x]?\\y", "with space"];
      const paths = ["/out/big", ...together.map((name) => `/out/bin/${name}`), "/out/hard"];
      expect(byScript.questions.map(({ files }) => files)).toContainEqual(expect.arrayContaining(paths));
      expect(byScript.questions.every(({ exit }) => exit === 0)).toBe(true);
    } finally {
      await image.release();
    }
  });
});
