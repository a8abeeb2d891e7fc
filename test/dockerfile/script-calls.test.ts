// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the text is that of shell scripts
import { expect, test } from "vitest";
import { scriptCalls } from "../../src/dockerfile/script-calls.ts";

const programs = (text: string, shell = "sh"): string[] =>
  scriptCalls(text, shell).calls.map(({ program, line }) => `${program}:${line}`);

test.each([
  ["redis-cli ping\n", ["redis-cli:1"]],
  ["#!/bin/sh\nset -e\n\nexec gosu app:app redis-server\n", ["gosu:4", "redis-server:4"]],
  ["command -v curl >/dev/null && echo yes\n", ["curl:1", "echo:1"]],
  [
    "exec su-exec app tini -- env A=b timeout 5 nice app\n",
    ["su-exec:1", "tini:1", "env:1", "timeout:1", "nice:1", "app:1"],
  ],
  ["while ! pg_isready -q; do\n  sleep 1\ndone\n", ["pg_isready:1", "sleep:2"]],
  ["ready() {\n  psql -c x\n}\nready\n", ["psql:2"]],
  ["never() {\n  psql -c x\n}\n", []],
  ["x=$(jq . < y)\n", ["jq:1"]],
  ["cat < list | xargs -n1 wget\n", ["cat:1", "xargs:1", "wget:1"]],
  ["sh -c 'psql; curl x'\n", ["sh:1", "psql:1", "curl:1"]],
  ["case $1 in\n  a) redis-cli;;\nesac\n", ["redis-cli:2"]],
  ["# redis-cli\necho redis-cli\n", ["echo:2"]],
  ['exec "$@"\n', []],
])("%j calls", (text, expected) => {
  expect(programs(text)).toEqual(expected);
});

test.each([
  ["its own arguments", 'exec "$@"\n', true],
  ["… behind a wrapper", 'exec gosu app "$@"\n', true],
  ["itself", 'exec gosu app "$0" "$@"\n', true],
  ["… with a name in front of them", 'set -- redis-server "$@"\nexec "$@"\n', true],
  ["… with a value in front of them", 'set -- "$SERVER" "$@"\nexec "$@"\n', false],
  ["… with what a command says", "set -eu -- $(which app)\n", false],
  ["… in one branch", 'if [ -z "$1" ]; then\n  set -- redis-server "$@"\nfi\nexec "$@"\n', true],
  ["the arguments of a function", 'run() {\n  "$@"\n}\nrun psql -c x\n', true],
  ["… that are not known", 'run() {\n  "$@"\n}\nrun "$COMMAND"\n', false],
  ["… that are its own", 'main() {\n  exec "$@"\n}\nmain "$@"\n', true],
  ["its arguments as a text", 'sh -c "$*"\n', true],
  ["a part of its name", '"$0.real" "$@"\n', false],
  ["a variable", '"$COMMAND" --now\n', false],
  ["… known in the script", "tool=psql\n$tool -c x\n", true],
  ["… in a wrapper", 'exec gosu app "$COMMAND"\n', false],
  ["an argument by its number", '"$1" -c x\n', false],
  ["eval of a text", "eval 'psql -c x'\n", true],
  ["eval of a variable", 'eval "$COMMAND"\n', false],
  ["a file that is sourced", ". /etc/profile\n", false],
  ["… by bash's name", "source ./functions\n", false],
  ["a file for a shell", "bash /opt/run.sh\n", false],
  ["the standard input of a shell", "curl x | sh\n", false],
  ["a here-document for a shell", "sh <<EOF\npsql\nEOF\n", true],
  ["sh -c with a variable", 'sh -c "$COMMAND"\n', false],
  ["what is no shell script", "if then\n", false],
])("certain of %s: %j", (_, text, certain) => {
  expect(scriptCalls(text, "bash").certain).toBe(certain);
});

test("long lines cost no time to speak of, and are not trusted", () => {
  const text = `${"set ".repeat(15_000)}\n`;
  expect(scriptCalls(text, "sh").certain).toBe(false);
});
