// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of Dockerfiles
import { describe, expect, test } from "vitest";
import { findingText } from "../../../src/report/finding-text.ts";
import { findingsOf, only, runtime } from "../kit.ts";

const secrets = (text: string) => only("secret-in-build", findingsOf(text));

describe("secret-in-build", () => {
  test.each([
    ["an ARG to be filled", "ARG NPM_TOKEN", "name", "4:5"],
    ["an ARG with a default", "ARG DB_PASSWORD=hunter2", "name", "4:5"],
    ["an ENV", 'ENV A=1 API_KEY="9a0364b9e99bb480dd25e1f0284c8555"', "name", "4:9"],
    ["a password with signs", "ENV MYSQL_ROOT_PASSWORD au&O8@!adpoTI", "name", "4:5"],
    ["letters of both cases", "ENV JWT_SECRET=ZyCnLAhYKBIJrukuKZZJ", "name", "4:5"],
    ["base64 with a slash", "ENV SECRET_KEY=wJalrXUtnFEMI/K7MDENGbPxRfiCYzq", "name", "4:5"],
    ["a name that says little", "ENV CACHE_KEY=lgNvGyhnUKpa5PJi7Zq2", "name", "4:5"],
    ["credentials in an address", "ENV REGISTRY_CREDENTIALS=https://joe:Xk29dkw8@reg.io", "name", "4:5"],
    ["a token under a harmless name", "ENV X=ghp_0123456789abcdef0123456789abcdef0123", "value", "4:5"],
    ["a private key", "COPY id_rsa /root/.ssh/id_rsa", "file", "4:6"],
    ["a private key in JSON form", 'COPY ["conf/server.key", "/etc/ssl/"]', "file", "4:8"],
    ["credentials of git", "COPY .git-credentials /root/", "file", "4:6"],
    ["behind ONBUILD", "ONBUILD ARG AUTH_TOKEN", "name", "4:13"],
  ])("%s", (_, line, kind, place) => {
    const found = secrets(runtime(line));
    expect(found).toMatchObject([{ severity: "warning", kind }]);
    expect(`${found[0]?.line}:${found[0]?.column}`).toBe(place);
  });

  test("in the builder too", () => {
    expect(secrets(runtime().replace("RUN make", "ENV PASSWORD=Xk29dkw8")).map(({ line }) => line)).toEqual([2]);
  });

  test.each([
    ["an ENV from an ARG to be filled", ["ARG S", "ENV APP_SECRET=$S"], [5]],
    ["and the ARG, if it says so itself", ["ARG APP_SECRET", "ENV APP_SECRET=${APP_SECRET:-none}"], [4, 5]],
    ["an ENV from one with a default", ["ARG S=Xk29dkw8", "ENV APP_SECRET=$S"], [5]],
    ["over another ENV", ["ARG S", "ENV A=$S", "ENV APP_SECRET=$A"], [6]],
  ])("%s", (_, lines, expected) => {
    expect(secrets(runtime(...lines)).map(({ line }) => line)).toEqual(expected);
  });

  test("an ARG before the first FROM counts where a stage takes it", () => {
    expect(secrets(`ARG GH_TOKEN\n${runtime()}`)).toEqual([]);
    expect(secrets(`ARG GH_TOKEN\n${runtime("ARG GH_TOKEN")}`).map(({ line }) => line)).toEqual([5]);
    expect(secrets(`ARG GH_TOKEN=Xk29dkw8\n${runtime()}`).map(({ line }) => line)).toEqual([1]);
  });

  test("the value is never told", () => {
    const found = secrets(runtime("ENV DB_PASSWORD=hunter2"));
    expect(JSON.stringify([found, found.map(findingText)])).not.toContain("hunter2");
  });

  test.each([
    "ENV PUBLIC_KEY=abc",
    "ENV GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568",
    "ENV NGINX_GPGKEY_PATH=/etc/nginx.gpg PGP_KEY=573bfd6b3d8fbc641079a6ababf5bd827bd9bf62",
    'ENV OPENSSL_PGP_KEY_IDS="0xBA5473A2B0587B07FB27CF2D216094DFD0CB81EF"',
    "ENV OPENSSL_PGP_KEY=0xBA5473A2B0587B07FB27CF2D216094DFD0CB81EF",
    "ARG GPG_KEY=A615D22C",
    'ENV SIGNING_KEY="573BFD6B3D8FBC641079A6ABABF5BD827BD9BF62 8540A6F18833A80E9C1653A42FD21310B49F6B46"',
    "ENV HOST_KEY=B735:1140:206F:225D:3E2B:D822:D7FD:691E:A1C3:3CC8:D666:8D0C",
    "ARG REPO_KEY=https://example.org/debian/archive.gpg.key",
    "ENV TOKEN_SHA256=7cf5d8ab12c3b2016875bcfaec71bef1ef0b07bed6148f2c447577074431f984",
    "ENV KEY_CHECKSUM=sha256:7cf5d8ab12c3b2016875bcfaec71bef1ef0b07bed6148f2c447577074431f984",
    "ENV DOCKER_AUTH_VERSION 1.5.0-rc2d8",
    "ENV PASSWORD_RESET_IDS=8f3a9c2b7d",
    "ENV DB_PASSWORD_FILE=/run/secrets/db",
    "ENV TLS_KEY=/etc/tls/key.pem",
    "ENV TLS_KEY=config/tls/ca2.pem",
    "ENV APP_SECRET=conf/nginx/extended",
    "ENV MYSQL_ALLOW_EMPTY_PASSWORD=yes",
    "ENV PASSWORD=",
    'ENV PASSWORD=""',
    "ENV PASSWORD=${PASSWORD:-}",
    "ENV PASSWORD=$PASSWORD",
    "ARG TOKEN=",
    'ARG GITHUB_TOKEN=""',
    "ENV PASSWORD changeme",
    "ENV PASSWORD=**ChangeMe**",
    "ENV PASSWORD=password123",
    'ENV ADMIN_PASSWORD="P@ssw0rd1"',
    "ENV API_TOKEN=00000000-0000-0000-0000-000000000000",
    "ENV API_TOKEN=XXXXXXXXXXXXXXXXXXXX",
    "ENV API_KEY=<your-key-here>",
    "ENV API_KEY='your-key-here'",
    "ENV SECRET=123456789",
    "ENV SECRET=abc123",
    "ENV MASTER_KEY setYourMasterKey",
    "ENV SECRET_KEY=this-is-not-a-secret",
    "ENV PASSWORD Dont make this your default",
    "ENV POSTGRES_USER=piler POSTGRES_PASSWORD=piler123",
    "ENV DB_PASSWORD=postgres",
    "ENV AWS_ACCESS_KEY=AKIAIOSFODNN7EXAMPLE",
    "ENV REACT_APP_MAPBOX_TOKEN=$T",
    "ARG VITE_API_KEY",
    "ARG STRIPE_PUBLISHABLE_KEY",
    "ARG KEY",
    "ARG TOKEN_EXPIRY",
    "ARG KEY_SERVER",
    "ENV MONKEY=1 KEYBOARD=us TOKENIZER=x",
    "ENV AUTH_URL=https://id.example.com",
    "ENV AUTH_ORDER='mod_auth_pam.c* mod_auth_unix.c'",
    "ENV Filters__0__Key=ProcessId",
    "COPY id_rsa.pub /root/.ssh/",
    "COPY public.key /etc/",
    "COPY cert.pem /etc/ssl/",
    "COPY truststore.jks /etc/",
    "COPY snakeoil.key /etc/ssl/",
    "COPY conf/.npmrc /root/",
    "ADD nodesource.gpg.key /tmp/",
    "ADD https://example.org/Release.key /tmp/release.key",
    "COPY vendor.key /etc/apt/trusted.gpg.d/vendor.asc",
    "COPY vendor.key /tmp/\nRUN apt-key add /tmp/vendor.key",
    "COPY --from=builder /out/server.key /etc/",
    "RUN --mount=type=secret,id=token make",
  ])("not: %s", (line) => {
    expect(secrets(runtime(line))).toEqual([]);
  });
});
