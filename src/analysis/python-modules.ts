import { realPathOf } from "../snapshot/path.ts";
import { pythonOfModule } from "../snapshot/python-modules.ts";
import type { BuilderScene } from "./scene.ts";

/**
 * The name of the interpreter that an extension module asks for. A module is for one version; where the builder's
 * `python3` is of that version the need is of `python3`, so that scripts and modules ask for the same.
 */
export function interpreterOfModule(path: string, builder: BuilderScene): string | null {
  const name = pythonOfModule(path);
  if (name === null || name === "python3") return name;
  const { view } = builder.image;
  const [one, other] = [realPathOf(view, "/usr/bin/python3"), realPathOf(view, `/usr/bin/${name}`)];
  return one.status === "found" && other.status === "found" && one.path === other.path ? "python3" : name;
}

/**
 * The package to name for an interpreter that a package owns. The owner of /usr/bin/python3 is python3-minimal, which
 * lacks most of the standard library (no json, no ssl) and is made for the boot process; what Debian's own tools name
 * for scripts and for extension modules is python3 (dh_python3(1), `${python3:Depends}`). In main of trixie 8,535
 * packages depend on python3 and one, python3 itself, on python3-minimal. Where the builder made do with the small
 * one, that is the evidence, and it stays.
 */
export function wholeInterpreter(owner: string, builder: BuilderScene): string {
  const small = /^(python3(?:\.\d+)?)-minimal:/.exec(owner)?.[1];
  return (small === undefined ? undefined : builder.image.installed.set.named(small)[0]?.key) ?? owner;
}
