import { describe, expect, test } from "vitest";
import { decodeName } from "../../src/base/names.ts";
import { exitCode } from "../../src/commands/analyze.ts";
import { FORMATS, formatsOf, writeDocument } from "../../src/report/formats.ts";
import { summary } from "../../src/report/summary.ts";
import { sample } from "./sample.ts";
import { written } from "./written.ts";

const text = (change: Parameters<typeof sample>[0]): string => FORMATS.text.analysis(sample(change));

describe("text", () => {
  test("is a RUN instruction, one package a line", () => {
    expect(text({ install: ["libicu76", "liblmdb0"] })).toBe(
      "RUN apt-get update && apt-get install -y --no-install-recommends \\\n    libicu76 \\\n    liblmdb0 \\\n && rm -rf /var/lib/apt/lists/*\n",
    );
  });

  test("is a comment alone where nothing is needed", () => {
    expect(text({})).toBe(
      "# No package is needed: the runtime base has every library and interpreter that the artifacts need.\n",
    );
  });

  test("adds the architecture of foreign packages", () => {
    expect(text({ install: ["zlib1g:i386"] })).toContain("RUN dpkg --add-architecture i386 && apt-get update &&");
  });

  test("is marked where it is not the whole answer", () => {
    const lines = text({ complete: false, install: ["a1"], unreadable: [{ path: "/out/x", reason: "EACCES" }] });
    expect(lines.startsWith("# INCOMPLETE: 1 path")).toBe(true);
  });

  test("says what is missing, with what would bring it", () => {
    const missing = {
      kind: "library",
      name: "libfoo.so.1",
      version: null,
      providedBy: null,
      requiredBy: ["/out/app"],
      chains: [],
      hint: { kind: "carriage-return" },
    } as const;
    expect(text({ missing: [missing] }).split("\n")[0]).toBe(
      "# MISSING library: libfoo.so.1, for /out/app: the script's first line ends in a carriage return (CRLF)",
    );
  });

  test("names what the present line has and ours has not, with the best reason for it", () => {
    const lines = text({
      dropped: [
        { package: "ca-certificates", reason: "no-evidence", calledBy: null },
        { package: "curl", reason: "no-evidence", calledBy: "HEALTHCHECK" },
        { package: "zlib1g", reason: "base", calledBy: null },
      ],
      suggested: [{ package: "ca-certificates", strength: "recommended", trigger: "libssl.so.3", reason: "TLS roots" }],
    });
    expect(lines).toContain("ca-certificates (recommended for libssl.so.3: TLS roots)");
    expect(lines).toContain("curl (HEALTHCHECK calls it)");
    expect(lines).not.toContain("zlib1g");
  });

  test("a name out of an image cannot end its comment", () => {
    const need = {
      stage: "builder",
      soname: "x",
      source: "/opt/a\nRUN rm -rf /",
      realPath: "/opt/a\nRUN rm -rf /",
      destination: "/opt/b c",
      package: null,
      requiredBy: [],
    };
    const lines = text({ copy: [need] }).split("\n");
    expect(lines.filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
    expect(lines[1]).toMatch(
      /^# COPY --from=builder \["\/opt\/a\\\\x0aRUN rm -rf \/","\/opt\/b c"\] \(COPY would expand this path/,
    );
  });
});

describe("COPY instructions", () => {
  const need = (source: string, destination = source) => ({
    ...{ stage: "build", soname: "x", realPath: source, package: null, requiredBy: [] },
    ...{ source, destination },
  });
  const noApt = [{ code: "no-apt-runtime", path: null, base: "scratch" }] as const;

  test("are the answer on a base without apt, and a comment elsewhere", () => {
    const copy = [need("/lib/a.so.1"), need("/opt/b c.so")];
    const lines = ["COPY --from=build /lib/a.so.1 /lib/a.so.1", 'COPY --from=build ["/opt/b c.so","/opt/b c.so"]'];
    expect(text({ copy, notes: noApt }).split("\n").slice(1, 3)).toEqual(lines);
    expect(text({ copy }).split("\n").slice(1, 3)).toEqual(lines.map((line) => `# ${line}`));
    expect(FORMATS.copy.analysis(sample({ copy }))).toBe(lines.map((line) => `${line}\n`).join(""));
    expect(FORMATS.copy.analysis(sample())).toBe("");
  });

  test.each(["/opt/$HOME/x.so", "/opt/*.so", "/opt/[a].so", "/opt/a\nRUN x", "/opt/a\\b", "/opt/\udc80"])(
    "a path that COPY would expand stays a comment: %j",
    (path) => {
      const report = text({ copy: [need(path)], notes: noApt });
      expect(report.split("\n").filter((line) => line !== "" && !line.startsWith("#"))).toEqual([]);
      expect(report).toContain("COPY would expand this path");
      expect(exitCode(sample({ copy: [need(path)], notes: noApt }))).toBe(1);
    },
  );

  test("that are complete are a success on a base without apt", () => {
    const copy = [need("/lib/a.so.1")];
    const lacking = { ...{ kind: "library", name: "x", version: null, providedBy: null }, requiredBy: [], chains: [] };
    const missing = [{ ...lacking, kind: "library" as const, hint: null }];
    expect(exitCode(sample({ copy, notes: noApt }))).toBe(0);
    expect(exitCode(sample({ copy }))).toBe(1);
    expect(exitCode(sample({ copy, notes: noApt, missing }))).toBe(1);
    expect(exitCode(sample({ copy, notes: noApt, complete: false }))).toBe(2);
  });
});

describe("the other formats", () => {
  test("line is one line of shell", () => {
    expect(FORMATS.line.analysis(sample({ install: ["a1", "b2:i386"] }))).toBe(
      "dpkg --add-architecture i386 && apt-get update && apt-get install -y --no-install-recommends a1 b2:i386 && rm -rf /var/lib/apt/lists/*\n",
    );
    expect(FORMATS.line.analysis(sample())).toBe("\n");
  });

  test("list is a name a line, and nothing for nothing", () => {
    expect(FORMATS.list.analysis(sample({ install: ["a1", "b2"] }))).toBe("a1\nb2\n");
    expect(FORMATS.list.analysis(sample())).toBe("");
  });

  test("json is valid Unicode whatever a name holds", () => {
    const path = decodeName(Buffer.from([0x2f, 0xff]));
    const json = FORMATS.json.analysis(sample({ unreadable: [{ path, pathBase64: "L/8=", reason: "EIO" }] }));
    expect(JSON.parse(json).unreadable).toEqual([{ path: "/\\xff", pathBase64: "L/8=", reason: "EIO" }]);
    expect(json).not.toMatch(/\\udcff/i);
  });
});

describe("the summary", () => {
  test("has colours only where they are wanted", () => {
    const lines = summary(sample({ install: ["a1"] }), { verbose: false, columns: null });
    expect(written((messages) => messages.lines(lines, { color: true }))).toContain("\u001b[");
    expect(written((messages) => messages.lines(lines, { color: false }))).not.toContain("\u001b[");
  });

  test("is wrapped to the terminal's width, and no word is broken", () => {
    const long = `lib${"x".repeat(60)}1`;
    const analysis = sample({ install: ["liba1", "libb1", "libc1", "libd1", "libe1", "libf1", long, "libg1"] });
    const lines = written((messages) => messages.lines(summary(analysis, { verbose: false, columns: 50 }))).split("\n");
    const from = lines.findIndex((line) => line.startsWith("  install"));
    expect(lines.slice(from, from + 4)).toEqual([
      "  install      8 packages: liba1, libb1, libc1,",
      "               libd1, libe1, libf1,",
      `               ${long},`,
      "               libg1",
    ]);
  });

  test("tells once what is both dropped and suggested", () => {
    const analysis = sample({
      dropped: [{ package: "ca-certificates", reason: "no-evidence", calledBy: null }],
      suggested: [{ package: "ca-certificates", strength: "recommended", trigger: "libssl.so.3", reason: "TLS" }],
    });
    const lines = summary(analysis, { verbose: false, columns: null });
    expect(written((messages) => messages.lines(lines)).match(/ca-certificates/g)).toHaveLength(1);
  });
});

describe("the map of formats", () => {
  test.each([
    ["analysis", ["text", "line", "list", "copy", "json", "markdown", "html", "cyclonedx"]],
    ["audit", ["text", "json", "markdown", "html", "github", "gitlab", "sarif", "junit", "checkstyle"]],
    ["proof", ["text", "json"]],
    ["why", ["text", "json"]],
  ] as const)("%s", (kind, names) => expect(formatsOf(kind)).toEqual(names));

  test("refuses a format that cannot write the document", () => {
    const options = { columns: null, verbose: false };
    expect(writeDocument("analysis", sample({ install: ["a"] }), "list", options)).toBe("a\n");
    const audit = { findings: [], ignored: 0, leftOut: 0, stages: [], unknownCodes: [], judged: [], instead: null };
    const report = { file: "Dockerfile", kind: "dockerfile", analysis: null, audit } as const;
    for (const name of ["line", "toString"])
      expect(() => writeDocument("audit", report, name, options)).toThrow(`unknown format "${name}"`);
  });
});
