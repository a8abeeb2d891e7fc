/**
 * The words that shells understand by themselves, and whether a program of that name exists too (POSIX.1-2024, XCU 2.14
 * and 1.7; dash(1); bash(1), "SHELL BUILTIN COMMANDS").
 */
const ALSO_PROGRAMS = "[ echo false kill printf pwd test time true";
const SHELL_ONLY =
  ". : alias bg bind break builtin caller case cd command compgen complete continue declare dirs disown enable eval exec exit export fc fg for getopts hash help history if jobs let local logout mapfile popd pushd read readarray readonly return set shift shopt source suspend then times trap type typeset ulimit umask unalias unset until wait while";

const shellOnly: ReadonlySet<string> = new Set(SHELL_ONLY.split(" "));
const shellWords: ReadonlySet<string> = new Set([...shellOnly, ...ALSO_PROGRAMS.split(" ")]);

/** Whether a shell runs this word without a program. */
export function isShellWord(word: string): boolean {
  return shellWords.has(word);
}

/** Whether only a shell knows this word: no package has a program of that name. */
export function isShellOnly(word: string): boolean {
  return shellOnly.has(word);
}
