import { describe, expect, it } from "vitest";
import type { RunRequest } from "../../src/engine/engine.ts";
import { removedVariables } from "../../src/engine/environment.ts";
import { imageHere } from "../look/here.ts";

const HARMLESS = ["PATH=/bin", "HTTP_PROXY=http://proxy", "DEBIAN_FRONTEND=teletype", "LANG=C", "EMPTY="];
const STEERING = [
  ...["LD_PRELOAD", "LD_AUDIT", "LD_SHOW_AUXV", "LD_TRACE_LOADED_OBJECTS", "LD_NEW_IN_GLIBC", "GLIBC_TUNABLES"],
  ...["LOCPATH", "GCONV_PATH", "PERL5OPT", "PERL5LIB", "PERLIO", "BASH_ENV", "ENV", "PYTHONSTARTUP"],
];
const env = [...HARMLESS, ...STEERING.map((name) => `${name}=x`)];
const image = { ...imageHere, config: { ...imageHere.config, env } };
const removed = (more: Partial<RunRequest>) => removedVariables({ image, env: {}, ...more } as RunRequest);

describe("the variables of an image that a program of ours does not get", () => {
  it("are all, but for those that are given anew", () => {
    expect(removed({ env: { PATH: "/usr/bin" } })).toEqual([
      "HTTP_PROXY",
      "DEBIAN_FRONTEND",
      "LANG",
      "EMPTY",
      ...STEERING,
    ]);
    expect(removed({ env: { PATH: "/usr/bin" }, may: "change" })).toHaveLength(4 + STEERING.length);
  });

  it("are those that steer it, where it needs the network and perhaps a proxy", () => {
    expect(removed({ online: true })).toEqual(STEERING);
  });

  it("are none for a command of the user", () => {
    expect(removed({ may: "execute" })).toEqual([]);
    expect(removed({ may: "execute", online: true })).toEqual([]);
  });

  it("are each named once, also where the image says them twice or without a value", () => {
    const twice = { ...image, config: { ...image.config, env: ["A=1", "A=2", "B", "=C"] } };
    expect(removedVariables({ image: twice, env: {} } as unknown as RunRequest)).toEqual(["A", "B"]);
  });
});
