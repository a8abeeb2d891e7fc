import { describe, expect, it } from "vitest";
import type { RunOptions } from "../../../src/commands/options.ts";
import { planOf } from "../../../src/commands/plan.ts";
import { declaredBase } from "../../../src/commands/sources/declared-base.ts";

const TRIXIE = { osRelease: 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n' };
const choice = { artifacts: ["/out"], target: null, runtime: null, buildArgs: {}, platform: null };

/** The base of a Dockerfile whose stages behind the builder are given; of none, where that is null. */
function baseOf(stages: string | null, runtime: string | null = null) {
  const options = { runtime } as RunOptions;
  const text = `FROM debian:trixie AS builder\nRUN make\n${stages}`;
  const plan = stages === null ? null : planOf(text, { ...choice, runtime });
  return declaredBase({ plan, options }, TRIXIE);
}

describe("the runtime base that nobody looks at", () => {
  it.each([
    "debian:trixie-slim",
    "debian:trixie",
    "debian:13",
    "debian:13-slim",
    "debian:13.1-slim",
    "docker.io/library/debian:trixie-20251103-slim",
    `debian:13@sha256:${"0".repeat(64)}`,
  ])("is the table's for %s", (reference) => {
    expect(baseOf(`FROM ${reference}\nCOPY --from=builder /out /\n`)).toMatchObject({ source: "mappings", reference });
    expect(baseOf(null, reference)).toMatchObject({ source: "mappings", reference });
  });

  it.each([
    ["python:3.13-slim-trixie", /not one of the images/],
    ["debian:stable-slim", /not one of the images/],
    ["example.com/debian:trixie", /not one of the images/],
    ["debian:bookworm-slim", /is debian 12, and the builder is debian 13/],
    ["ubuntu:24.04", /is ubuntu 24.04, and the builder is debian 13/],
  ])("is not known for %s", (reference, message) => {
    expect(() => baseOf(`FROM ${reference}\nCOPY --from=builder /out /\n`)).toThrow(message);
    expect(() => baseOf(null, reference)).toThrow(message);
  });

  it("is nothing for scratch and for --runtime none", () => {
    expect(baseOf("FROM scratch\nCOPY --from=builder /out /\n")).toEqual({ source: "none", reference: "scratch" });
    expect(baseOf(null, "none")).toEqual({ source: "none", reference: null });
  });

  it("is left to the builder's release where no runtime stage is there", () => {
    expect(baseOf("")).toBeNull();
    expect(baseOf(null)).toBeNull();
  });

  it("is found behind stages that change no file, and no others", () => {
    const copy = "FROM base\nCOPY --from=builder /out /\n";
    expect(baseOf(`FROM debian:13 AS base\nENV A=1\nUSER 7\nLABEL x=y\n${copy}`)).toMatchObject({
      reference: "debian:13",
    });
    expect(() => baseOf(`FROM debian:13 AS base\nRUN true\n${copy}`)).toThrow(/stage base, which has to be built/);
    expect(() => baseOf(`FROM debian:13 AS base\nADD x /\n${copy}`)).toThrow(/stage base, which has to be built/);
  });

  it("has to have a value", () => {
    expect(() => baseOf("ARG V\nFROM debian:$V\nCOPY --from=builder /out /\n")).toThrow(/variable without a value/);
  });
});
