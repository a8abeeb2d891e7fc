import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { components } from "../../src/base/paths.ts";
import { LayerTree } from "../../src/look/layer-tree.ts";
import type { RawFile } from "../../src/look/observations.ts";

/** An entry of a layer: `d` a folder, `f` a file, `l` a symlink and where to, `h` a hard link and to what. */
type Step = readonly [kind: "d" | "f" | "l" | "h", path: string, target?: string];

const TYPES = { d: "directory", f: "file", l: "symlink" } as const;

function treeOf(layers: readonly (readonly Step[])[]): LayerTree<never> {
  const tree = new LayerTree<never>();
  for (const [layer, steps] of layers.entries()) {
    for (const [index, [kind, path, target = ""]] of steps.entries()) {
      const entry = index + 1;
      if (kind === "h") {
        tree.link(components(path), components(target), layer);
        continue;
      }
      const plain: RawFile = { type: TYPES[kind], mode: 0o755, uid: 0, gid: 0, size: 0 };
      tree.apply({
        path: components(path),
        file: kind === "l" ? { ...plain, target } : plain,
        place: { layer, entry },
      });
    }
  }
  return tree;
}

/** Path, letter, and of files where their contents stand (`layer.entry`). */
function listOf(tree: LayerTree<never>): string[] {
  const rows = [...tree.empty()].filter(({ path }) => path !== "/");
  return rows
    .map(({ path, node: { file, place } }) => {
      const where = place === null ? "" : ` ${place.layer}.${place.entry}`;
      return `${path} ${file.type[0]}${where}${file.target === undefined ? "" : ` ${file.target}`}`;
    })
    .sort();
}

describe("layers over each other", () => {
  const table: readonly (readonly [name: string, layers: readonly (readonly Step[])[], result: readonly string[]])[] = [
    ["a file replaces a file", [[["f", "a"]], [["f", "./a"]]], ["/a f 1.1"]],
    [
      "a folder over a folder keeps its entries",
      [
        [["f", "d/a"]],
        [
          ["d", "d/"],
          ["f", "d/b"],
        ],
      ],
      ["/d d", "/d/a f 0.1", "/d/b f 1.2"],
    ],
    ["a file replaces a folder with all it has", [[["f", "d/a"]], [["f", "d"]]], ["/d f 1.1"]],
    [
      "a folder replaces a link and is empty",
      [
        [
          ["d", "real"],
          ["f", "real/a"],
          ["l", "d", "real"],
        ],
        [["d", "d"]],
      ],
      ["/d d", "/real d", "/real/a f 0.2"],
    ],
    [
      "a whiteout hides a file",
      [
        [
          ["f", "d/a"],
          ["f", "d/b"],
        ],
        [["f", "d/.wh.a"]],
      ],
      ["/d d", "/d/b f 0.2"],
    ],
    ["a whiteout hides a folder", [[["f", "d/e/a"]], [["f", "d/.wh.e"]]], ["/d d"]],
    [
      "a whiteout hides a link, not what it leads to",
      [
        [
          ["f", "a"],
          ["l", "b", "a"],
        ],
        [["f", ".wh.b"]],
      ],
      ["/a f 0.1"],
    ],
    [
      "a whiteout takes nothing of its own layer, wherever it stands",
      [
        [["f", "a"]],
        [
          ["f", "a"],
          ["f", ".wh.a"],
        ],
      ],
      ["/a f 1.1"],
    ],
    ["a whiteout of what is not there is nothing", [[], [["f", "d/.wh.x"]]], ["/d d"]],
    [
      "an opaque folder hides what lower layers have in it",
      [
        [
          ["f", "d/a"],
          ["f", "d/e/b"],
        ],
        [
          ["d", "d"],
          ["f", "d/.wh..wh..opq"],
          ["f", "d/c"],
        ],
      ],
      ["/d d", "/d/c f 1.3"],
    ],
    [
      "an opaque mark may come last",
      [
        [["f", "d/a"]],
        [
          ["f", "d/c"],
          ["f", "d/.wh..wh..opq"],
        ],
      ],
      ["/d d", "/d/c f 1.1"],
    ],
    ["what is taken away can come back", [[["f", "a"]], [["f", ".wh.a"]], [["f", "a"]]], ["/a f 2.1"]],
    [
      "AUFS' own files are passed over",
      [
        [
          ["d", ".wh..wh.plnk"],
          ["f", ".wh..wh.aufs"],
        ],
      ],
      [],
    ],
    [
      "a hard link is the same file",
      [
        [
          ["f", "a"],
          ["h", "b", "a"],
        ],
      ],
      ["/a f 0.1", "/b f 0.1"],
    ],
    [
      "a hard link to a file of a lower layer outlives it",
      [[["f", "a"]], [["h", "b", "a"]], [["f", ".wh.a"]]],
      ["/b f 0.1"],
    ],
    [
      "a hard link may name a symlink",
      [
        [
          ["l", "a", "x"],
          ["h", "b", "a"],
        ],
      ],
      ["/a s x", "/b s x"],
    ],
    [
      "a link on the way is followed",
      [
        [
          ["d", "usr/lib"],
          ["l", "lib", "usr/lib"],
        ],
        [["f", "lib/a"]],
      ],
      ["/lib s usr/lib", "/usr d", "/usr/lib d", "/usr/lib/a f 1.1"],
    ],
    [
      "a link on the way stays in the tree",
      [
        [
          ["l", "out", "../../../../etc"],
          ["l", "abs", "/etc"],
        ],
        [
          ["f", "out/a"],
          ["f", "abs/b"],
        ],
      ],
      ["/abs s /etc", "/etc d", "/etc/a f 1.1", "/etc/b f 1.2", "/out s ../../../../etc"],
    ],
    [
      "a whiteout goes through a link on the way",
      [
        [
          ["f", "usr/lib/a"],
          ["l", "lib", "usr/lib"],
        ],
        [["f", "lib/.wh.a"]],
      ],
      ["/lib s usr/lib", "/usr d", "/usr/lib d"],
    ],
    [
      ".. in a name stays in the tree",
      [
        [
          ["f", "../../a"],
          ["f", "d/../b"],
        ],
      ],
      ["/a f 0.1", "/b f 0.2"],
    ],
  ];
  it.each(table)("%s", (_, layers, result) => {
    expect(listOf(treeOf(layers))).toEqual(result);
  });

  it.each<readonly [string, readonly Step[]]>([
    [
      "a file below a file",
      [
        ["f", "a"],
        ["f", "a/b"],
      ],
    ],
    [
      "a loop of links on the way",
      [
        ["l", "a", "b"],
        ["l", "b", "a"],
        ["f", "a/x"],
      ],
    ],
    ["a hard link to nothing", [["h", "b", "a"]]],
    [
      "a hard link to a folder",
      [
        ["d", "a"],
        ["h", "b", "a"],
      ],
    ],
    ["a whiteout of ..", [["f", "d/.wh..."]]],
    ["a whiteout without a name", [["f", "d/.wh."]]],
    ["folders in each other without end", [["d", "a/".repeat(5000)]]],
  ])("refuses %s", (_, steps) => {
    expect(() => treeOf([steps])).toThrow();
  });
});

/** The same by a flat list of paths: what each layer says of a path, and what it hides of the ones below. */
function modelOf(layers: readonly (readonly Step[])[]): string[] {
  const seen = new Map<string, { letter: string; layer: number; place: string }>();
  const below = (path: string): string[] =>
    [...seen.keys()]
      .filter((one) => one.startsWith(`${path}/`))
      .sort()
      .reverse();
  const hide = (paths: readonly string[], layer: number): void => {
    for (const path of paths) {
      if ((seen.get(path)?.layer ?? layer) < layer && below(path).length === 0) seen.delete(path);
    }
  };
  for (const [layer, steps] of layers.entries()) {
    for (const [index, [kind, path]] of steps.entries()) {
      const parts = path.split("/");
      const name = parts.at(-1) ?? "";
      for (let depth = 1; depth < parts.length; depth += 1) {
        const parent = `/${parts.slice(0, depth).join("/")}`;
        if (!seen.has(parent)) seen.set(parent, { letter: "d", layer, place: "" });
      }
      const folder = `/${parts.slice(0, -1).join("/")}`.replace(/\/$/, "");
      const at = `${folder}/${name.replace(/^\.wh\./, "")}`;
      if (name.startsWith(".wh.")) {
        hide(name === ".wh..wh..opq" ? below(folder) : [...below(at), at], layer);
        continue;
      }
      if (kind === "f") for (const one of below(at)) seen.delete(one);
      seen.set(at, { letter: kind, layer, place: kind === "f" ? ` ${layer}.${index + 1}` : "" });
    }
  }
  return [...seen].map(([path, { letter, place }]) => `${path} ${letter}${place}`).sort();
}

describe("any layers", () => {
  // Names of folders and files are apart but for one, so that few steps lie below a file.
  const folder = fc.array(fc.constantFrom("d", "e"), { maxLength: 2 });
  const step = fc
    .tuple(folder, fc.constantFrom("d", "e", "f", "g", ".wh.d", ".wh.f", ".wh.e", ".wh..wh..opq"), fc.boolean())
    .map(([parents, name, asFolder]): Step => {
      const isFolder = (name === "d" || name === "e") && asFolder;
      return [isFolder ? "d" : "f", [...parents, name].join("/")];
    });
  const layers = fc.array(fc.array(step, { maxLength: 8 }), { maxLength: 4 });

  it("come to what a flat list of paths comes to", () => {
    fc.assert(
      fc.property(layers, (all) => {
        let tree: LayerTree<never>;
        try {
          tree = treeOf(all);
        } catch {
          return fc.pre(false);
        }
        expect(listOf(tree)).toEqual(modelOf(all));
      }),
      { numRuns: 2000, maxSkipsPerRun: 1000 },
    );
  });
});
