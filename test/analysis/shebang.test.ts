import { describe, expect, test } from "vitest";
import { readShebang } from "../../src/analysis/shebang.ts";

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
