import { dirname } from "../base/paths.ts";
import type { ElfFacts } from "../elf/facts.ts";
import { realPathOf } from "../snapshot/path.ts";
import type { FileSystemView, ViewEntry } from "../snapshot/view.ts";
import type { Abi } from "./machine.ts";
import type { LoadedObject } from "./objects.ts";

/** The program interpreter, which the kernel starts in the program's place (execve(2), PT_INTERP). */
export interface InterpreterResult {
  /** PT_INTERP; for a shared object that needs others and names none, the loader of its machine. */
  readonly path: string;
  /** Whether the file itself names it. */
  readonly named: boolean;
  readonly realPath: string | null;
  readonly entry: ViewEntry | null;
  readonly status: "found" | "missing" | "unknown";
}

/** Where PT_INTERP leads; null for what is started without a loader. */
export function findInterpreter(view: FileSystemView, facts: ElfFacts, abi: Abi | null): InterpreterResult | null {
  const path = facts.interpreter ?? (facts.needed.length > 0 ? (abi?.loader ?? null) : null);
  if (path === null) return null;
  const found = path.startsWith("/") ? realPathOf(view, path) : { status: "unknown" as const };
  const there =
    found.status === "found" ? { realPath: found.path, entry: found.entry } : { realPath: null, entry: null };
  const status = found.status === "absent" || found.status === "loop" ? "missing" : found.status;
  return { path, named: facts.interpreter !== null, ...there, status };
}

/** The loader maps itself before anything else; libc's need of it is met by that. */
export function interpreterObject({ path, realPath, entry }: InterpreterResult): LoadedObject {
  const reading = entry?.elf();
  return {
    role: "interpreter",
    path,
    realPath: realPath ?? path,
    entry,
    facts: reading?.kind === "elf" ? reading.facts : null,
    origin: dirname(path),
    loader: null,
    names: new Set([path]),
  };
}
