import { describe, expect, test } from "vitest";
import { findingText } from "../../../src/report/finding-text.ts";
import { findingsOf, only, runtime } from "../kit.ts";

const secrets = (text: string) => only("secret-in-build", findingsOf(text));

describe("secret-in-build", () => {
  test.each([
    ["an ARG to be filled", "ARG NPM_TOKEN", "name", "4:5"],
    ["an ARG with a default", "ARG DB_PASSWORD=hunter2", "name", "4:5"],
    ["an ENV", 'ENV A=1 API_KEY="xyz"', "name", "4:9"],
    ["an ENV from an ARG", "ENV SECRET=$S", "name", "4:5"],
    ["a token under a harmless name", "ENV X=ghp_0123456789abcdef0123456789abcdef0123", "value", "4:5"],
    ["a private key", "COPY id_rsa /root/.ssh/id_rsa", "file", "4:6"],
    ["credentials of npm", 'COPY ["conf/.npmrc", "/root/"]', "file", "4:8"],
    ["behind ONBUILD", "ONBUILD ARG AUTH_TOKEN", "name", "4:13"],
  ])("%s", (_, line, kind, place) => {
    const found = secrets(runtime(line));
    expect(found).toMatchObject([{ severity: "warning", kind }]);
    expect(`${found[0]?.line}:${found[0]?.column}`).toBe(place);
  });

  test("in the builder and before the first FROM as well", () => {
    expect(secrets(`ARG GH_TOKEN\n${runtime().replace("RUN make", "ENV PASSWORD=x")}`).map(({ line }) => line)).toEqual(
      [1, 3],
    );
  });

  test("the value is never told", () => {
    const found = secrets(runtime("ENV DB_PASSWORD=hunter2"));
    expect(JSON.stringify([found, found.map(findingText)])).not.toContain("hunter2");
  });

  test.each([
    "ENV PUBLIC_KEY=abc",
    "ENV GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568",
    "ENV DB_PASSWORD_FILE=/run/secrets/db",
    "ENV TLS_KEY=/etc/tls/key.pem",
    "ENV MYSQL_ALLOW_EMPTY_PASSWORD=yes",
    "ENV PASSWORD=",
    "ENV MONKEY=1 KEYBOARD=us TOKENIZER=x",
    "ENV AUTH_URL=https://id.example.com",
    "COPY id_rsa.pub /root/.ssh/",
    "COPY public.key /etc/",
    "COPY cert.pem /etc/ssl/",
    "COPY --from=builder /out/server.key /etc/",
    "RUN --mount=type=secret,id=token make",
  ])("not: %s", (line) => {
    expect(secrets(runtime(line))).toEqual([]);
  });
});
