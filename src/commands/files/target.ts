/** One Dockerfile of a run over many, and how its build is described where it was found. */
export interface Target {
  /** What results and messages call it; unique in a run. */
  readonly label: string;
  /** The path of the Dockerfile; null if the file that describes the build has its text. */
  readonly path: string | null;
  readonly text: string | null;
  readonly set: TargetSettings;
}

/** What a compose or bake file says of a build. Options and config files win over it. */
export interface TargetSettings {
  readonly target?: string;
  readonly context?: string;
  readonly buildArgs?: Readonly<Record<string, string>>;
  readonly contexts?: Readonly<Record<string, string>>;
  readonly platform?: string;
}

/** A Dockerfile without more. */
export function plainTarget(path: string): Target {
  return { label: path, path, text: null, set: {} };
}
