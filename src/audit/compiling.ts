import { basename } from "../base/paths.ts";
import type { RunInstruction } from "../dockerfile/plan.ts";
import type { AuditCase } from "./case.ts";
import type { Verdict } from "./verdicts.ts";

/** Programs that build something, or install packages of a language that are often built on the spot. */
const BUILDING: ReadonlySet<string> = new Set(
  "R Rscript ant autoreconf b2 bazel bjam bun bundle bundler c++ cabal cargo cc clang clang++ cmake composer conda cpan cpanm docker-php-ext-configure docker-php-ext-install dotnet dub dune g++ gcc gem ghc go gradle hatch install-php-extensions install2.r julia lein luarocks make mamba maturin meson mix mvn nim ninja node-gyp npm npx opam pdm pear pecl phpize pip pip2 pip3 pipenv pipx pnpm poetry rebar3 rustc sbt scons stack swift uv yarn zig".split(
    " ",
  ),
);
/** Builders that are options or arguments of other programs, and scripts for it. */
const WORDS =
  /-m (?:pip|build)\b|\bsetup\.py\b|install\.packages|(?:^|[\s/])(?:configure|autogen\.sh|gradlew|mvnw|bootstrap\.sh)(?:\s|$)/m;

/** Whether the stage of a listed word, or one between it and the runtime stage, builds something once it is installed. */
export function buildsAfter({ word }: Verdict, { list, chain, parsed }: AuditCase): boolean {
  const listed = list.installs.find(({ install }) => install.packages.includes(word));
  if (listed === undefined) return false;
  const stages = chain.slice(Math.max(0, chain.indexOf(listed.stage)));
  const runs = stages.flatMap(({ instructions }) =>
    instructions.filter((one): one is RunInstruction => one.kind === "run"),
  );
  return runs
    .slice(Math.max(0, runs.indexOf(listed.run)))
    .some(({ programs, start, end }) => programs.some(builds) || WORDS.test(parsed.text.slice(start, end)));
}

/** `pip3.12` and `gcc-14` too. A script of the stage may build anything. */
function builds(program: string): boolean {
  const name = basename(program);
  if (program.startsWith("./") || name.endsWith(".sh")) return true;
  return BUILDING.has(name) || BUILDING.has(name.replace(/-?[0-9.]+$/, ""));
}
