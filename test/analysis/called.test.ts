import { expect, test } from "vitest";
import { finish } from "../../src/base/steps.ts";
import { lookAt } from "../audit/fix/scene.ts";

/** The analysis of a runtime stage of trixie that installs packages, with its last instructions. */
function analysisOf(packages: string, last: string) {
  const text = `FROM debian:trixie AS builder
RUN make
FROM debian:trixie-slim
RUN apt-get update && apt-get install -y ${packages}
COPY --from=builder /out /out
${last}
`;
  const look = lookAt({ needs: ["libpq5"], base: [], depends: [] });
  const { analysis } = finish(look(text));
  if (analysis === null) throw new Error("no analysis");
  return analysis;
}

test.each([
  ["ENTRYPOINT, under the package's own name", "tini", 'ENTRYPOINT ["tini", "--", "/out/app"]', ["tini"]],
  ["HEALTHCHECK in shell form", "curl", "HEALTHCHECK CMD curl -f http://localhost || exit 1", ["curl"]],
  ["CMD, by the table of commands", "iputils-ping", "CMD ping -c 1 example.org", ["iputils-ping"]],
  ["CMD, by a link of update-alternatives", "php8.4-cli", 'CMD ["php", "-S", "0.0.0.0:80"]', ["php8.4-cli"]],
  ["a path", "nodejs", 'CMD ["/usr/bin/node", "x.js"]', ["nodejs"]],
  ["only the last CMD counts", "curl nodejs", 'CMD ["curl"]\nCMD ["node"]', ["nodejs"]],
  ["what is not called is dropped", "less", 'CMD ["/out/app"]', []],
  ["what is not listed is not added", "less", "CMD curl x", []],
])("a package whose command is called stays in the line: %s", (_, packages, last, kept) => {
  const { install, packages: known, dropped } = analysisOf(packages, last);
  expect(install).toEqual([...kept, "libpq5"].sort());
  for (const name of kept)
    expect(known.find((one) => one.name === name)?.reasons).toMatchObject([
      { kind: "command", artifact: /^[A-Z]+/.exec(last.split("\n").at(-1) ?? "")?.[0] },
    ]);
  expect(dropped.map((one) => one.package)).toEqual(packages.split(" ").filter((name) => !kept.includes(name)));
});
