/** What the way to an engine depends on, given from outside so that tests can give something else. */
export interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder. */
  readonly home: string;
  readonly platform: NodeJS.Platform;
  /** The numeric user, for the rootless sockets; null where there is none (Windows). */
  readonly uid: number | null;
  /** Tells the contexts of two machines apart that build on one engine. */
  readonly hostname: string;
  readonly readFile: (path: string) => Promise<Buffer>;
}

/** Reads a file that need not be there. */
export async function readIfThere(at: Surroundings, path: string): Promise<Buffer | null> {
  try {
    return await at.readFile(path);
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return null;
    throw error;
  }
}

/** The `code` of a system error (`ENOENT`, `EACCES` …), or null. */
export function errorCode(error: unknown): string | null {
  if (!(error instanceof Error) || !("code" in error)) return null;
  return typeof error.code === "string" ? error.code : null;
}
