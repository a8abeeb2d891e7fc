/** An engine or builder that the command line names; without one environment and configuration tell. */
export interface NamedEndpoint {
  readonly host: string | null;
  readonly dockerContext: string | null;
  /** A builder of buildx: build and look run on it. */
  readonly builder: string | null;
  /** The look runs as a step of the build on the engine's own BuildKit. */
  readonly inBuild: boolean;
  /** Milliseconds that the engine may leave a request without an answer. */
  readonly idleMs: number;
}
