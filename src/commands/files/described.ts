import { resolve } from "node:path";
import { isRemoteContext } from "../../engine/buildkit/contexts.ts";
import type { Io } from "../options.ts";
import { shownPath } from "./shown-path.ts";
import type { Target } from "./target.ts";

/** A build as a compose or bake file describes it. */
export interface Description {
  /** `service web`, `target app`. */
  readonly name: string;
  readonly file: string;
  /** The directory that paths are relative to. */
  readonly home: string;
  readonly context: string | undefined;
  readonly dockerfile: string | undefined;
  /** The text of the Dockerfile, if the file has it. */
  readonly inline: string | undefined;
  readonly target: string | undefined;
  readonly args: Readonly<Record<string, string | number | boolean | null>>;
  readonly contexts: Readonly<Record<string, string | number | boolean | null>>;
  readonly platform?: string | undefined;
}

/** The target of a described build; null, with a warning, if its Dockerfile is in a context that only a build fetches. */
export function describedTarget(one: Description, { messages }: Pick<Io, "messages">): Target | null {
  const { home, target, platform } = one;
  const context = one.context ?? ".";
  const isRemote = isRemoteContext(context);
  if (isRemote && one.inline === undefined) {
    messages.warning(`${one.file}: ${one.name} is skipped: its Dockerfile is in the remote context ${context}`);
    return null;
  }
  const folder = isRemote ? context : resolve(home, context);
  const path = one.inline === undefined ? shownPath(resolve(folder, one.dockerfile ?? "Dockerfile")) : null;
  const contexts = Object.entries(textsOf(one.contexts)).map(([name, place]) => [
    name,
    /^\.{1,2}(?:\/|$)/.test(place) ? resolve(home, place) : place,
  ]);
  return {
    label: `${path ?? shownPath(one.file)} (${one.name})`,
    path,
    text: one.inline ?? null,
    set: {
      context: folder,
      buildArgs: textsOf(one.args),
      contexts: Object.fromEntries(contexts),
      ...(target === undefined ? {} : { target }),
      ...(platform === undefined ? {} : { platform }),
    },
  };
}

/** Values by name; those without one are left to the environment, from which a build takes them by itself. */
function textsOf(values: Description["args"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
  );
}
