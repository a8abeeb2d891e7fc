// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of shell scripts
import { describe, expect, test } from "vitest";
import type { Artifact } from "../../../src/analysis/model.ts";
import { findingsOf, runtime } from "../kit.ts";

/** A stage with a script of the context, and what is said of `redis-tools` on its list. */
function said(script: string, ...lines: string[]): string[] {
  const text = runtime("COPY run.sh /usr/local/bin/", "RUN apt-get install -y redis-tools", ...lines);
  return saidOf(text, { "run.sh": script }, [artifact("/out/app", "executable")]);
}

function saidOf(
  text: string,
  context: Readonly<Record<string, string>>,
  artifacts: readonly Artifact[] = [],
): string[] {
  const found = findingsOf(text, { analysis: { artifacts }, context });
  return found.filter((one) => one.package === "redis-tools").map(({ code, confidence }) => `${code} ${confidence}`);
}

function artifact(path: string, kind: Artifact["kind"]): Artifact {
  const nothing = { machine: null, needed: [], runpath: [], libraries: [] };
  return { path, kind, stage: "builder", destinations: [`/usr/bin${path.slice(4)}`], interpreter: null, ...nothing };
}

const UNSEEN = ["no-evidence heuristic"];
const UNUSED = ["unused heuristic"];

describe("a package whose command", () => {
  test.each([
    ["a script calls", "#!/bin/sh\nredis-cli ping\n"],
    ["… in a branch", "#!/bin/sh\nif true; then redis-cli ping; fi\n"],
    ["… behind exec", '#!/bin/bash\nexec redis-cli "$@"\n'],
    ["… behind gosu and env", "#!/usr/bin/env bash\nexec gosu app env A=b redis-cli\n"],
    ["… behind timeout and xargs", "#!/bin/dash\necho a | xargs -n1 timeout 5 redis-cli\n"],
    ["… by its path", "#!/bin/sh\n/usr/bin/redis-cli ping\n"],
    ["… in a substitution", '#!/bin/sh\necho "$(redis-cli ping)"\n'],
    ["a script asks for", "#!/bin/sh\ncommand -v redis-cli >/dev/null\n"],
    ["a script calls that is not certain in other things", '#!/bin/sh\n. /etc/profile\nredis-cli ping\n"$X"\n'],
  ])("%s is used", (_, script) => {
    expect(said(script)).toEqual([]);
  });

  test.each([
    ["no script calls", '#!/bin/sh\nset -e\nmkdir -p /data\nexec "$@"\n', []],
    ["… that starts an artifact", "#!/bin/sh\nexec app\n", []],
    ["… beside a command of another listed package", "#!/bin/sh\ncurl -f x\n", ["RUN apt-get install -y curl"]],
    ["a script has as a part of a word", "#!/bin/sh\necho my-redis-cli redis-client\n", []],
  ])("%s is unused", (_, script, lines) => {
    expect(said(script, ...lines)).toEqual(UNUSED);
  });

  test.each([
    ["stands in a string", "#!/bin/sh\necho 'redis-cli ping' > /etc/job\n"],
    ["stands in a comment", "#!/bin/sh\n# redis-cli\n"],
    ["is found by which", "#!/bin/sh\nwhich redis-cli\n"],
    ["stands in a function that nobody calls", "#!/bin/sh\nf() { redis-cli; }\n"],
    ["is put in front of the arguments", '#!/bin/sh\nif true; then set -- redis-cli "$@"; fi\nexec "$@"\n'],
    ["may be what a variable says", '#!/bin/sh\n"$TOOL" ping\n'],
    ["may stand in a file that is sourced", "#!/bin/sh\n. /usr/lib/functions\n"],
    ["may stand in a text that is evaluated", '#!/bin/sh\neval "$TEXT"\n'],
    ["may be called by an interpreter", "#!/bin/sh\nexec python3 /app\n"],
    ["may be one that our table has not", "#!/bin/sh\nredis-unheard-of\n"],
    ["may be called by what is no shell script", "#!/usr/bin/perl\n"],
    ["may be called by what cannot be read", "#!/bin/sh\nif\n"],
  ])("%s has no evidence", (_, script) => {
    expect(said(script)).toEqual(UNSEEN);
  });

  const list = "RUN apt-get install -y redis-tools";
  const none = { "run.sh": '#!/bin/sh\nexec "$@"\n' };
  test.each([
    ["another file of the context", runtime("COPY run.sh app.conf /x/", list), none],
    ["a pattern", runtime("COPY run.sh *.sh /x/", list), none],
    ["another image", runtime("COPY run.sh /x/", "COPY --from=alpine /x /y", list), none],
    ["a file from the net", runtime("COPY run.sh /x/", "ADD https://example.org/x /y", list), none],
    ["a CMD that names it as an argument", runtime("COPY run.sh /x/", list, 'CMD ["--", "redis-cli"]'), none],
    ["a program in python", runtime("COPY run.sh /x/", list, 'CMD ["python3", "/app"]'), none],
    ["a here-document with a variable", runtime("COPY <<'EOF' /run.sh", "#!/bin/sh", "$X", "EOF", list), {}],
    [
      "a stage below with a script that was not read",
      "FROM debian:trixie AS builder\nRUN make\nFROM debian:trixie-slim AS low\nCOPY low.sh /\nFROM low\nCOPY run.sh /\nRUN apt-get install -y redis-tools\nCOPY --from=builder /out /\n",
      none,
    ],
  ])("has no evidence beside %s", (_, text, context) => {
    expect(saidOf(text, context)).toEqual(UNSEEN);
  });

  test("is used where a here-document calls it, and unused where it does not", () => {
    const stage = (command: string) => runtime("COPY <<'EOF' /run.sh", "#!/bin/sh", command, "EOF", list);
    expect(saidOf(stage("exec redis-cli"), {})).toEqual([]);
    expect(saidOf(stage('exec "$@"'), {})).toEqual(UNUSED);
  });

  test("has no evidence beside a script among the artifacts that was not read", () => {
    const text = runtime("COPY run.sh /x/", list);
    expect(saidOf(text, none, [artifact("/out/x", "script")])).toEqual(UNSEEN);
  });
});
