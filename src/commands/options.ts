import type { Readable } from "node:stream";
import type { KeptPackage } from "../analysis/input.ts";
import type { BuildSettings } from "../engine/buildkit/settings.ts";
import type { NamedEndpoint } from "../engine/named-endpoint.ts";
import type { LineOptions } from "../report/line-options.ts";
import type { Messages } from "../report/messages.ts";
import type { Results } from "../report/results.ts";

/** What the command line said about one run, whatever the command. Names follow Docker's where Docker has one. */
export interface RunOptions {
  /** A path, a folder, `-`, or null where `--image`, `--rootfs`, `--oci` or `--snapshot` stands for it. */
  readonly dockerfile: string | null;
  /** `SRC[:DEST]`, as given. */
  readonly artifacts: readonly string[];
  readonly target: string | null;
  /** A stage, an image reference or `none`; null is the last stage. */
  readonly runtime: string | null;
  readonly image: string | null;
  /** An unpacked tree in place of the builder; `/` is this machine. */
  readonly rootfs: string | null;
  /** An archive in place of the builder: `PATH`, `PATH:NAME`, `PATH@DIGEST`. */
  readonly oci: string | null;
  /** An archive that the runtime base is looked at in, in the same forms. */
  readonly runtimeOci: string | null;
  /** An unpacked tree that the runtime base is looked at in. */
  readonly runtimeRootfs: string | null;
  /** A folder, or a URL that the engine fetches; null is the folder of the Dockerfile. */
  readonly context: string | null;
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly platform: string | null;
  readonly noCache: boolean;
  readonly pull: boolean;
  /** What else `docker build` takes. */
  readonly settings: BuildSettings;
  /** The engine that is named: `--host` and `--docker-context`. */
  readonly endpoint: NamedEndpoint;
  /** Who says what a builder's artifacts load: its own ldd, our rules beside it, or our rules alone. */
  readonly engine: "ldd" | "static";
  readonly explicit: boolean;
  /** What the artifacts load directly is listed even if the base has it. */
  readonly direct?: boolean;
  readonly withRecommended: boolean;
  /** apt in the runtime base is asked, with network. */
  readonly online: boolean;
  readonly allowEmpty: boolean;
  readonly saveSnapshot: string | null;
  readonly snapshot: string | null;
  /** The config file of `--config`; false with `--no-config`; absent: the one that is found. */
  readonly config?: string | false;
  /** Packages that a config file keeps in the line; absent: none. */
  readonly keep?: readonly KeptPackage[];
}

/** The result in one format, in a file or, if that is null, on standard output. */
export interface Output {
  readonly format: string;
  readonly file: string | null;
}

/** How the result is shown. */
export interface ShowOptions {
  /** What is written where; not empty, and at most one of them to standard output. */
  readonly outputs: readonly Output[];
  /** Neither `-f` nor `-o` was given: a config file may say what is written. */
  readonly isDefault?: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Null decides by NO_COLOR, FORCE_COLOR and the terminal. */
  readonly color: boolean | null;
  readonly progress: "auto" | "plain" | "tty" | "quiet";
  /** How the line is written; absent where no option says so. */
  readonly line?: LineOptions;
}

/** The world outside, as a command sees it. */
export interface Io {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  /** Standard error. */
  readonly messages: Messages;
  /** Standard output. */
  readonly results: Results;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}
