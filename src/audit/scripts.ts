import { basename } from "../base/paths.ts";
import { commandsOf, isEssentialCommand } from "../debian/contents.ts";
import { isShellOnly } from "../dockerfile/shell-vocabulary.ts";
import { lastCommands } from "../dockerfile/started.ts";
import type { AuditCase } from "./case.ts";

/**
 * Whether the runtime stage has scripts: among the artifacts, or perhaps among what is copied from the build context, from
 * images and from stages that were not looked at.
 */
export function mayRunScripts({ chain, analysis, plan }: AuditCase): boolean {
  if (analysis?.artifacts.some(({ kind }) => kind === "script")) return true;
  const instructions = chain.flatMap((stage) => stage.instructions);
  const copies = instructions.some(
    (instruction) => instruction.kind === "copy" && (instruction.from === null || !("stage" in instruction.from)),
  );
  return copies || plan.notLookedAt.length > 0;
}

/**
 * Whether a script of the runtime stage may call one of some commands, though none was seen to: a script that was not read
 * with certainty; one that names the command somewhere (behind `set --`, in a string, in a function that nobody calls); or
 * one that calls what we cannot place, as the table of commands is not complete.
 */
export function mayCall(commands: readonly string[], audit: AuditCase): boolean {
  if (runsInterpreter(audit)) return true;
  if (!mayRunScripts(audit)) return false;
  const { analysis, facts, parsed, runtime } = audit;
  const { read, complete } = facts.scripts;
  const paths = new Set(read.map(({ path }) => path));
  const unread = analysis?.artifacts.some(({ kind, path }) => kind === "script" && !paths.has(path)) === true;
  if (unread || !complete || !read.every(({ certain }) => certain)) return true;
  // What a script gets as its arguments may stand there.
  const given = (runtime?.instructions ?? []).flatMap((one) =>
    one.kind === "command" ? [parsed.text.slice(one.start, one.end)] : [],
  );
  const texts = [...given, ...read.map(({ text }) => text)];
  if (texts.some((text) => commands.some((command) => names(text, command)))) return true;
  const calls = read.flatMap((script) => script.calls.map(({ program }) => program));
  return !calls.every((program) => isPlaced(basename(program), commands, audit));
}

/** Whether a text has a name as a word of its own, whatever stands around it. */
function names(text: string, name: string): boolean {
  const parts = text.split(name);
  return parts.some((part, index) => index > 0 && !/[\w-]$/.test(parts[index - 1] ?? "") && !/^[\w-]/.test(part));
}

/** Whether it is known what has a program: the shell, an Essential package, another one of the list, the artifacts. */
function isPlaced(name: string, commands: readonly string[], { analysis, facts, verdicts }: AuditCase): boolean {
  if (INTERPRETERS.test(name)) return false;
  if (isShellOnly(name) || isEssentialCommand(facts.tables, name)) return true;
  const listed = verdicts.map(({ identity }) => identity.name).filter((other) => !commands.includes(other));
  if (listed.some((other) => other === name || commandsOf(facts.tables, other).includes(name))) return true;
  const artifacts = (analysis?.artifacts ?? []).flatMap(({ path, destinations }) => [path, ...destinations]);
  return [...artifacts, ...facts.scripts.read.map(({ path }) => path)].some((path) => basename(path) === name);
}

const INTERPRETERS = /^(?:python|perl|ruby|node|nodejs|php|java|lua|tclsh|guile|Rscript|julia)[0-9.]*$/;

/** Whether a program starts that can open libraries by names which stand in no ELF file (ctypes, FFI, JNI). */
export function runsInterpreter({ runtime, analysis }: AuditCase): boolean {
  const programs = lastCommands(runtime === null ? [] : [runtime]).flatMap((one) => one.programs.map(basename));
  const interpreters = (analysis?.artifacts ?? []).flatMap(({ interpreter }) =>
    interpreter === null ? [] : basename(interpreter),
  );
  return [...programs, ...interpreters].some((name) => INTERPRETERS.test(name));
}

/** Whether every artifact was read whole, and searched for the names of libraries that it may open. */
export function readsEverything({ analysis }: AuditCase): boolean {
  if (analysis === null || !analysis.complete) return false;
  const dark = analysis.artifacts.some(({ kind }) => kind === "damaged" || kind === "foreign");
  return !dark && !analysis.notes.some(({ code }) => code === "names-not-searched");
}
