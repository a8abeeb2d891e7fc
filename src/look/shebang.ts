/** The folders of `env` and `exec` where PATH is not known (Debian's default PATH of root). */
export const PATH_FOLDERS = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/**
 * The paths that a `#!` line may mean, given the text behind `#!`: the interpreter, and for `env` the program that it
 * looks up in PATH. execve(2), "Interpreter scripts": one interpreter, one optional argument, 255 bytes. env(1): -S
 * splits its argument, NAME=VALUE and options come before the command.
 */
export function interpreterPaths(text: string): string[] {
  const line = text.split(/[\n\0]/, 1)[0] ?? "";
  const [first, ...words] = line.split(/[ \t\r\f\v\n]+/).filter((word) => word !== "");
  if (first === undefined || !first.startsWith("/")) return [];
  if (!first.endsWith("/env")) return [first];
  for (const word of words.map((one) => one.replace(/^-S/, ""))) {
    if (word === "" || word.startsWith("-") || word.includes("=")) continue;
    return [first, ...(word.includes("/") ? [word] : PATH_FOLDERS.map((folder) => `${folder}/${word}`))];
  }
  return [first];
}
