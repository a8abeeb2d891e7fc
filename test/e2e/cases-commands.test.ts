import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { baseImage, folderOf, msbDeps } from "./support.ts";

/** A builder of trixie with a program, a script of node and an entrypoint; its runtime stage ends as given. */
const dockerfile = (runtime: string, base = baseImage("trixie")): string => `FROM ${baseImage("trixie")} AS builder
RUN mkdir -p /out && cp /bin/sort /out/app \\
 && printf '#!/bin/sh\\nset -e\\ncommand -v jq && jq --version\\nexec gosu nobody "$@"\\n' > /out/entry.sh \\
 && printf '#!/usr/bin/env node\\nconsole.log(1)\\n' > /out/tool && chmod +x /out/entry.sh /out/tool
FROM ${base}
${runtime}`;

const COPY = "COPY --from=builder /out/app /out/entry.sh /usr/local/bin/";

async function run(command: string[], text: string) {
  const path = join(await folderOf({ Dockerfile: text }), "Dockerfile");
  const [name = "", ...options] = command;
  const all = name === "analyze" ? [path, ...options] : [name, path, ...options];
  const { stdout, stderr, code } = await msbDeps([...all, "-f", "json", "--progress", "quiet", "-q"]);
  if (stdout === "") throw new Error(stderr);
  return { code, answer: JSON.parse(stdout) };
}

describe("commands of the runtime stage", () => {
  const called = dockerfile(`${COPY}
HEALTHCHECK CMD curl -f http://localhost || exit 1
ENTRYPOINT ["tini", "--", "entry.sh"]
CMD ["app", "--version"]
`);

  it("are in the line with what calls them; verify sees that each is there and needed, audit that each is lacking", async () => {
    const { code, answer } = await run(["analyze"], called);
    expect([code, answer.install, answer.missing]).toEqual([0, ["curl", "gosu", "tini"], []]);
    const reasons = answer.packages.flatMap((one: { name: string; reasons: { kind: string; artifact: string }[] }) =>
      one.reasons.flatMap(({ kind, artifact }) => (kind === "command" ? [[one.name, artifact]] : [])),
    );
    expect(reasons).toEqual([
      ["curl", "HEALTHCHECK"],
      ["gosu", "/out/entry.sh:4"],
      ["tini", "ENTRYPOINT"],
    ]);
    const proof = await run(["verify", "--irreducible"], called);
    expect(proof.code).toBe(0);
    const { sufficient, members } = proof.answer.proof ?? proof.answer;
    expect(sufficient).toBe(true);
    expect(members.map((one: { package: string; verdict: string }) => [one.package, one.verdict])).toEqual([
      ["curl", "needed"],
      ["gosu", "needed"],
      ["tini", "needed"],
    ]);
    const audit = await run(["audit"], called);
    const missing = audit.answer.findings.filter((one: { code: string }) => one.code === "missing");
    expect(missing.map((one: { package: string }) => one.package)).toEqual(["curl", "gosu", "tini"]);
  });

  it("are missing if no package has them, and verify does not call that sufficient", async () => {
    const text = dockerfile(`${COPY}\nCMD ["serve-it", "app"]\n`);
    const { code, answer } = await run(["analyze"], text);
    expect([code, answer.install]).toEqual([1, []]);
    expect(answer.missing).toMatchObject([{ kind: "command", name: "serve-it", requiredBy: ["CMD"] }]);
    const proof = await run(["verify"], text);
    expect(proof.code).toBe(1);
    const { sufficient, unresolved } = proof.answer.proof ?? proof.answer;
    expect(sufficient).toBe(false);
    expect(unresolved).toMatchObject([{ kind: "command", name: "serve-it" }]);
    const audit = await run(["audit"], text);
    expect(audit.answer.findings).toContainEqual(
      expect.objectContaining({ code: "missing", message: expect.stringContaining("command serve-it is needed") }),
    );
  });

  it("have the shell of a shell form among them, which scratch lacks", async () => {
    const { code, answer } = await run(
      ["analyze"],
      dockerfile("COPY --from=builder /out/app /app\nCMD /app\n", "scratch"),
    );
    expect(code).toBe(1);
    expect(answer.missing).toMatchObject([{ kind: "command", name: "/bin/sh", requiredBy: ["CMD"] }]);
  });

  it.each([
    ["the present list", "RUN apt-get update && apt-get install -y --no-install-recommends nodejs\n"],
    ["the table of the release", ""],
  ])("the interpreter that only the runtime stage has comes from %s", async (_, list) => {
    const { code, answer } = await run(["analyze"], dockerfile(`${list}COPY --from=builder /out/tool /usr/bin/\n`));
    expect([code, answer.install, answer.missing]).toEqual([0, ["nodejs"], []]);
  });
});
