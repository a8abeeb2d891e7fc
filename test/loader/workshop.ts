import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Recipe {
  /** DT_SONAME; none where it is not given. */
  soname?: string;
  /** Libraries to link with, by path in the workshop, kept though nothing of them is used. */
  needs?: string[];
  rpath?: string;
  runpath?: string;
  /** More options for gcc. */
  flags?: string[];
  source?: string;
}

/** A temp folder in which small programs and libraries are made with gcc; without gcc its tests fail. */
export class Workshop {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "msb-deps-loader-")));

  path(name: string): string {
    return join(this.root, name);
  }

  library(name: string, recipe: Recipe = {}): string {
    const { soname = name.slice(name.lastIndexOf("/") + 1), source = "int here(void) { return 1; }" } = recipe;
    const named = soname === "" ? [] : [`-Wl,-soname,${soname}`];
    return this.#make(name, source, ["-shared", "-fPIC", ...named], recipe);
  }

  program(name: string, recipe: Recipe = {}): string {
    return this.#make(name, recipe.source ?? "int main(void) { return 0; }", [], recipe);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }

  #make(name: string, source: string, mode: string[], recipe: Recipe): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    const code = `${path}.c`;
    writeFileSync(code, source);
    const search =
      recipe.rpath !== undefined
        ? ["-Wl,--disable-new-dtags", `-Wl,-rpath,${recipe.rpath}`]
        : recipe.runpath !== undefined
          ? ["-Wl,--enable-new-dtags", `-Wl,-rpath,${recipe.runpath}`]
          : [];
    const needs = (recipe.needs ?? []).map((need) => this.path(need));
    // Libraries of libraries need not be found while linking: who finds them is what the tests are about.
    const lenient = [
      "-Wl,--no-as-needed",
      "-Wl,--allow-shlib-undefined",
      "-Wl,--unresolved-symbols=ignore-in-shared-libs",
    ];
    execFileSync("gcc", ["-o", path, code, ...mode, ...lenient, ...search, ...needs, ...(recipe.flags ?? [])], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    rmSync(code);
    return path;
  }
}
