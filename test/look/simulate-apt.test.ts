import { describe, expect, it } from "vitest";
import { isAptWord, readSimulations } from "../../src/look/simulate-apt.ts";

it("reads what apt-get -s and apt-cache show print", () => {
  const text = `# 0
Inst libxml2 (2.12.7+dfsg+really2.9.14-2.1 Debian:13.1/stable [amd64])
Inst zlib1g [1:1.3-1] (1:1.3-2 Debian:13.1/stable [amd64]) []
Inst libz:i386 (1.0 Debian:13 [i386])
# 100
! E: Unable to locate package libnone
! E: Couldn't find it
# 0
# sizes
Package: libxml2
Version: 2.12.7+dfsg+really2.9.14-2.1
Installed-Size: 1894
Architecture: amd64

Package: libz
Architecture: i386
Version: 1.0
Installed-Size: 3

Package: zlib1g
Version: 1:1.3-2
Installed-Size: many
`;
  expect(readSimulations(text)).toEqual([
    {
      kind: "done",
      installs: [
        { name: "libxml2", version: "2.12.7+dfsg+really2.9.14-2.1", replaces: null, bytes: 1894 * 1024 },
        { name: "zlib1g", version: "1:1.3-2", replaces: "1:1.3-1", bytes: null },
        { name: "libz:i386", version: "1.0", replaces: null, bytes: 3072 },
      ],
    },
    { kind: "refused", reason: "Unable to locate package libnone Couldn't find it" },
    { kind: "done", installs: [] },
  ]);
});

it("reads the upgrade of a package to the amd64v3 variant of the same version", () => {
  const text = `# 0
Inst apt [3.1.6ubuntu2] (3.1.6ubuntu2 Ubuntu:25.10/questing [amd64])
# sizes
Package: apt
Architecture: amd64
Architecture-Variant: amd64v3
Version: 3.1.6ubuntu2
Installed-Size: 4000
`;
  expect(readSimulations(text)).toEqual([
    {
      kind: "done",
      installs: [{ name: "apt", version: "3.1.6ubuntu2", replaces: "3.1.6ubuntu2", bytes: 4000 * 1024 }],
    },
  ]);
});

describe("a word for apt", () => {
  it.each(["libz1", "g++", "libc6:i386", "curl=7.88.1-10+deb12u5", "x=1:2~rc1", "git/bookworm-backports"])(
    "%s is one",
    (word) => expect(isAptWord(word)).toBe(true),
  );
  it.each(["", "-y", "a b", "a;b", "$(x)", "lib*", "a\nb", "a'", "a=b c", "--option", "a/b/c", "A"])(
    "%j is none",
    (word) => expect(isAptWord(word)).toBe(false),
  );
});
