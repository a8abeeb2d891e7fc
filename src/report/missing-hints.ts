import type { MissingHint } from "../analysis/model.ts";
import type { SonameStory } from "../debian/soname-family.ts";
import { printable } from "./names.ts";

/** What may help where something is missing, in words; null where nothing is known. */
export function hintText(hint: MissingHint | null): string | null {
  return hint === null ? null : printable(wordsOf(hint));
}

function wordsOf(hint: MissingHint): string {
  switch (hint.kind) {
    case "not-installed":
      return `${hint.packages.join(" or ")} has it, but is not installed in the builder`;
    case "one-of":
      return `each of ${hint.packages.join(", ")} has it: install the one that is meant`;
    case "built-elsewhere":
      return builtElsewhere(hint);
    case "perhaps":
      return `${hint.package} may have it`;
    case "no-package":
      return noPackage(hint);
    case "misread":
      return misread(hint);
    case "unavailable":
      return `apt in the runtime base has no package ${hint.package}`;
    case "stripped":
      return `the base has ${hint.package} installed without this file: run apt-get install --reinstall ${hint.package}, or use another base`;
    case "interpreter-unavailable":
      return `apt in the runtime base has no ${hint.path}; the builder has it from ${hint.builderPackage}`;
    case "no-apt":
      return `the runtime base has no apt; the builder has ${hint.path} from ${hint.builderPackage}`;
    case "ldconfig":
      return `run ldconfig ${behind(hint.line)}`;
    case "unsearched-folder":
      return `${hint.folder} is in no ld.so.conf of the base: give the artifact a RUNPATH, or add a file to /etc/ld.so.conf.d and run ldconfig ${behind(hint.line)}`;
    case "other-version":
      return otherVersion(hint);
    case "carriage-return":
      return "the script's first line ends in a carriage return (CRLF)";
  }
}

function builtElsewhere({ release, absent, story }: MissingHint & { kind: "built-elsewhere" }): string {
  const there = release ?? "the runtime base's release";
  const others = elsewhere(story);
  const parts = [
    ...(absent ? [`no package of ${there} has it`] : []),
    ...shippedThere(story, there),
    ...(others === null ? [] : [`${others} has it`]),
  ];
  // A link does, or there is nothing to advise.
  if (story.same !== null || story.elsewhere.length === 0) return parts.join("; ");
  return `${parts.join("; ")}: use a build of the program for ${there}, or a base that has the library`;
}

/** What the runtime's release has in its place. */
function shippedThere({ same, versions }: SonameStory, there: string): string[] {
  if (same !== null) {
    const [name] = same.packages;
    return [`${name} has it as ${same.soname}: install ${name} and add a link with the old name`];
  }
  const [newest] = versions;
  return newest === undefined ? [] : [`${there} has ${newest.soname} (${newest.packages[0]})`];
}

/** `libssl1.1 of debian 11 and ubuntu 20.04`. */
function elsewhere({ elsewhere: found }: SonameStory): string | null {
  const releases = new Map<string, string[]>();
  for (const { release, packages } of found) {
    const name = packages[0] ?? "";
    releases.set(name, [...(releases.get(name) ?? []), release.replace("-", " ")]);
  }
  const parts = [...releases].map(([name, list]) => `${name} of ${list.join(", ")}`);
  return parts.length === 0 ? null : parts.join(" or ");
}

function noPackage({ release, says, builderPackage, story }: MissingHint & { kind: "no-package" }): string {
  const there = release ?? "the runtime base's release";
  const inBuilder = builderPackage === null ? "" : `; the builder has it from ${builderPackage}`;
  const instead =
    story === null
      ? ""
      : shippedThere(story, there)
          .map((text) => `; ${text}`)
          .join("");
  return says === "table"
    ? `no package of ${there} has it${inBuilder}${instead}`
    : `apt in ${there} has no package with it${inBuilder}`;
}

function misread({ package: name, as, matches }: MissingHint & { kind: "misread" }): string {
  const list = matches.length === 0 ? "" : ` that matches ${matches.join(", ")}`;
  const reading = as === "pattern" ? `treat that as a pattern${list}` : `${as} ${name.slice(0, -1)} instead`;
  return `its package in the builder is called ${name}, which is not known to exist, and apt-get would ${reading}; if it does exist, add it to the Dockerfile yourself`;
}

function otherVersion({ builder, base, crossRelease }: MissingHint & { kind: "other-version" }): string {
  const advice = crossRelease ? "; build on the runtime's release" : "";
  return `built against ${builder.package} ${builder.version}, but the base has ${base.package} ${base.version}${advice}`;
}

function behind(line: number | null): string {
  return line === null ? "after the COPY" : `after the COPY in line ${line}`;
}
