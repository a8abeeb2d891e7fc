/**
 * One line of a Contents index: a path, white space, and `[[area/]section/]package` joined by commas. Packages outside
 * `main` and `universe`, and those with debugging symbols, are left out.
 */
export function contentsLine(line) {
  const space = Math.max(line.lastIndexOf(" "), line.lastIndexOf("\t"));
  const owners = line
    .slice(space + 1)
    .split(",")
    .map((word) => word.split("/"))
    .filter((words) => !/^(?:contrib|non-free|multiverse|restricted)/.test(words[0]) && words.at(-2) !== "debug")
    .map((words) => words.at(-1));
  return { path: line.slice(0, Math.max(space, 0)).trimEnd(), owners };
}
