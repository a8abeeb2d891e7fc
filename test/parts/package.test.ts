import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";

/** The paths of the files that `npm publish` would send. */
function packedFiles(): string[] {
  const pack = spawnSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { encoding: "utf8" });
  const packages: { files: { path: string }[] }[] = Object.values(JSON.parse(pack.stdout));
  return packages.flatMap(({ files }) => files.map(({ path }) => path));
}

/** The relative links of a page, outside of code, as paths from the package's root, each with its fragment. */
function linksOf(page: string): { path: string; fragment: string }[] {
  const text = readFileSync(page, "utf8").replaceAll(/^```[\s\S]*?^```|`[^`\n]*`/gm, "");
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
  return targets
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [path = "", fragment = ""] = target.split("#");
      return { path: path === "" ? page : posix.join(posix.dirname(page), path), fragment };
    });
}

/** The fragments that GitHub gives the headings of a page. */
function headingsOf(page: string): string[] {
  const headings = [...readFileSync(page, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

const packed = packedFiles();
const pages = packed.filter((path) => path.endsWith(".md"));

test("the package has its pages", () => {
  expect(pages).toEqual(expect.arrayContaining(["README.md", "CONTRIBUTING.md", "docs/audit.md"]));
});

test.each(pages)("the links of %s lead to files and headings of the package", (page) => {
  for (const { path, fragment } of linksOf(page)) {
    expect(packed).toContain(path);
    if (fragment !== "") expect(headingsOf(path), path).toContain(fragment);
  }
});
