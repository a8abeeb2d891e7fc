import { MsbDepsError } from "../base/errors.ts";
import { sortByName } from "../base/names.ts";
import { readStanzas, type Stanza } from "../debian/control.ts";
import { STATUS_FIELDS } from "../snapshot/snapshot.ts";

/** All of Debian has 70,000 packages, which have 450,000 relations to others. */
const MAX_PACKAGES = 100_000;
const MAX_RELATIONS = 1_000_000;
const RELATION_FIELDS = ["Pre-Depends", "Depends", "Provides"] as const;

/**
 * The packages of dpkg's status file, with {@link STATUS_FIELDS} in that order, sorted by package and architecture.
 * @throws MsbDepsError `look-failed` for more packages, or relations between them, than any system has
 */
export function parseStatus(text: string): Stanza[] {
  const packages: Stanza[] = [];
  let relations = 0;
  for (const stanza of readStanzas(text, STATUS_FIELDS)) {
    if (stanza.Package === undefined) continue;
    packages.push(inOrder(stanza));
    for (const field of RELATION_FIELDS) relations += (stanza[field] ?? "").split(/[,|]/).length;
    if (packages.length > MAX_PACKAGES) throw tooMuch(`${MAX_PACKAGES} packages`);
    if (relations > MAX_RELATIONS) throw tooMuch(`${MAX_RELATIONS} relations between packages`);
  }
  return sortByName(packages, (one) => `${one.Package}\0${one.Architecture ?? ""}`);
}

function inOrder(stanza: Stanza): Stanza {
  return Object.fromEntries(
    STATUS_FIELDS.flatMap((field) => (stanza[field] === undefined ? [] : [[field, stanza[field]]])),
  );
}

function tooMuch(what: string): MsbDepsError {
  return new MsbDepsError("look-failed", `the dpkg database of the image has more than ${what}.`, {
    hint: "No system has so many: look where its /var/lib/dpkg/status comes from.",
  });
}
