import { describe, expect, it } from "vitest";
import { canBeCopied, type LineStage, lineStage } from "../../src/dockerfile/line-stage.ts";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";

const BUILDER = "FROM debian:13 AS builder\nRUN make\n";

function derived(runtime: string, more: Partial<LineStage> = {}) {
  const parsed = parseDockerfile(BUILDER + runtime);
  const plan = makePlan(parsed);
  const install = "apt-get update && apt-get install -y liba1";
  const made = lineStage({
    ...{ parsed, shape: plan.runtime, base: null, install, copies: [], ldconfig: false, user: "" },
    ...more,
  });
  expect(made.text.startsWith(BUILDER)).toBe(true);
  // What we write is read by our own parser as it is by BuildKit's.
  parseDockerfile(made.text);
  return { lines: made.text.slice(BUILDER.length).trimEnd().split("\n"), leftOut: made.leftOut };
}

const INSTALL = 'RUN ["/bin/sh","-c","apt-get update && apt-get install -y liba1"]';
const LDCONFIG = 'RUN ["/sbin/ldconfig"]';

describe("the stage with a line", () => {
  it("begins with the line where the stage installs nothing", () => {
    expect(derived("FROM debian:13-slim AS runtime\nCOPY --from=builder /out/ /\n")).toEqual({
      lines: ["FROM debian:13-slim", "USER 0:0", INSTALL, "COPY --from=builder /out/ /", "USER 0:0"],
      leftOut: [],
    });
  });

  it("has the line where the stage installs, and ldconfig where it ran", () => {
    const runtime = `FROM debian:13-slim
COPY --from=builder /out/lib/ /usr/local/lib/
RUN apt-get update && apt-get install -y \\
    # why
    wrong1 \\
    wrong2
COPY --from=builder /out/more/ /usr/local/lib/
RUN useradd app
RUN ldconfig -v
RUN apt-get install -y wrong3
`;
    expect(derived(runtime)).toEqual({
      lines: [
        "FROM debian:13-slim",
        "USER 0:0",
        "COPY --from=builder /out/lib/ /usr/local/lib/",
        INSTALL,
        LDCONFIG,
        "COPY --from=builder /out/more/ /usr/local/lib/",
        LDCONFIG,
        LDCONFIG,
        "USER 0:0",
      ],
      leftOut: [
        { keyword: "RUN", line: 10 },
        { keyword: "RUN", line: 11 },
        { keyword: "RUN", line: 12 },
      ],
    });
  });

  it("takes what decides about files, search paths and the start as it stands", () => {
    const runtime = `FROM --platform=$BUILDPLATFORM debian:13-slim as runtime
ARG WHERE=/opt
ENV LD_LIBRARY_PATH=/opt/lib \\
    A=b
WORKDIR /srv
COPY --link --chown=app:app --from=builder \\
  /out/app \\
  bin/
COPY <<EOF /etc/ld.so.conf.d/x.conf
/opt/lib
EOF
ADD --chown=1000 ["a b", "/c d"]
LABEL x=y
SHELL ["/usr/bin/python3", "-c"]
VOLUME /data
USER app
CMD ["app"]
`;
    expect(derived(runtime)).toEqual({
      lines: [
        "FROM --platform=$BUILDPLATFORM debian:13-slim",
        "USER 0:0",
        INSTALL,
        "ARG WHERE=/opt",
        "ENV LD_LIBRARY_PATH=/opt/lib \\",
        "    A=b",
        "WORKDIR /srv",
        "COPY --link --from=builder /out/app \\",
        "  bin/",
        "COPY <<EOF /etc/ld.so.conf.d/x.conf",
        "/opt/lib",
        "EOF",
        'ADD ["a b", "/c d"]',
        'CMD ["app"]',
        "USER app",
      ],
      leftOut: [],
    });
  });

  it("adds what the answer says must be copied, behind all else, as the base's user at the end", () => {
    const copies = [{ from: "builder", source: "/opt/lib/a b.so", destination: "/usr/local/lib/" }];
    const { lines } = derived("FROM scratch\n", { copies, ldconfig: true, install: null, user: "1000" });
    expect(lines).toEqual([
      "FROM scratch",
      "USER 0:0",
      'COPY --from=builder ["/opt/lib/a b.so","/usr/local/lib/"]',
      LDCONFIG,
      "USER 1000",
    ]);
  });

  it("stands behind the whole file where a stage is needed that comes later, or there is none to replace", () => {
    const later =
      "FROM debian:13-slim AS runtime\nCOPY --from=builder /a /a\nFROM debian:13 AS tools\nRUN make tools\n";
    const parsed = parseDockerfile(BUILDER + later);
    const [, shape = null] = makePlan(parsed).stages;
    const stage = { parsed, base: null, install: null, ldconfig: false, user: "" };
    const copies = [{ from: "tools", source: "/b", destination: "/b" }];
    const behind = lineStage({ ...stage, shape, copies }).text;
    expect(
      behind
        .slice((BUILDER + later).length)
        .split("\n")
        .slice(0, 2),
    ).toEqual(["FROM debian:13-slim", "USER 0:0"]);
    const none = lineStage({ ...stage, shape: null, base: "debian:12-slim", copies }).text;
    expect(none).toBe(`${BUILDER}${later}FROM debian:12-slim\nUSER 0:0\nCOPY --from=tools ["/b","/b"]\nUSER 0:0\n`);
    const cut = lineStage({
      ...stage,
      shape,
      copies: [{ ...copies[0], from: "builder", source: "/b", destination: "/b" }],
    });
    expect(cut.text).not.toContain("tools");
  });

  it("knows which paths COPY would not take as they are", () => {
    const copy = (source: string) => canBeCopied({ from: "builder", source, destination: "/" });
    expect(["/out/a+b:c@1~2,x=y.so.1", "/out/*.so", "/out/a b"].filter((one) => !copy(one))).toEqual([]);
    expect(["/out/$HOME", "/out/a\nRUN x", '/out/"', "/out/[a]", "/out/\\", "/out/ü\udcff"].filter(copy)).toEqual([]);
  });
});
