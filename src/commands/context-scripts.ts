import type { Dirent } from "node:fs";
import { open, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { type ContextSource, type ContextSources, contextPath, runtimeCopies } from "../dockerfile/context-sources.ts";
import type { BuildPlan } from "../dockerfile/plan.ts";
import { isSearchedText, librariesInText } from "../snapshot/library-names.ts";
import { isShellScript, MAX_SCRIPT, SHEBANG_BYTES } from "../snapshot/shebang.ts";
import { isInside } from "./context-files.ts";

/** Of one context: more files than this are nothing that somebody wrote for an image. */
const MAX_FILES = 2000;
const MAX_BYTES = 1024 * 1024;
/** Of texts that are no scripts for a shell, of which the names of libraries alone are kept. */
const MAX_TEXT_BYTES = 32 * 1024 * 1024;

/** What may still be looked at. */
interface Budget {
  files: number;
  bytes: number;
  texts: number;
}

/**
 * What the runtime stage copies from the build context, as far as scripts and names of libraries go. Folders are walked without regard to
 * `.dockerignore`: what it leaves out may be taken for a part of the image, never the other way round.
 */
export async function contextSources(plan: BuildPlan | null, contextDir: string | null): Promise<ContextSources> {
  if (plan === null || contextDir === null) return {};
  const copies = runtimeCopies(plan).filter(({ from }) => from === null);
  const paths = new Set(copies.flatMap(({ sources }) => sources.map(contextPath)));
  const budget: Budget = { files: MAX_FILES, bytes: MAX_BYTES, texts: MAX_TEXT_BYTES };
  const root = await realpath(contextDir).catch(() => null);
  const found: Record<string, ContextSource> = {};
  for (const path of paths) {
    if (path === null) continue;
    const seen: Seen = { scripts: {}, libraries: {}, others: root === null };
    if (root !== null) await walk(root, path, budget, seen);
    const { libraries, ...scripts } = seen;
    found[path] = Object.keys(libraries).length > 0 ? seen : scripts;
  }
  return found;
}

interface Seen {
  readonly scripts: Record<string, string>;
  readonly libraries: Record<string, readonly string[]>;
  others: boolean;
}

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
      const content = info.isFile() ? await readText(target, budget) : null;
      if (content?.kind === "script") seen.scripts[path] = content.text;
      else seen.others = true;
      if (content?.kind === "other" && content.libraries.length > 0) seen.libraries[path] = content.libraries;
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

type Text =
  | { readonly kind: "script"; readonly text: string }
  | { readonly kind: "other"; readonly libraries: readonly string[] };

/** A script for a shell, or the names in another text; null for what is too large. */
async function readText(path: string, budget: Budget): Promise<Text | null> {
  const file = await open(path, "r");
  try {
    const info = await file.stat();
    if (!info.isFile()) return null;
    const head = Buffer.alloc(SHEBANG_BYTES);
    const { bytesRead } = await file.read(head, 0, SHEBANG_BYTES, 0);
    const isShell = isShellScript(head.subarray(0, bytesRead).toString("latin1"));
    if (isShell && info.size <= MAX_SCRIPT && info.size <= budget.bytes) {
      budget.bytes -= info.size;
      const text = (await file.readFile()).toString("utf8");
      if (!text.includes("\uFFFD")) return { kind: "script", text };
    }
    if (!isSearchedText(path, info.size) || info.size > budget.texts) return null;
    budget.texts -= info.size;
    const bytes = Buffer.alloc(info.size);
    const read = await file.read(bytes, 0, info.size, 0);
    return { kind: "other", libraries: librariesInText(bytes.subarray(0, read.bytesRead).toString("latin1")) };
  } finally {
    await file.close();
  }
}
