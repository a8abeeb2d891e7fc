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
    ["Alpine", "ID=alpine\nVERSION_ID=3.22", null],
    ["sid", "ID=debian\nVERSION_CODENAME=forky", null],
  ])("%s", (_title, text, expected) => {
    const release = readRelease(text);
    expect(release && matchRelease(release, known)).toEqual(expected);
  });
});
