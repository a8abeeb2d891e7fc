/** The PATH of a container whose image sets none (BuildKit util/system, DefaultPathEnvUnix; the same in moby). */
export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Takes `.`, `..` and double slashes out of an absolute path; `..` at the root stays at the root. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/**
 * A path as COPY and WORKDIR take it: relative ones begin at a folder, a slash at the end stays, `.` and the empty
 * path mean the folder itself (dockerfile2llb, pathRelativeToWorkingDir).
 */
export function resolvePath(folder: string, path: string): string {
  const folderLike = path === "" || path === "." || path === ".." || /\/(\.{1,2})?$/.test(path);
  const clean = cleanPath(path.startsWith("/") ? path : `${folder}/${path}`);
  return folderLike ? withSlash(clean) : clean;
}

export function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
}

export function basename(path: string): string {
  const clean = withoutSlash(path);
  return clean.slice(clean.lastIndexOf("/") + 1);
}

/** Joins a folder and a relative path. */
export function joinPath(folder: string, rest: string): string {
  return rest === "" ? withoutSlash(folder) : `${withSlash(folder)}${rest}`;
}

/** The path below a folder: "" for the folder itself, null for one that is not in it. */
export function below(folder: string, path: string): string | null {
  const base = withoutSlash(folder);
  if (path === base) return "";
  const prefix = withSlash(base);
  return path.startsWith(prefix) ? path.slice(prefix.length) : null;
}
