import { describe, expect, test } from "vitest";
import { findingsOf, only } from "../kit.ts";

const bases = (builder: string, base: string) =>
  only(
    "unpinned-base",
    findingsOf(`ARG TAG=latest\nFROM ${builder} AS builder\nFROM ${base}\nCOPY --from=builder /a /a\n`),
  ).map(({ line, kind }) => `${line} ${kind}`);

describe("unpinned-base", () => {
  test.each([
    ["no tag", "debian", "3 untagged"],
    ["a port is no tag", "registry:5000/team/app", "3 untagged"],
    ["latest", "debian:latest", "3 moving"],
    ["stable", "debian:stable-slim", "3 moving"],
    ["a variable with a value", "debian:$TAG", "3 moving"],
    ["a codename within another word", "team/trixiebell", "3 untagged"],
    ["a moving tag with a size", "node:lts-slim", "3 moving"],
  ])("%s", (_, base, expected) => {
    expect(bases("debian:13", base)).toEqual([expected]);
  });

  test("in the builder, too", () => {
    expect(bases("rust", "debian:13")).toEqual(["2 untagged"]);
  });

  test.each([
    "debian:trixie-slim",
    "debian:13.1",
    "registry:5000/team/app:1",
    "debian@sha256:abc",
    "debian:latest@sha256:abc",
    "scratch",
    "builder",
    "debian:$UNSET",
    "gcr.io/distroless/cc-debian13",
    "gcr.io/distroless/cc-debian13:latest",
    "cargo-chef:latest-rust-1.92-bookworm",
    "nginx:stable-alpine3.22",
    "node:lts-bookworm-slim",
    "registry.access.redhat.com/ubi9/ubi-minimal",
    "{{base_image}}",
    "@BASE@",
  ])("not: %s", (base) => {
    expect(bases("debian:13", base)).toEqual([]);
  });
});
