/** An image reference in its parts. */
export interface ImageReference {
  /** Without `docker.io/` and `library/`, which mean nothing. */
  readonly name: string;
  readonly tag: string | null;
  readonly digest: string | null;
}

/** Reads `[registry/]name[:tag][@digest]` (distribution/reference, ParseNormalizedNamed). */
export function parseReference(text: string): ImageReference {
  const [named = "", digest] = text.split("@", 2);
  const colon = named.lastIndexOf(":");
  // A colon before the last slash belongs to the registry's port.
  const tagged = colon > named.lastIndexOf("/");
  const path = tagged ? named.slice(0, colon) : named;
  return {
    name: path.replace(/^(?:index\.)?docker\.io\//, "").replace(/^library\//, ""),
    tag: tagged ? named.slice(colon + 1) : null,
    digest: digest ?? null,
  };
}

/** Whether a text can be an image reference; `{{ base }}` and `@BASE@` of a template are none (distribution/reference). */
export function isReference(text: string): boolean {
  return /^[A-Za-z0-9][\w.:/-]*(?:@[a-z0-9+._-]+:[0-9a-fA-F]+)?$/.test(text);
}

/** The official images of Debian and Ubuntu themselves: root is their user, the distribution's own archive their only source. */
export function isDistributionImage(text: string): boolean {
  const { name } = parseReference(text);
  return name === "debian" || name === "ubuntu";
}
