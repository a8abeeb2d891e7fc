import { describe, expect, test } from "vitest";
import { placesOf, runtime } from "../kit.ts";

const from = (base: string, text: string): string => text.replace("debian:trixie-slim", base);

describe("root-user", () => {
  test.each([
    ["no USER on an official base", runtime(), "3:1"],
    ["root by name", runtime("USER root"), "4:1"],
    ["root by number and group", runtime("USER 0:0"), "4:1"],
    ["root again at the end", runtime("USER app", "RUN true", "USER root"), "6:1"],
    [
      "root from the stage below",
      `FROM debian:13 AS base\nUSER root\nFROM debian:13 AS builder\nFROM base\nCOPY --from=builder /a /a\n`,
      "4:1",
    ],
    ["scratch with a program", `${from("scratch", runtime())}CMD ["/app"]\n`, "3:1"],
  ])("%s", (_, text, place) => {
    expect(placesOf("root-user", text)).toEqual([place]);
  });

  test.each([
    ["a user", runtime("USER app")],
    ["a number", runtime("USER 10001:10001")],
    ["a variable without a value", runtime("USER $WHO")],
    ["a base whose user nobody knows", from("nginxinc/nginx-unprivileged:1.27", runtime())],
    [
      "a user of the stage below",
      `FROM debian:13 AS base\nUSER app\nFROM debian:13 AS builder\nFROM base\nCOPY --from=builder /a /a\n`,
    ],
    ["files from scratch, without a program", from("scratch", runtime())],
    [
      "a stage for tests, though nothing else is there to be shipped",
      "FROM debian:13 AS builder\nFROM debian:13 AS test\nCOPY --from=builder /a /a\nUSER root\n",
    ],
    ["root in the builder", runtime("USER app").replace("RUN make", "USER root")],
  ])("not: %s", (_, text) => {
    expect(placesOf("root-user", text)).toEqual([]);
  });

  test("the base image says who", () => {
    expect(placesOf("root-user", runtime(), { facts: { baseUser: "nonroot" } })).toEqual([]);
    expect(placesOf("root-user", from("mine:1", runtime()), { facts: { baseUser: "0" } })).toEqual(["3:1"]);
  });
});
