// Which packages have the libraries that a program links against when it is built with a -dev package.

const DEVELOPMENT = /-dev(?:-|$)/;
/**
 * Languages whose -dev packages hold sources or static code; there are thousands. Extension modules of interpreters use the
 * interpreter, which the runtime stage has: those of Python are not linked with libpython (What's New in Python 3.8).
 */
const NOT_LINKED = /^(?:librust-|golang-|libghc-|(?:lib)?(?:perl|python|ruby)[0-9.]*-dev)/;

/**
 * A map from each -dev package to its library packages, sorted: those that it depends on in exactly one version and that
 * ship a public library. Of one without any (default-libmysqlclient-dev), those of the -dev packages that it depends on,
 * if all of them lead to the same. A -dev package with a library that the base image has is left out.
 *
 * @param {readonly Record<string, string>[]} candidates with Package and Depends
 * @param {ReadonlySet<string>} libraries packages that ship a public library
 * @param {ReadonlySet<string>} base packages of the base image
 */
export function developmentOf(candidates, libraries, base) {
  const depends = new Map(candidates.map((one) => [one.Package, relations(one.Depends ?? "")]));
  const found = new Map();
  const follow = (name) => {
    if (NOT_LINKED.test(name)) return [];
    const known = found.get(name);
    if (known !== undefined) return known;
    found.set(name, []); // ends a cycle
    const relations = depends.get(name) ?? [];
    const own = relations.filter((one) => one.exact && libraries.has(one.name) && !DEVELOPMENT.test(one.name));
    const names = [...new Set(own.map((one) => one.name))].sort();
    found.set(name, names.length > 0 ? names : common(relations, follow));
    return found.get(name);
  };
  const rows = [...depends.keys()].filter((name) => DEVELOPMENT.test(name));
  const wanted = rows.map((name) => [name, follow(name)]);
  return new Map(wanted.filter(([, names]) => names.length > 0 && !names.some((name) => base.has(name))));
}

/** What all -dev packages among some relations lead to; nothing where they differ. */
function common(relations, follow) {
  const sets = relations
    .filter(({ name }) => DEVELOPMENT.test(name))
    .map(({ name }) => follow(name).join("|"))
    .filter((names) => names !== "");
  const [only, ...others] = new Set(sets);
  return only === undefined || others.length > 0 ? [] : only.split("|");
}

/** The relations of a Depends field; of alternatives the first one, which apt prefers. */
function relations(field) {
  return field.split(/\s*,\s*/).flatMap((group) => {
    const match = /^([a-z0-9][a-z0-9+.-]+)(?::\w+)?(?:\s*\(\s*(<<|<=|=|>=|>>))?/.exec(group);
    return match === null ? [] : [{ name: match[1], exact: match[2] === "=" }];
  });
}
