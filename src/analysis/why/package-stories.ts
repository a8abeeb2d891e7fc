import { compareNames } from "../../base/names.ts";
import type { PackageSet } from "../../debian/packages.ts";
import { explain } from "../../debian/reduce.ts";
import { aptWord, parseKey } from "../../debian/words.ts";
import type { Examination } from "../analyze.ts";
import type { Package } from "../model.ts";
import type { ImpliedBy, PackageStory, StoryStatus } from "./model.ts";

/** What a run knows of packages, whether or not something asks for them. */
export class PackageStories {
  readonly #examination: Examination;
  readonly #installed: readonly PackageSet[];
  readonly #listed: ReadonlyMap<string, Package>;
  readonly #keys: ReadonlyMap<string, string>;
  readonly #status = new Map<string, StoryStatus>();

  constructor(examination: Examination) {
    const { answer, scene } = examination;
    this.#examination = examination;
    this.#installed = scene.builders.map(({ image }) => image.installed.set);
    this.#listed = new Map(answer.packages.map((item) => [`${item.name}:${item.architecture}`, item]));
    const { must, may } = answer.reduction.closure;
    const sets = [answer.base, answer.known, ...this.#installed];
    const all = [...this.#listed.keys(), ...must, ...may, ...sets.flatMap((set) => [...set.all.keys()])];
    // The first of a word counts: of `name:all` and `name:amd64` the one that the answer speaks of.
    this.#keys = new Map(all.toReversed().map((key) => [this.#word(key), key]));
  }

  words(): Iterable<string> {
    return this.#keys.keys();
  }

  /** The packages of a name, of the name that the builder has for them, and those that provide it. */
  named(name: string): { word: string; matched: PackageStory["matched"] }[] {
    const words = new Map<string, PackageStory["matched"]>();
    const add = (word: string, matched: PackageStory["matched"]): void => {
      if (!words.has(word)) words.set(word, matched);
    };
    for (const [word, key] of this.#keys)
      if (word === name || key === name || parseKey(key).name === name) add(word, "name");
    for (const [key, item] of this.#listed) if (item.builderName === name) add(this.#word(key), "builder-name");
    if (words.size > 0) return sorted(words);
    const { base, known } = this.#examination.answer;
    for (const set of [base, known]) for (const { key } of set.providing(name)) add(this.#word(key), "provides");
    return sorted(words);
  }

  status(word: string): StoryStatus {
    const known = this.#status.get(word) ?? this.#judge(this.#keys.get(word) ?? word);
    this.#status.set(word, known);
    return known;
  }

  story(word: string, matched: PackageStory["matched"]): PackageStory {
    const key = this.#keys.get(word) ?? word;
    const { answer, scene } = this.#examination;
    const listed = this.#listed.get(key);
    const builder = this.#installed.map((set) => set.all.get(key)).find((one) => one !== undefined);
    const status = this.status(word);
    return {
      ...{ package: word, matched, status },
      asked: listed !== undefined,
      sonames: listed?.sonames ?? [],
      baseVersion: answer.base.all.get(key)?.version ?? null,
      builderVersion: listed?.builderVersion ?? builder?.version ?? null,
      candidateVersion: listed?.candidateVersion ?? scene.archive?.known.all.get(key)?.version ?? null,
      impliedBy: status === "implied" ? this.#bringers(key) : [],
    };
  }

  /** What nobody asks for directly comes with the line, is there, may come, or has nothing that speaks for it. */
  #judge(key: string): StoryStatus {
    const { answer } = this.#examination;
    const { closure, unknown } = answer.reduction;
    const listed = this.#listed.get(key);
    if (listed !== undefined) return listed.status;
    if (closure.must.has(key)) return "implied";
    if (answer.base.all.has(key)) return "base";
    if (closure.may.has(key)) return "possible";
    if (!this.#installed.some((set) => set.all.has(key))) return "unknown";
    // What a package brings of which no dependencies are known is not known either.
    return unknown.length > 0 ? "unknown" : "not-needed";
  }

  #bringers(key: string): ImpliedBy[] {
    const { install, closure } = this.#examination.answer.reduction;
    const found = install.flatMap((member) => {
      const path = explain(member, key, closure);
      return path === null || path.length === 0 ? [] : [{ package: this.#word(member), path }];
    });
    return found.sort((a, b) => a.path.length - b.path.length || compareNames(a.package, b.package));
  }

  #word(key: string): string {
    return aptWord(key, this.#examination.scene.architecture) ?? key;
  }
}

function sorted(words: ReadonlyMap<string, PackageStory["matched"]>) {
  return [...words].map(([word, matched]) => ({ word, matched })).sort((a, b) => compareNames(a.word, b.word));
}
