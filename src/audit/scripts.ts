import { basename } from "../base/paths.ts";
import { commandsOf, isEssentialCommand } from "../debian/contents.ts";
import { isShellOnly } from "../dockerfile/shell-vocabulary.ts";
import { lastCommands } from "../dockerfile/started.ts";
import { isWrapper } from "../dockerfile/wrappers.ts";
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
  if (!hasReadAll(audit)) return true;
  const { facts, parsed, runtime } = audit;
  const { read } = facts.scripts;
  // What a script gets as its arguments may stand there.
  const given = (runtime?.instructions ?? []).flatMap((one) =>
    one.kind === "command" ? [parsed.text.slice(one.start, one.end)] : [],
  );
  const texts = [...given, ...read.map(({ text }) => text)];
  if (texts.some((text) => commands.some((command) => names(text, command)))) return true;
  const calls = read.flatMap((script) => script.calls.map(({ program }) => program));
  return !calls.every((program) => isPlaced(basename(program), commands, audit));
}

/** Whether all scripts of the runtime stage were read, and with certainty. */
function hasReadAll({ analysis, facts: { scripts } }: AuditCase): boolean {
  const paths = new Set(scripts.read.map(({ path }) => path));
  const unread = analysis?.artifacts.some(({ kind, path }) => kind === "script" && !paths.has(path)) === true;
  return !unread && scripts.complete && scripts.read.every(({ certain }) => certain);
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

/** Programs that run programs of a language, which can open any library by name (ctypes, FFI, JNI, P/Invoke, NIFs). */
const INTERPRETERS =
  /^(?:python|pypy|perl|ruby|jruby|irb|rake|bundle|rails|node|nodejs|npm|npx|yarn|pnpm|deno|bun|php|php-fpm|php-cgi|java|dotnet|mono|erl|erlexec|elixir|iex|lua|luajit|tclsh|wish|guile|Rscript|R|julia|octave|gjs)[0-9.]*$/;

/** Libraries that are such an interpreter, or that open modules as a configuration names them (ODBC, PAM, OpenCL, Vulkan). */
const HOSTS =
  /^lib(?:python[0-9]|pypy|perl\.|ruby|node\.|php[0-9]?\.|jvm\.|hostfxr|coreclr|mono|lua|guile|tcl[0-9]|R\.|julia|odbc|iodbc|ltdl|gmodule|pam\.|OpenCL|vulkan)/;

/** Whether a program starts that can open libraries by names which stand in no ELF file (ctypes, FFI, JNI). */
export function runsInterpreter(audit: AuditCase): boolean {
  const interpreters = (audit.analysis?.artifacts ?? []).flatMap(({ interpreter }) =>
    interpreter === null ? [] : basename(interpreter),
  );
  const called = audit.facts.scripts.read.flatMap(({ calls }) => calls.map(({ program }) => basename(program)));
  return [...startedPrograms(audit), ...interpreters, ...called].some((name) => INTERPRETERS.test(name));
}

/** The programs that CMD, ENTRYPOINT and HEALTHCHECK start; without the first two, what the base image starts. */
function startedPrograms({ chain, facts }: AuditCase): readonly string[] {
  const commands = lastCommands(chain);
  const own = commands.flatMap(({ programs }) => programs.map(basename));
  const starts = commands.some(({ keyword }) => keyword !== "HEALTHCHECK");
  return starts ? own : [...own, ...facts.baseCommand.map((program) => basename(program))];
}

/**
 * Whether something runs that can open a library by a name that was not seen: an artifact that uses dlopen(3), an
 * interpreter, a program that was not looked at, or a script that was not read with certainty.
 */
export function mayOpenLibraries(audit: AuditCase): boolean {
  const { analysis, facts, chain } = audit;
  if (facts.openers.length > 0 || runsInterpreter(audit)) return true;
  if (analysis?.notes.some(({ code }) => code === "names-not-searched") === true) return true;
  if (analysis?.artifacts.some(({ libraries }) => libraries.some(({ soname }) => HOSTS.test(soname))) === true)
    return true;
  const commands = lastCommands(chain).filter(({ keyword }) => keyword !== "HEALTHCHECK");
  const started = commands.flatMap(({ programs }) => programs.map(basename));
  const isKnown = (name: string): boolean => isWrapper(name) || isPlaced(name, [], audit);
  return !started.every(isKnown) || !readsScripts(audit);
}

/** Whether every script of the runtime stage was read with certainty, and calls nothing but programs that are known. */
function readsScripts(audit: AuditCase): boolean {
  if (!mayRunScripts(audit)) return true;
  const { read } = audit.facts.scripts;
  const calls = read.flatMap((script) => script.calls.map(({ program }) => basename(program)));
  return hasReadAll(audit) && calls.every((name) => isWrapper(name) || isPlaced(name, [], audit));
}

/** Whether every artifact was read whole, and searched for the names of libraries that it may open. */
export function readsEverything({ analysis }: AuditCase): boolean {
  if (analysis === null || !analysis.complete) return false;
  const dark = analysis.artifacts.some(({ kind }) => kind === "damaged" || kind === "foreign");
  return !dark && !analysis.notes.some(({ code }) => code === "names-not-searched");
}
