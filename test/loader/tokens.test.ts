import { describe, expect, it } from "vitest";
import { expandTokens, type Tokens } from "../../src/loader/tokens.ts";
import { PATH_MAX } from "../../src/snapshot/path.ts";

const TOKENS: Tokens = {
  origin: "/app/bin",
  lib: "lib/x86_64-linux-gnu",
  platform: "x86_64",
  trusted: null,
  program: true,
};
const SECURE: Tokens = { ...TOKENS, origin: "/usr/bin", trusted: ["/lib", "/usr/lib"] };

/** The text, or why there is none. */
function expanded(input: string, tokens: Partial<Tokens> = {}): string {
  const expansion = expandTokens(input, { ...TOKENS, ...tokens });
  return "text" in expansion ? expansion.text : expansion.discarded;
}

describe("expandTokens (ld.so(8), Dynamic string tokens; is_dst of glibc)", () => {
  it.each([
    ["/usr/lib", "/usr/lib"],
    ["$ORIGIN/../lib", "/app/bin/../lib"],
    [`\${ORIGIN}x`, "/app/binx"],
    ["/opt/$LIB:$LIB", "/opt/lib/x86_64-linux-gnu:lib/x86_64-linux-gnu"],
    [`/\${LIB}`, "/lib/x86_64-linux-gnu"],
    [`/$PLATFORM/\${PLATFORM}`, "/x86_64/x86_64"],
    ["$ORIGIN-$LIB.$PLATFORM", "/app/bin-lib/x86_64-linux-gnu.x86_64"],
    // The longest name counts, and none of these is one.
    ["$ORIGINAL/$LIBX/$LIB_/$LIB6/$PLATFORMs", "$ORIGINAL/$LIBX/$LIB_/$LIB6/$PLATFORMs"],
    [`\${ORIGIN/$origin/$/\${}/ORIGIN/{LIB}`, `\${ORIGIN/$origin/$/\${}/ORIGIN/{LIB}`],
  ])("makes %s to %s", (input, expected) => {
    expect(expanded(input)).toBe(expected);
  });

  it("discards what depends on a platform that is not known", () => {
    expect(expanded("/opt/$PLATFORM", { platform: null })).toBe("platform");
    expect(expanded("/opt/$LIB", { platform: null })).toBe("/opt/lib/x86_64-linux-gnu");
    expect(expanded("/opt/$PLATFORM", { platform: "" })).toBe("/opt/");
  });

  it("keeps no more text than a path can have, however often $ORIGIN stands there", () => {
    const origin = `/${"o".repeat(999)}`;
    expect(expanded("$ORIGIN".repeat(5), { origin })).toBe(origin.repeat(5));
    const length = expanded("$ORIGIN".repeat(1000), { origin }).length;
    expect(length).toBeGreaterThan(PATH_MAX);
    expect(length).toBeLessThanOrEqual(2 * PATH_MAX);
  });
});

describe("expandTokens in secure-execution mode", () => {
  it.each<[string, Partial<Tokens>, string]>([
    ["$ORIGIN/../lib", {}, "/usr/bin/../lib"],
    ["$ORIGIN", { origin: "/usr/lib" }, "/usr/lib"],
    ["$ORIGIN/", { origin: "/lib" }, "/lib/"],
    ["$ORIGIN/..//./lib/x", {}, "/usr/bin/..//./lib/x"],
    // Outside of the trusted folders, by the text of the path.
    ["$ORIGIN", {}, "secure"],
    ["$ORIGIN/../lib/../opt", {}, "secure"],
    ["$ORIGIN/../library", {}, "secure"],
    // Not the first component, or only a part of it.
    ["/$ORIGIN/../lib", {}, "secure"],
    ["/lib/$ORIGIN", {}, "secure"],
    [`\${ORIGIN}x/../../lib`, {}, "secure"],
    ["$ORIGIN/$ORIGIN/../../../lib", {}, "secure"],
    // Of a library, any folder will do: the library itself came from a trusted place.
    ["$ORIGIN", { program: false }, "/usr/bin"],
    ["/x/$ORIGIN", { program: false }, "secure"],
    // Without $ORIGIN nothing is checked.
    ["/opt/$LIB", {}, "/opt/lib/x86_64-linux-gnu"],
    ["$ORIGIN/../opt", { trusted: [] }, "secure"],
    // The first reason counts.
    ["$PLATFORM/$ORIGIN", { platform: null }, "platform"],
    ["/$ORIGIN/$PLATFORM", { platform: null }, "secure"],
  ])("%s %j: %s", (input, more, expected) => {
    expect(expanded(input, { ...SECURE, ...more })).toBe(expected);
  });
});
