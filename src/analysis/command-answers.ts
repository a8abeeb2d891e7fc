import { parseKey } from "../debian/words.ts";
import type { CommandNeed } from "./commands.ts";
import type { Missing, MissingHint, Note, Reason } from "./model.ts";
import { note } from "./notes.ts";

/** Why packages are needed for the commands that they have, by key. */
export function calledPackages(commands: readonly CommandNeed[]): ReadonlyMap<string, readonly Reason[]> {
  const reasons = new Map<string, Reason[]>();
  for (const { call, status, packages } of commands) {
    if (status !== "package") continue;
    for (const key of packages) {
      const chain = [{ soname: call.program, path: null }];
      reasons.set(key, [...(reasons.get(key) ?? []), { artifact: call.calledBy, kind: "command", chain }]);
    }
  }
  return reasons;
}

/** Commands that nothing brings, each with all that call it. */
export function missingCommands(commands: readonly CommandNeed[]): Missing[] {
  const items = new Map<string, Missing>();
  for (const need of commands) {
    if (need.status !== "missing") continue;
    const { program: name, calledBy } = need.call;
    const before = items.get(name);
    const chain = [{ soname: calledBy, path: null }];
    items.set(name, {
      ...{ kind: "command", name, version: null, providedBy: null, hint: hintFor(need) },
      requiredBy: [...(before?.requiredBy ?? []), calledBy],
      chains: [...(before?.chains ?? []), chain],
    });
  }
  return [...items.values()];
}

function hintFor({ builderPackage, candidates, call, packages }: CommandNeed): MissingHint | null {
  if (builderPackage !== null) {
    const path = candidates[0] ?? call.program;
    return { kind: "no-apt", path, builderPackage: parseKey(builderPackage).name };
  }
  return packages.length === 0 ? null : { kind: "one-of", packages };
}

/** Commands that something which cannot be seen may bring. */
export function commandNotes(commands: readonly CommandNeed[]): Note[] {
  return commands.flatMap(({ status, call, packages }) =>
    status === "unknown"
      ? [note("command-not-found", null, { keyword: call.calledBy, program: call.program, packages })]
      : [],
  );
}
