import { expect, it } from "vitest";
import { observe } from "../../src/proof/observed.ts";

const log = (...lines: string[]): string => lines.map((line) => `  12:\t${line}\n`).join("");
const mapped = (name: string, by: string, how = "dynamically loaded") =>
  [
    `file=${name} [0];  ${how} by ${by} [0]`,
    `  trying file=/lib/${name}`,
    `file=${name} [0];  generating link map`,
  ] as const;

it("tells what was opened, and what that needs, and not what a program needs at its start", () => {
  const first = log(
    ...mapped("libc.so.6", "/app", "needed"),
    ...mapped("plugin.so", "/app"),
    ...mapped("libdep.so.1", "/lib/plugin.so", "needed"),
    ...mapped("libdeeper.so.1", "/lib/libdep.so.1", "needed"),
    "file=libgone.so.1 [0];  needed by /lib/libdep.so.1 [0]",
    "  trying file=/lib/libgone.so.1",
    "  trying file=/lib/../etc/libgone.so.1",
    "file=libstart.so.1 [0];  needed by /app [0]",
  );
  const second = log(...mapped("plugin.so", "/other"), "file=/opt/x.so [0];  dynamically loaded by /other [0]");
  expect(observe([first, second, "noise\n"])).toEqual({
    opened: [
      { path: "/lib/libdeeper.so.1", by: "/lib/libdep.so.1" },
      { path: "/lib/libdep.so.1", by: "/lib/plugin.so" },
      { path: "/lib/plugin.so", by: "/app" },
    ],
    unopened: [
      { name: "/opt/x.so", by: "/other", tried: ["/opt/x.so"] },
      { name: "libgone.so.1", by: "/lib/libdep.so.1", tried: ["/lib/libgone.so.1"] },
    ],
  });
});

it("knows no place for a relative path", () => {
  const text = log("file=./x.so [0];  dynamically loaded by /app [0]");
  expect(observe([text]).unopened).toEqual([{ name: "./x.so", by: "/app", tried: [] }]);
});
