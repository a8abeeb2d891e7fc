// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of Dockerfiles
import { expect, test } from "vitest";
import { goMatch } from "../../src/base/go-patterns.ts";
import { destinationOf, isExcluded, matchesDeep } from "../../src/dockerfile/copy.ts";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";
import { cpuMilliseconds } from "../cpu-time.ts";

/** Where a path goes; paths with a dot or named `app` are files, all others folders. */
function goes(copy: string, path: string, before = ""): string[] {
  const text = `FROM a AS builder\nFROM debian\n${before}\n${copy.replace("COPY", "COPY --from=builder")}\n`;
  const isFolder = (name: string) => !/\.[^/]*$|\/app$/.test(name);
  return makePlan(parseDockerfile(text)).copies.flatMap((mapping) => destinationOf(mapping, path, { isFolder }));
}

test.each<[string, string, string[], string?]>([
  // A folder gives its contents, with or without slashes.
  ["COPY /out /", "/out/bin/app", ["/bin/app"]],
  ["COPY /out/ /", "/out/bin/app", ["/bin/app"]],
  ["COPY /out /opt", "/out/bin/app", ["/opt/bin/app"]],
  ["COPY /out /new", "/out/bin/app", ["/new/bin/app"]],
  ["COPY /out /new", "/out", ["/new"]],
  ["COPY /out /new", "/outer/app", []],
  ["COPY / /", "/usr/bin/app", ["/usr/bin/app"]],
  ["COPY out /new", "/out/app", ["/new/app"]],
  ["COPY ./out/. /new/", "/out/app", ["/new/app"]],
  // A file takes the name of the destination, or goes into it.
  ["COPY /out/app /srv/run", "/out/app", ["/srv/run"]],
  ["COPY /out/app /srv/", "/out/app", ["/srv/app"]],
  ["COPY /out/app /usr/local/bin", "/out/app", ["/usr/local/bin/app"]],
  ["COPY --link /out/app /usr/local/bin", "/out/app", ["/usr/local/bin/app"].slice(1).concat("/usr/local/bin")],
  ["COPY /out/app /made", "/out/app", ["/made/app"], "WORKDIR /made/deep"],
  ["COPY /out/app /made", "/out/app", ["/made/app"], "COPY x /made/"],
  ["COPY /out/app .", "/out/app", ["/w/app"], "WORKDIR /w"],
  ["COPY /out/app ./", "/out/app", ["/w/v/app"], "WORKDIR /w\nWORKDIR v"],
  ["COPY /out/app run", "/out/app", ["/w/run"], "WORKDIR /w"],
  ["COPY /out/app ..", "/out/app", ["/w/app"], "WORKDIR /w/v"],
  ["COPY /out/app $D/", "/out/app", ["/d/app"], "ENV D=/d"],
  ['COPY ["/out/a b.so", "/d d/"]', "/out/a b.so", ["/d d/a b.so"]],
  // Several sources.
  ["COPY /out/app /out/b.so /d/", "/out/b.so", ["/d/b.so"]],
  ["COPY /out/app /lib/x /d/", "/lib/x/y.so", ["/d/y.so"]],
  // Wildcards.
  ["COPY /out/*.so /d/", "/out/a.so", ["/d/a.so"]],
  ["COPY /out/*.so /d/", "/out/sub/a.so", []],
  ["COPY /out/lib* /d/", "/out/lib64/a.so", ["/d/a.so"]],
  ["COPY /out/*/bin /d/", "/out/x/bin/app", ["/d/app"]],
  ["COPY /out/[ab].so /d/", "/out/b.so", ["/d/b.so"]],
  ["COPY /out/[^a].so /d/", "/out/a.so", []],
  ["COPY /out/?.so /d/", "/out/ab.so", []],
  ["COPY /out/*.jar /srv/app.jar", "/out/x-1.0.jar", ["/srv/app.jar"]],
  ["COPY /out/[[]x].so /d/", "/out/[x].so", ["/d/[x].so"]],
  // --exclude.
  ["COPY --exclude=*.txt /out /d/", "/out/a.txt", []],
  ["COPY --exclude=*.txt /out /d/", "/out/sub/a.txt", ["/d/sub/a.txt"]],
  ["COPY --exclude=**/*.txt /out /d/", "/out/sub/a.txt", []],
  ["COPY --exclude=sub /out /d/", "/out/sub/a.so", []],
  ["COPY --exclude=sub --exclude=!sub/a.so /out /d/", "/out/sub/a.so", ["/d/sub/a.so"]],
  ["COPY --exclude=*.txt /out/a* /d/", "/out/a.txt", []],
  // --parents.
  ["COPY --parents /out/bin/app /d/", "/out/bin/app", ["/d/out/bin/app"]],
  ["COPY --parents /out/./bin/app /d/", "/out/bin/app", ["/d/bin/app"]],
  ["COPY --parents /out/./bin /d/", "/out/bin/deep/app", ["/d/bin/deep/app"]],
  ["COPY --parents /out/b*/./c/**/e /d/", "/out/b2/c/x/y/e/z.so", ["/d/c/x/y/e/z.so"]],
  ["COPY --parents /out/./*.so /d/", "/out/bin/a.so", []],
])("%s: %s → %j", (copy, path, expected, before) => {
  expect(goes(copy, path, before)).toEqual(expected);
});

// The cases of Go's own path/filepath match_test.go.
test.each<[string, string, boolean]>([
  ["abc", "abc", true],
  ["*", "abc", true],
  ["*c", "abc", true],
  ["a*", "a", true],
  ["a*", "ab/c", false],
  ["a*/b", "abc/b", true],
  ["a*/b", "a/c/b", false],
  ["a*b*c*d*e*/f", "axbxcxdxe/f", true],
  ["a*b*c*d*e*/f", "axbxcxdxexxx/f", true],
  ["a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false],
  ["a*b?c*x", "abxbbxdbxebxczzx", true],
  ["a*b?c*x", "abxbbxdbxebxczzy", false],
  ["ab[c]", "abc", true],
  ["ab[b-d]", "abc", true],
  ["ab[e-g]", "abc", false],
  ["ab[^c]", "abc", false],
  ["ab[^e-g]", "abc", true],
  ["a\\*b", "a*b", true],
  ["a\\*b", "ab", false],
  ["a?b", "a☺b", true],
  ["a[^a]b", "a☺b", true],
  ["a???b", "a☺b", false],
  ["[a-ζ]*", "α", true],
  ["*[a-ζ]", "A", false],
  ["a?b", "a/b", false],
  ["a*b", "a/b", false],
  ["[\\]a]", "]", true],
  ["[\\-]", "-", true],
  ["[x\\-]", "x", true],
  ["[x\\-]", "z", false],
  ["[]a]", "]", false],
  ["[-]", "-", false],
  ["[x-]", "x", false],
  ["[a-b-c]", "a", false],
  ["[", "a", false],
  ["[^bc", "a", false],
  ["a[", "a", false],
  ["*x", "xxx", true],
])("goMatch %s %s", (pattern, path, expected) => {
  expect(goMatch(pattern, path)).toBe(expected);
});

test("hostile patterns take no time", () => {
  const spent = cpuMilliseconds(() => {
    expect(goMatch(`${"a*".repeat(2_000)}b`, "a".repeat(4_000))).toBe(false);
    expect(matchesDeep(`${"**/a/".repeat(500)}b`, "a/".repeat(1_000))).toBe(false);
    expect(isExcluded(["**/".repeat(500)], "a/b")).toBe(true);
  });
  expect(spent).toBeLessThan(2_000);
});
