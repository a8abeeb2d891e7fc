import { ComponentType } from "@cyclonedx/cyclonedx-library/Enums";
import { Bom, Component, Metadata, Property, type PropertyRepository } from "@cyclonedx/cyclonedx-library/Models";
import { JSON as BomJson, JsonSerializer } from "@cyclonedx/cyclonedx-library/Serialize";
import { Spec1dot6 } from "@cyclonedx/cyclonedx-library/Spec";
import { PackageURL } from "packageurl-js";
import type { AddedPackage, Analysis, Distribution, Package } from "../analysis/model.ts";
import type { Entry } from "./entries.ts";
import { jsonText } from "./json.ts";
import { printable } from "./names.ts";
import { withoutCredentials } from "./output.ts";
import { tool } from "./tool.ts";

/**
 * A CycloneDX 1.6 document of what the runtime stage has because of the line: the packages that apt unpacks, and the
 * artifacts that need them. The base is not in it. No time and no serial number: the same answer gives the same bytes.
 */
export function cyclonedxReport(entries: readonly Entry<Analysis>[]): string {
  const { name, version } = tool();
  const metadata = new Metadata();
  metadata.tools.components.add(new Component(ComponentType.Application, name, { version }));
  const bom = new Bom({ metadata });
  const roots = entries.flatMap(({ label, platform, document }, index) =>
    document === null ? [] : stageComponent(label, platform, document, `${index}`, bom),
  );
  const [only] = roots;
  if (roots.length === 1 && only !== undefined) metadata.component = only;
  else for (const root of roots) bom.components.add(root);
  const normalized = new JsonSerializer(new BomJson.Normalize.Factory(Spec1dot6)).serialize(bom, {
    sortLists: true,
    space: 0,
  });
  return jsonText(JSON.parse(normalized) as object);
}

/** The runtime stage, with what it depends on added to the document. */
function stageComponent(label: string, platform: string | null, analysis: Analysis, id: string, bom: Bom): Component {
  const { runtime, added, artifacts } = analysis;
  const root = component(ComponentType.Container, label, `stage:${id}`);
  put(root.properties, "stage", runtime?.stage ?? null);
  put(root.properties, "base", runtime?.base ?? null);
  put(root.properties, "platform", platform ?? analysis.builders[0]?.platform ?? null);
  put(root.properties, "complete", String(analysis.complete && analysis.missing.length === 0));
  put(root.properties, "versions-from", added.from);
  const users = new Map<string, Component>();
  for (const { path, stage } of artifacts) {
    const user = component(ComponentType.File, path, `artifact:${id}:${path}`);
    put(user.properties, "stage", stage);
    users.set(path, user);
  }
  addPackages(root, users, analysis, id, bom);
  for (const user of users.values()) {
    if (user.dependencies.size === 0) continue;
    root.dependencies.add(user.bomRef);
    bom.components.add(user);
  }
  return root;
}

/** The packages of the line and their dependencies, each tied to what needs it. */
function addPackages(
  root: Component,
  users: ReadonlyMap<string, Component>,
  { added, packages, runtime, builders }: Analysis,
  id: string,
  bom: Bom,
): void {
  const distribution = runtime?.distribution ?? builders[0]?.distribution ?? null;
  const needed = new Map(packages.map((one) => [keyOf(one), one]));
  const components = new Map(
    added.packages.map((one) => [keyOf(one), packageComponent(one, needed.get(keyOf(one)), distribution, id)]),
  );
  for (const one of added.packages) {
    const own = components.get(keyOf(one));
    if (own === undefined) continue;
    bom.components.add(own);
    if (one.listed) root.dependencies.add(own.bomRef);
    for (const key of one.depends) link(own, components.get(key));
    for (const { artifact } of needed.get(keyOf(one))?.reasons ?? []) link(users.get(artifact), own);
  }
}

function keyOf({ name, architecture }: { readonly name: string; readonly architecture: string }): string {
  return `${name}:${architecture}`;
}

function link(from: Component | undefined, to: Component | undefined): void {
  if (from !== undefined && to !== undefined) from.dependencies.add(to.bomRef);
}

function packageComponent(
  one: AddedPackage,
  needed: Package | undefined,
  distribution: Distribution | null,
  id: string,
): Component {
  const purl = purlOf(one, distribution);
  const own = component(ComponentType.Library, one.name, `package:${id}:${purl}`);
  own.purl = purl;
  if (one.version !== null) own.version = one.version;
  put(own.properties, "status", one.listed ? (one.replaces === null ? "install" : "upgrade") : "dependency");
  put(own.properties, "installed-bytes", one.bytes === null ? null : String(one.bytes));
  for (const { artifact, kind } of needed?.reasons ?? []) put(own.properties, "needed-by", `${artifact} (${kind})`);
  return own;
}

/** `pkg:deb/debian/libicu76@76.1-4?arch=amd64&distro=debian-13` (package-url, types/deb-definition.json). */
export function purlOf(
  { name, architecture, version }: Pick<AddedPackage, "name" | "architecture" | "version">,
  distribution: Distribution | null,
): string {
  const release = distribution?.versionId ?? distribution?.codename ?? null;
  const qualifiers: Record<string, string> = { arch: architecture };
  if (distribution !== null)
    qualifiers.distro = safe(release === null ? distribution.id : `${distribution.id}-${release}`);
  const namespace = safe(distribution?.id ?? "debian");
  return new PackageURL(
    "deb",
    namespace,
    safe(name),
    version === null ? undefined : safe(version),
    qualifiers,
  ).toString();
}

function component(type: ComponentType, name: string, bomRef: string): Component {
  return new Component(type, safe(name), { bomRef: safe(bomRef) });
}

function put(properties: PropertyRepository, name: string, value: string | null): void {
  if (value !== null) properties.add(new Property(`msb-deps:${name}`, safe(value)));
}

function safe(text: string): string {
  return withoutCredentials(printable(text));
}
