import { aptWord } from "../../debian/words.ts";
import type { InterpreterNeed } from "../interpreters.ts";
import { nameOfProvided } from "../package-names.ts";
import type { ResolvedArtifact } from "../resolved.ts";
import { layerOf } from "../scene.ts";
import type { TreeContext } from "./load-tree.ts";
import type { TreeNode } from "./model.ts";
import { bareNode } from "./reason-trees.ts";

/** The program interpreter that an ELF file names; nothing where it names none. */
export function programInterpreter({ resolution }: ResolvedArtifact, context: TreeContext): TreeNode[] {
  const { interpreter } = resolution;
  if (interpreter === null || !interpreter.named) return [];
  const { scene, provision, lookup } = context;
  const { path, realPath, entry } = interpreter;
  const node = { ...bareNode(path), kind: "interpreter" } as const;
  if (entry === null) return [{ ...node, status: interpreter.status === "unknown" ? "unknown" : "missing" }];
  const { kind } = layerOf(entry);
  const provided = kind === "provided" ? provision.at(entry.path) : undefined;
  const name = provided === undefined ? null : nameOfProvided(provided, scene, lookup);
  const key = kind === "base" ? (scene.base?.ownerOf(path).package ?? null) : name?.kind === "key" ? name.key : null;
  const status = kind !== "provided" ? kind : key === null ? "unknown" : "package";
  return [{ ...node, path, realPath, status, ...packageOf(key, context) }];
}

/** What a `#!` line, or a module of an interpreter, asks for. */
export function askedInterpreter(need: InterpreterNeed, context: TreeContext): TreeNode {
  const { name, found, status, package: brought } = need;
  const key = status === "base" && found !== null ? (context.scene.base?.ownerOf(found).package ?? null) : brought;
  return { ...bareNode(name), kind: "interpreter", path: found, status, ...packageOf(key, context) };
}

function packageOf(key: string | null, { scene, statusOf }: TreeContext): Pick<TreeNode, "package" | "packageStatus"> {
  const word = key === null ? null : aptWord(key, scene.architecture);
  return { package: word, packageStatus: word === null ? null : statusOf(word) };
}
