// The packages of a release's official base image: what debootstrap's variant minbase installs.
import { Failure } from "./archive.mjs";

/** Rows `package, version`, sorted by bytes. */
export function baseRows(archive, candidates) {
  const start = candidates
    .filter((one) => one.Essential === "yes" || one.Priority === "required" || one.Package === "apt")
    .map((one) => one.Package);
  const names = new Set(candidates.map((one) => one.Package));
  let rows = install(archive, start);
  // debootstrap merges /usr itself, and the official images have the empty package that says so; apt would take the tool.
  if (rows.some(([name]) => name === "usrmerge") && names.has("usr-is-merged"))
    rows = install(archive, [...start, "usr-is-merged"]);
  return rows.map((row) => row.join("\t")).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function install(archive, names) {
  const { status, stdout, stderr } = archive.simulate(names);
  if (status !== 0) throw new Failure(`apt cannot install the base of ${archive.codename}: ${stderr.trim()}`);
  return [...stdout.matchAll(/^Inst (\S+) \((\S+)/gm)].map(([, name, version]) => [name, version]);
}
