import { describe, expect, test } from "vitest";
import type { Analysis } from "../../src/analysis/model.ts";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { dockerfileReport } from "../../src/report/dockerfile.ts";
import { lineReport } from "../../src/report/line.ts";
import { LINE_STYLES, type LineOptions, PLAIN_LINE, pinText } from "../../src/report/line-options.ts";
import { listReport } from "../../src/report/list.ts";
import { placesOf, runtime } from "../audit/kit.ts";
import { sample } from "./sample.ts";

const package_ = (name: string, architecture: string, artifact: string) => ({
  name,
  architecture,
  builderName: null,
  builderVersion: null,
  candidateVersion: null,
  status: "install" as const,
  impliedBy: [],
  sonames: [],
  alternatives: [],
  reasons: [{ artifact, kind: "needed" as const, chain: [{ soname: `${name}.so.1`, path: null }] }],
});
const added = (name: string, architecture: string, version: string | null) => ({
  name,
  architecture,
  version,
  replaces: null,
  bytes: null,
  listed: true,
  needed: true,
  depends: [],
});
const analysis = (change: Partial<Analysis> = {}): Analysis =>
  sample({
    install: ["liba1", "libb2"],
    packages: [package_("liba1", "amd64", "/out/a"), package_("libb2", "amd64", "/out/b\n# \\\nRUN evil")],
    added: {
      packages: [added("liba1", "amd64", "1:2.0-1+b1"), added("libb2", "amd64", "3~rc1")],
      bytes: 0,
      exact: true,
      from: "builder",
    },
    ...change,
  });
const text = (options: Partial<LineOptions>, of = analysis()): string[] =>
  dockerfileReport(of, { line: { ...PLAIN_LINE, ...options } })
    .trimEnd()
    .split("\n");

describe("the line", () => {
  test("without options is as it was", () => {
    expect(text({})).toEqual(dockerfileReport(analysis()).trimEnd().split("\n"));
    expect(text({}).at(0)).toMatch(/^RUN apt-get update/);
  });

  test("--pin names versions, and says whose they are", () => {
    expect(text({ pin: true })).toEqual([
      "# versions from dpkg of the builder, which apt in the runtime stage may not offer (--online asks it)",
      "RUN apt-get update && apt-get install -y --no-install-recommends \\",
      "    liba1=1:2.0-1+b1 \\",
      "    libb2=3~rc1 \\",
      " && rm -rf /var/lib/apt/lists/*",
    ]);
    const line = { ...PLAIN_LINE, pin: true };
    expect(listReport(analysis(), { line })).toBe("liba1=1:2.0-1+b1\nlibb2=3~rc1\n");
    expect(lineReport(analysis(), { line })).toContain(" liba1=1:2.0-1+b1 libb2=3~rc1 && ");
  });

  test.each([null, "1; reboot", "1\nRUN evil", "$(x)"])("--pin leaves out the version %j, and says so", (version) => {
    const packages = [added("liba1", "amd64", "1"), added("libb2", "amd64", version)];
    const of = analysis({ added: { packages, bytes: 0, exact: true, from: "apt" } });
    const pinned = pinText(of, { ...PLAIN_LINE, pin: true });
    expect(pinned).toBe("versions from apt in the runtime base; no version is known of libb2");
    expect(text({ pin: true }, of).slice(2, 4)).toEqual(["    liba1=1 \\", "    libb2 \\"]);
  });

  test("--pin tells architectures apart", () => {
    const packages = [added("liba1", "amd64", "1"), added("liba1", "i386", "2")];
    const of = analysis({ install: ["liba1", "liba1:i386"], added: { packages, bytes: 0, exact: true, from: "apt" } });
    expect(listReport(of, { line: { ...PLAIN_LINE, pin: true } })).toBe("liba1=1\nliba1:i386=2\n");
  });

  test("--comments: one line above each package, which a hostile name cannot leave", () => {
    expect(text({ comments: true })).toEqual([
      "RUN apt-get update && apt-get install -y --no-install-recommends \\",
      "    # /out/a → liba1.so.1",
      "    liba1 \\",
      "    # /out/b\\x0a# \\\\\\x0aRUN evil → libb2.so.1",
      "    libb2 \\",
      " && rm -rf /var/lib/apt/lists/*",
    ]);
  });
});

test.each(LINE_STYLES.flatMap((style) => [true, false].map((comments) => ({ style, comments }))))(
  "%j is an instruction that installs the packages, without recommends and lists",
  ({ style, comments }) => {
    if (style === "xargs" && comments) return;
    const lines = text({ style, comments });
    const file = runtime(...lines);
    const contextFile = (path: string): string | null => (path === "packages.txt" ? listReport(analysis()) : null);
    const plan = makePlan(parseDockerfile(file), { contextFile } as Parameters<typeof makePlan>[1]);
    const runs = (plan.runtime?.instructions ?? []).flatMap((one) => (one.kind === "run" ? one.aptInstalls : []));
    expect(runs.flatMap(({ packages }) => packages.map(({ name }) => name))).toEqual(["liba1", "libb2"]);
    expect(runs.flatMap(({ unknownWords }) => unknownWords)).toEqual([]);
    expect(placesOf("lists-left", file)).toEqual([]);
    expect(placesOf("recommends", file)).toEqual([]);
  },
);

test("xargs reads the file that -f list writes", () => {
  expect(text({ style: "xargs", pin: true }).slice(1)).toEqual([
    "# packages.txt: msb-deps -f list --pin -o packages.txt",
    "COPY packages.txt /tmp/packages.txt",
    "RUN apt-get update && xargs apt-get install -y --no-install-recommends < /tmp/packages.txt && rm -rf /var/lib/apt/lists/*",
  ]);
});
