// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of Dockerfiles
import { expect, test } from "vitest";
import { fixed, type Scene } from "./scene.ts";

const HEAD = "FROM debian:trixie AS builder\nRUN make\nFROM debian:trixie-slim\n";
const COPY = "COPY --from=builder /out/ /\n";
const scene: Scene = { needs: ["libpq5"], base: [], depends: [] };
const stage = (run: string): string => `${HEAD}${run}\n${COPY}`;
const OPTION = " --no-install-recommends";

/** `@` stands where the option belongs. */
test.each([
  ["after -y", "RUN apt-get install -y@ libpq5", OPTION],
  ["after the operation", "RUN apt-get -qq install@ libpq5", OPTION],
  ["after several flags", "RUN apt-get install -y --allow-downgrades@ libpq5", OPTION],
  ["before an option with a value", "RUN apt-get install -y@ -t trixie-backports libpq5", OPTION],
  ["before --", "RUN apt-get install -y@ -- libpq5", OPTION],
  ["where the flags come last", "RUN apt-get install@ libpq5 -y", OPTION],
  [
    "before a continuation",
    "RUN apt-get update \\\n && apt-get install -y@ \\\n      # database\n      libpq5",
    OPTION,
  ],
  ["for a variable", 'ARG MORE\nRUN apt-get install -y@ libpq5 "$MORE"', OPTION],
  ["in a here-document", "RUN <<EOF\nset -e\napt-get install -y@ libpq5\nEOF", OPTION],
  ["in a quoted script", "RUN bash -c 'apt-get install -y@ libpq5'", OPTION],
  ["in a branch", "RUN if x; then apt-get install -y@ libpq5; fi", OPTION],
  ["in a loop", "RUN for p in libpq5; do apt-get install -y@ $p; done", OPTION],
  ["before a comment of the shell", "RUN apt-get install -y@ libpq5 # tested", OPTION],
  ["of aptitude", "RUN aptitude install -y@ libpq5", " --without-recommends"],
  ["twice", "RUN apt-get install -y@ libpq5 && apt install@ tzdata", OPTION],
])("added %s, and only on info", (_, run, option) => {
  const before = stage(run.replaceAll("@", ""));
  expect(fixed(before, scene, "warning").text).toBe(before);
  const { text, changes, audit } = fixed(before, scene, "info");
  expect(text).toBe(stage(run.replaceAll("@", option)));
  expect(changes).toMatchObject(
    run
      .split("@")
      .slice(1)
      .map(() => ({ kind: "option", word: option.trim(), code: "recommends" })),
  );
  expect(audit.findings.map(({ code }) => code)).not.toContain("recommends");
  expect(fixed(text, scene, "info").changes).toEqual([]);
});

test("a continuation that stands in a column stays there", () => {
  const before = stage(
    "RUN apt-get install -y                             \\\n    libpq5                                         \\\n && true",
  );
  const after = stage(
    "RUN apt-get install -y --no-install-recommends     \\\n    libpq5                                         \\\n && true",
  );
  expect(fixed(before, scene, "info").text).toBe(after);
});

test("lines end as those of the file", () => {
  const before = stage("RUN apt-get install -y \\\n    libpq5").replaceAll("\n", "\r\n");
  expect(fixed(before, scene, "info").text).toBe(before.replace("-y", `-y${OPTION}`));
});

test.each([
  ["in the exec form", 'RUN ["apt-get", "install", "-y", "libpq5"]', "not-literal"],
  ["where the operation is a variable", "ARG DO=install\nRUN apt-get $DO libpq5", "not-literal"],
  ["where the command asks for what is recommended", "RUN apt-get install -y --install-recommends libpq5", "author"],
])("refused %s", (_, run, reason) => {
  const { text, refusals } = fixed(stage(run), scene, "info");
  expect(text).toBe(stage(run));
  expect(refusals).toContainEqual(expect.objectContaining({ code: "recommends", name: "apt-get", reason }));
});

test("refused in a stage that another one needs, and where what is needed may be recommended", () => {
  const shared = `FROM debian:trixie AS builder\nFROM debian:trixie-slim AS base\nRUN apt-get install -y libpq5\nFROM base AS other\nFROM base\n${COPY}`;
  expect(fixed(shared, scene, "info").refusals).toMatchObject([{ code: "recommends", reason: "shared" }]);
  const below = `FROM debian:trixie AS builder\nFROM debian:trixie-slim AS base\nRUN apt-get install -y tzdata\nFROM base\n${COPY}`;
  const { text, refusals } = fixed(below, { ...scene, base: ["libpq5"] }, "info");
  expect(text).toBe(below);
  const kept = { code: "recommends", reason: "brings-needed", about: ["libpq5"] };
  expect(refusals).toContainEqual(expect.objectContaining(kept));
});

test("an option counts for commands that a removal has left", () => {
  const before = stage(
    "RUN apt-get update && apt-get install -y zlib1g && rm -rf /var/lib/apt/lists/*\nRUN apt-get install -y libpq5",
  );
  const { text, changes } = fixed(before, { ...scene, base: ["zlib1g"] }, "info");
  expect(text).toContain(`install -y${OPTION} libpq5`);
  expect(changes.filter(({ kind }) => kind === "option")).toHaveLength((text.match(/apt-get install/g) ?? []).length);
});
