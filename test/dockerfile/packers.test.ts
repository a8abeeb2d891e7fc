import { expect, it } from "vitest";
import { makePlan } from "../../src/dockerfile/make-plan.ts";
import { parseDockerfile } from "../../src/dockerfile/parse.ts";

function packed(run: string): readonly string[] {
  const [stage] = makePlan(parseDockerfile(`FROM debian\nRUN make \\\n && ${run}\n`)).stages;
  const all = (stage?.instructions ?? []).flatMap((one) => (one.kind === "run" ? one.packed : []));
  return all.map(({ line, from, to }) => `${line} ${from} ${to}`);
}

it.each([
  ["upx --best --lzma app", ["3 app app"]],
  ["upx-ucl -9 -q a /b", ["3 a a", "3 /b /b"]],
  ["upx -o app.packed app", ["3 app app.packed"]],
  ["upx -9 -oapp.packed -- app", ["3 app app.packed"]],
  ['sh -c "upx app"', ["3 app app"]],
  ["makeself --gzip --target /opt/x payload /out/install.run 'An app' ./setup", ["3 payload /out/install.run"]],
  ["./appimagetool --no-appstream AppDir /out/app.AppImage", ["3 AppDir /out/app.AppImage"]],
  ["appimagetool AppDir", []],
  ["upx $APP", []],
  ["apt-get install upx", []],
])("%s", (run, expected) => expect(packed(run)).toEqual(expected));
