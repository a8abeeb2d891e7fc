/** The PATH of a container whose image sets none (BuildKit util/system, DefaultPathEnvUnix; the same in moby). */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** The components of a path, without empty ones and `.`; `..` stays. */
export function components(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

/** Takes `.`, `..` and double slashes out of an absolute path by its text alone; `..` at the root stays at the root. */
export function cleanPath(path: string): string {
  const kept: string[] = [];
  for (const name of components(path)) {
    if (name === "..") kept.pop();
    else kept.push(name);
  }
  return `/${kept.join("/")}`;
}

/**
 * A path as COPY and WORKDIR take it: relative ones begin at the working directory, a slash at the end stays, `.` and the
 * empty path mean the directory itself (dockerfile2llb, pathRelativeToWorkingDir).
 */
export function pathInWorkdir(workdir: string, path: string): string {
  const isDirectory = path === "" || path === "." || path === ".." || /\/(\.{1,2})?$/.test(path);
  const clean = cleanPath(path.startsWith("/") ? path : `${workdir}/${path}`);
  return isDirectory ? withSlash(clean) : clean;
}

export function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

/** A path without the slashes at its end; `/` stays. */
export function withoutSlash(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end -= 1;
  return path.slice(0, end);
}

/** The last component of a path (basename(3)). */
export function basename(path: string): string {
  const clean = withoutSlash(path);
  return clean.slice(clean.lastIndexOf("/") + 1);
}

/** The directory of an absolute path without a slash at its end (dirname(3)). */
export function dirname(path: string): string {
  const end = path.lastIndexOf("/");
  return end <= 0 ? "/" : path.slice(0, end);
}

/** Joins a directory and a relative path. */
export function joinPath(directory: string, rest: string): string {
  return rest === "" ? withoutSlash(directory) : `${withSlash(directory)}${rest}`;
}

/** The path below a directory: "" for the directory itself, null for one that is not in it. */
export function below(directory: string, path: string): string | null {
  const base = withoutSlash(directory);
  if (path === base) return "";
  const prefix = withSlash(base);
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}

/** Whether an absolute path is one of some roots or below one. */
export function isUnder(path: string, roots: ReadonlySet<string>): boolean {
  if (roots.size === 0) return false;
  if (roots.has("/")) return true;
  for (let end = path.length; end > 0; end = path.lastIndexOf("/", end - 1)) {
    if (roots.has(path.slice(0, end))) return true;
  }
  return false;
}
