import type { Dirent } from "node:fs";
import { open, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ContextSource, type ContextSources, contextPath, runtimeCopies } from "../dockerfile/context-sources.ts";
import type { BuildPlan } from "../dockerfile/plan.ts";
import { isShellScript, MOST_SCRIPT, SHEBANG_BYTES } from "../snapshot/shebang.ts";
import { isInside } from "./context-files.ts";

/** Of one context: more files than this are no scripts that somebody wrote for an image. */
const MOST_FILES = 300;
const MOST_BYTES = 1024 * 1024;

/** What may still be looked at. */
interface Budget {
  files: number;
  bytes: number;
}

/**
 * What the runtime stage copies from the build context, as far as scripts go. Folders are walked without regard to
 * `.dockerignore`: what it leaves out may be taken for a part of the image, never the other way round.
 */
export async function contextSources(plan: BuildPlan | null, contextDir: string | null): Promise<ContextSources> {
  if (plan === null || contextDir === null) return {};
  const copies = runtimeCopies(plan).filter(({ from }) => from === null);
  const paths = new Set(copies.flatMap(({ sources }) => sources.map(contextPath)));
  const budget: Budget = { files: MOST_FILES, bytes: MOST_BYTES };
  const root = await realpath(contextDir).catch(() => null);
  const found: Record<string, ContextSource> = {};
  for (const path of paths) {
    if (path === null) continue;
    const seen: Seen = { scripts: {}, others: root === null };
    if (root !== null) await walk(root, path, budget, seen);
    found[path] = seen;
  }
  return found;
}

type Seen = { readonly scripts: Record<string, string>; others: boolean };

async function walk(root: string, path: string, budget: Budget, seen: Seen): Promise<void> {
  budget.files -= 1;
  try {
    const target = await realpath(join(root, path));
    if (budget.files < 0 || !isInside(root, target)) {
      seen.others = true;
      return;
    }
    const info = await stat(target);
    if (info.isDirectory()) await walkFolder(root, path, budget, seen);
    else {
      const text = info.isFile() ? await readScript(target, budget) : null;
      if (text === null) seen.others = true;
      else seen.scripts[path] = text;
    }
  } catch {
    // Not there, or not to be read: then nothing is known of it.
    seen.others = true;
  }
}

async function walkFolder(root: string, path: string, budget: Budget, seen: Seen): Promise<void> {
  const entries = await readdir(join(root, path), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    // A link in a folder stays one: what it leads to in the image is not for the context to say.
    if (!isPlain(entry)) seen.others = true;
    else await walk(root, path === "" ? entry.name : `${path}/${entry.name}`, budget, seen);
    if (budget.files < 0) return;
  }
}

function isPlain(entry: Dirent): boolean {
  return entry.isFile() || (entry.isDirectory() && entry.name !== ".git");
}

async function readScript(path: string, budget: Budget): Promise<string | null> {
  const file = await open(path, "r");
  try {
    const info = await file.stat();
    if (!info.isFile() || info.size > MOST_SCRIPT || info.size > budget.bytes) return null;
    const head = Buffer.alloc(SHEBANG_BYTES);
    const { bytesRead } = await file.read(head, 0, SHEBANG_BYTES, 0);
    if (!isShellScript(head.subarray(0, bytesRead).toString("latin1"))) return null;
    budget.bytes -= info.size;
    const text = (await file.readFile()).toString("utf8");
    return text.includes("\uFFFD") ? null : text;
  } finally {
    await file.close();
  }
}
