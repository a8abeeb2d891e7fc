import { describe, expect, test } from "vitest";
import { matchRelease, readRelease } from "../../src/debian/release.ts";

const known = [
  { key: "debian-12", codename: "bookworm" },
  { key: "debian-13", codename: "trixie" },
  { key: "ubuntu-22.04", codename: "jammy" },
  { key: "ubuntu-24.04", codename: "noble" },
];

describe("readRelease", () => {
  test("quotes, escapes, comments, later lines", () => {
    const text = `# x\nID=debian\nVERSION_ID="12"\nVERSION_CODENAME='bookworm'\nPRETTY_NAME="a \\"b\\" \\$c"\nID_LIKE="x  y"\nbad line\n`;
    expect(readRelease(text)).toEqual({
      id: "debian",
      versionId: "12",
      codename: "bookworm",
      idLike: ["x", "y"],
      parent: null,
    });
    expect(readRelease("ID=a\nID=b")?.id).toBe("b");
  });

  test.each([
    ["ID=debian\\ x", "debian x"],
    ['ID="a\\nb\\\\c"', "a\\nb\\c"],
    ["ID='a\\$b'", "a\\$b"],
    ['ID="open', "open"],
    ["ID=' a '", "a"],
    [" ID=a", "a"],
    ["ID=a b", "a b"],
    ["ID=a\nid=b\nXID=c\nID2=d", "a"],
  ])("%j has the ID %s", (text, id) => expect(readRelease(text)?.id).toBe(id));

  test("the parent of a derivative", () => {
    const parent = (text: string) => readRelease(text)?.parent ?? null;
    expect(parent("ID=mint\nUBUNTU_CODENAME=noble\nDEBIAN_CODENAME=trixie")).toEqual({
      id: "ubuntu",
      codename: "noble",
    });
    expect(parent("ID=ubuntu\nUBUNTU_CODENAME=noble\nDEBIAN_CODENAME=trixie")).toEqual({
      id: "debian",
      codename: "trixie",
    });
    expect(parent("ID=debian\nDEBIAN_CODENAME=trixie")).toBeNull();
    expect(readRelease("ID=a")).toEqual({ id: "a", versionId: null, codename: null, idLike: [], parent: null });
  });

  test("no ID is no release", () => {
    expect(readRelease("")).toBeNull();
    expect(readRelease("VERSION_ID=12")).toBeNull();
    expect(readRelease("ID=")).toBeNull();
    expect(readRelease('ID="')).toBeNull();
  });
});

test("a release that moves is never matched exactly: unstable says the same of itself", () => {
  const moving = [...known, { key: "debian-14", codename: "forky", moving: true }];
  const forky = readRelease("ID=debian\nVERSION_CODENAME=forky");
  expect(forky && matchRelease(forky, moving)).toEqual({ key: "debian-14", exact: false });
  const trixie = readRelease("ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie");
  expect(trixie && matchRelease(trixie, moving)).toEqual({ key: "debian-13", exact: true });
});

describe("matchRelease", () => {
  test.each([
    ["Debian", "ID=debian\nVERSION_ID=13\nVERSION_CODENAME=trixie", { key: "debian-13", exact: true }],
    [
      "Ubuntu",
      'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\nUBUNTU_CODENAME=noble',
      { key: "ubuntu-24.04", exact: true },
    ],
    ["testing has no version", "ID=debian\nVERSION_CODENAME=trixie", { key: "debian-13", exact: true }],
    [
      "Mint",
      "ID=linuxmint\nID_LIKE='ubuntu debian'\nVERSION_ID=22\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble",
      { key: "ubuntu-24.04", exact: false },
    ],
    [
      "LMDE",
      "ID=linuxmint\nID_LIKE=debian\nVERSION_ID=6\nVERSION_CODENAME=faye\nDEBIAN_CODENAME=bookworm",
      { key: "debian-12", exact: false },
    ],
    [
      "Raspbian",
      "ID=raspbian\nID_LIKE=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm",
      { key: "debian-12", exact: false },
    ],
    ["a release that is not known", "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=25.10\nVERSION_CODENAME=questing", null],
    ["a derivative of one that is not known", "ID=pop\nID_LIKE='ubuntu debian'\nUBUNTU_CODENAME=questing", null],
    [
      "a derivative with its own name for a release",
      "ID=x\nID_LIKE='fedora debian'\nVERSION_CODENAME=trixie",
      { key: "debian-13", exact: false },
    ],
    [
      "the parent that is told before the one it is like",
      "ID=x\nID_LIKE=debian\nVERSION_CODENAME=trixie\nUBUNTU_CODENAME=none",
      null,
    ],
    ["a version that is not known, with a known codename", "ID=debian\nVERSION_ID=99\nVERSION_CODENAME=trixie", null],
    ["a name that another begins with", "ID=deb\nVERSION_CODENAME=trixie", null],
    ["Alpine", "ID=alpine\nVERSION_ID=3.22", null],
    ["sid", "ID=debian\nVERSION_CODENAME=forky", null],
  ])("%s", (_title, text, expected) => {
    const release = readRelease(text);
    expect(release && matchRelease(release, known)).toEqual(expected);
  });
});
