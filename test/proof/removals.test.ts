import { describe, expect, it } from "vitest";
import type { ReasonKind } from "../../src/analysis/model.ts";
import { exemptionOf, planRemoval } from "../../src/proof/removals.ts";
import type { AptInstallation } from "../../src/snapshot/apt.ts";

const install = (name: string, version = "1", replaces: string | null = null): AptInstallation => ({
  ...{ name, version, replaces },
  bytes: 1,
});
const done = (...installs: AptInstallation[]) => ({ kind: "done", installs }) as const;
const whole = [install("libz"), install("liba"), install("common")];

describe("how a member is taken out", () => {
  it.each([
    ["apt installs the same", whole, done(...whole), { way: "nothing", gone: [] }],
    ["dpkg takes out what is gone", whole, done(install("common")), { way: "purge", gone: ["liba", "libz"] }],
    [
      "another package comes in its place",
      whole,
      done(install("libz"), install("other")),
      { way: "build", gone: ["common", "liba"] },
    ],
    [
      "another version comes in its place",
      whole,
      done(install("libz", "2"), install("liba"), install("common")),
      { way: "build", gone: ["libz"] },
    ],
    ["the base has an older one", [install("libc6", "2", "1")], done(), { way: "build", gone: ["libc6"] }],
    ["only more is installed", [], done(install("more")), { way: "build", gone: [] }],
  ] as const)("%s", (_name, all, without, expected) => {
    expect(planRemoval(all, without)).toEqual(expected);
  });

  it("apt refuses the rest", () => {
    const refused = { kind: "refused", reason: "broken" } as const;
    expect(planRemoval(whole, refused)).toEqual({ way: "refused", gone: [], reason: "broken" });
  });
});

describe("whether the loader has a say", () => {
  const of = (...kinds: ReasonKind[]) =>
    exemptionOf({ reasons: kinds.map((kind) => ({ artifact: "/out/app", kind, chain: [] })) });

  it.each([
    [["needed"], null],
    [["interpreter"], null],
    [["preload"], null],
    [["recommended", "needed"], null],
    [["recommended"], "recommended"],
    [["dlopen", "observed"], "dlopen"],
    [["observed"], "observed"],
  ] as const)("%j: %j", (kinds, expected) => expect(of(...kinds)).toBe(expected));

  it("of a word that the analysis does not know it has, until the contrary is shown", () => {
    expect(exemptionOf(undefined)).toBeNull();
  });
});
