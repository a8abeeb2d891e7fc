import { describe, expect, test } from "vitest";
import { interpreterPaths, readShebang } from "../../src/snapshot/shebang.ts";

describe("readShebang", () => {
  test.each([
    ["a plain path", "#!/bin/sh\necho", "/bin/sh", null],
    ["blanks before and behind", "#! \t/bin/sh -e \n", "/bin/sh", null],
    ["no newline", "#!/usr/bin/python3", "/usr/bin/python3", null],
    ["env looks the program up", "#!/usr/bin/env python3\n", "/usr/bin/env", "python3"],
    ["env gets one argument: this is one name", "#!/usr/bin/env perl -w\n", "/usr/bin/env", "perl -w"],
    ["env -S splits", "#!/usr/bin/env -S perl -w\n", "/usr/bin/env", "perl"],
    ["env -S with a variable and an option", "#!/usr/bin/env -S -u X A=b node --x\n", "/usr/bin/env", "node"],
    ["env --split-string", "#!/usr/bin/env --split-string=ruby -w\n", "/usr/bin/env", "ruby"],
    ["a carriage return is part of the path", "#!/bin/sh\r\n", "/bin/sh\r", null],
    ["a relative interpreter", "#!sh\n", "sh", null],
  ])("%s", (_, head, interpreter, looksUp) => {
    expect(readShebang(head)).toEqual({ interpreter, looksUp });
  });

  test.each([
    ["no #!", "echo"],
    ["#! alone", "#!\n"],
    ["#! and blanks", "#!  \n"],
  ])("%s is none", (_, head) => {
    expect(readShebang(head)).toBeNull();
  });
});

const IN_PATH = (name: string) =>
  ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"].map((folder) => `${folder}/${name}`);

describe("interpreterPaths", () => {
  test.each<[string, string[]]>([
    ["#!/bin/sh\necho", ["/bin/sh"]],
    ["#! \t/usr/bin/python3 -I\n", ["/usr/bin/python3"]],
    ["#!/usr/bin/env python3\n", ["/usr/bin/env", ...IN_PATH("python3")]],
    ["#!/usr/bin/env -S perl -w\n", ["/usr/bin/env", ...IN_PATH("perl")]],
    ["#!/usr/bin/env -Sperl -w\n", ["/usr/bin/env", ...IN_PATH("perl")]],
    ["#!/usr/bin/env -iS A=b sh\n", ["/usr/bin/env", ...IN_PATH("sh")]],
    ["#!/usr/bin/env /opt/x\n", ["/usr/bin/env", "/opt/x"]],
    ["#!/usr/bin/env python3\r\n", ["/usr/bin/env", ...IN_PATH("python3")]],
    ["#!/bin/sh\r\n", ["/bin/sh"]],
    ["#!/usr/bin/env\n", ["/usr/bin/env"]],
    ["#!", []],
    ["#!relative\n", []],
    ["#!/bin/sh", ["/bin/sh"]],
  ])("%j", (head, paths) => expect(interpreterPaths(head)).toEqual(paths));
});
