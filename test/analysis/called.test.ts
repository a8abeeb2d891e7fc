import { expect, test } from "vitest";
import { finish } from "../../src/base/steps.ts";
import { lookAt } from "../audit/fix/scene.ts";

/** The analysis of a runtime stage of trixie that installs packages, with its last instructions. */
function analysisOf(packages: string, last: string) {
  const text = `FROM debian:trixie AS builder
RUN make
FROM debian:trixie-slim
${packages === "" ? "" : `RUN apt-get update && apt-get install -y ${packages}`}
COPY --from=builder /out /out
${last}
`;
  const look = lookAt({ needs: ["libpq5"], base: [], depends: [] });
  const { analysis } = finish(look(text));
  if (analysis === null) throw new Error("no analysis");
  return analysis;
}

test.each([
  ["ENTRYPOINT, under the package's own name", "tini", 'ENTRYPOINT ["tini", "--", "/out/usr/bin/app"]', ["tini"]],
  ["HEALTHCHECK in shell form", "curl", "HEALTHCHECK CMD curl -f http://localhost || exit 1", ["curl"]],
  ["CMD, by the table of commands", "iputils-ping", "CMD ping -c 1 example.org", ["iputils-ping"]],
  ["CMD, by a link of update-alternatives", "php8.4-cli", 'CMD ["php", "-S", "0.0.0.0:80"]', ["php8.4-cli"]],
  ["a path", "nodejs", 'CMD ["/usr/bin/node", "x.js"]', ["nodejs"]],
  ["only the last CMD counts", "curl nodejs", 'CMD ["curl"]\nCMD ["node"]', ["nodejs"]],
  ["by a package that only depends on it", "default-jre-headless", 'CMD ["java"]', ["default-jre-headless"]],
  ["the words of CMD behind tini", "tini nodejs", 'ENTRYPOINT ["tini", "--"]\nCMD ["node"]', ["nodejs", "tini"]],
  ["what may be an argument", "nodejs", 'ENTRYPOINT ["/out/usr/bin/app"]\nCMD ["node"]', ["nodejs"]],
  ["what is not called is dropped", "less", 'CMD ["/out/usr/bin/app"]', []],
])("a package whose command is called stays in the line: %s", (_, packages, last, kept) => {
  const { install, packages: known, dropped, missing } = analysisOf(packages, last);
  expect(install).toEqual([...kept, "libpq5"].sort());
  for (const name of kept)
    expect(known.find((one) => one.name === name)?.reasons).toMatchObject([
      { kind: "command", artifact: expect.stringMatching(/^(?:CMD|ENTRYPOINT|HEALTHCHECK)$/) },
    ]);
  expect(dropped.map((one) => one.package)).toEqual(packages.split(" ").filter((name) => !kept.includes(name)));
  expect(missing).toEqual([]);
});

test.each([
  ["the one package of the release that has it", "HEALTHCHECK CMD curl -f http://localhost || exit 1", "curl"],
  ["by an alternative", 'CMD ["php", "x.php"]', "php8.4-cli"],
  ["the whole of a package in parts", 'CMD ["python3", "x.py"]', "python3"],
  ["what is usually installed for it", "CMD ping example.org", "iputils-ping"],
  ["the SHELL of a shell form", 'SHELL ["/usr/bin/zsh", "-c"]\nCMD /out/usr/bin/app', "zsh"],
])("a command that nothing brings brings its package into the line: %s", (_, last, name) => {
  const { install, packages, missing } = analysisOf("less", last);
  expect(install).toEqual(["libpq5", name].sort());
  expect(packages.find((one) => one.name === name)?.reasons.map(({ kind }) => kind)).toEqual(["command"]);
  expect(missing).toEqual([]);
});

test.each([
  ["no package has it", 'ENTRYPOINT ["no-such-program"]', "no-such-program", null],
  ["not at this place", 'CMD ["/opt/bin/curl"]', "/opt/bin/curl", null],
  ["in WORKDIR", 'WORKDIR /srv\nCMD ["./server"]', "./server", null],
])("a command that no package has is missing: %s", (_, last, name, hint) => {
  const { install, missing } = analysisOf("", last);
  expect(install).toEqual(["libpq5"]);
  expect(missing).toMatchObject([
    { kind: "command", name, requiredBy: [/^[A-Z]+/.exec(last.split("\n").at(-1) ?? "")?.[0]], hint },
  ]);
});

test("which of several packages is meant cannot be known", () => {
  const { install, missing } = analysisOf("", "CMD nc -l 80");
  expect(install).toEqual(["libpq5"]);
  expect(missing).toMatchObject([
    { name: "nc", hint: { kind: "one-of", packages: expect.arrayContaining(["netcat-openbsd"]) } },
  ]);
});

test.each([
  ["a RUN that fetches something", 'RUN curl -o /usr/bin/server http://x\nCMD ["server"]'],
  ["a COPY of the build context", 'COPY bin/ /usr/local/bin/\nCMD ["server"]'],
  ["a COPY of another image", 'COPY --from=example.com/x /server /usr/bin/server\nCMD ["server"]'],
  ["a package of another archive", 'RUN apt-get install -y vendor-server\nCMD ["server"]'],
])("what something unseen may bring is only noted: %s", (_, last) => {
  const { missing, notes } = analysisOf("", last);
  expect(missing).toEqual([]);
  expect(notes).toContainEqual(
    expect.objectContaining({ code: "command-not-found", program: "server", keyword: "CMD" }),
  );
});

test.each([
  ["an argument of another program", 'ENTRYPOINT ["/out/usr/bin/app"]\nCMD ["serve"]'],
  ["the base has it", "CMD /out/usr/bin/app"],
  ["among the artifacts", 'CMD ["/out/usr/bin/app"]'],
  ["a CMD that ENTRYPOINT in shell form does not use", "ENTRYPOINT /out/usr/bin/app\nCMD no-such-program"],
  ["HEALTHCHECK NONE", "HEALTHCHECK NONE"],
])("nothing is said of %s", (_, last) => {
  const { install, missing, notes } = analysisOf("", last);
  expect([install, missing]).toEqual([["libpq5"], []]);
  expect(notes.filter(({ code }) => code === "command-not-found")).toEqual([]);
});

test.each([
  ["the present list", "nodejs", ["libpq5", "nodejs"]],
  ["the table of commands", "", ["libpq5", "nodejs"]],
])("the interpreter of a script comes from %s, where the builder has none", (_, packages, install) => {
  const text = `FROM debian AS builder\nFROM debian\n${packages === "" ? "" : `RUN apt-get install -y ${packages}`}\nCOPY --from=builder /out/ /\n`;
  const look = lookAt({ needs: ["libpq5"], base: [], depends: [], scripts: { "/out/run": "#!/usr/bin/env node\n" } });
  const { analysis } = finish(look(text));
  expect(analysis?.install).toEqual(install);
  expect(analysis?.missing).toEqual([]);
});
