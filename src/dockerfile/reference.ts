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

/** Distributions without dpkg, by a word of their images' names or tags, and what they are called. */
const OTHERS: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^(?:alpine|alpinelinux|alpaquita|wolfi|chainguard)/, "Alpine"],
  [/^fedora/, "Fedora"],
  [/^(?:centos|quay-centos)/, "CentOS"],
  [/^(?:rhel|ubi\d*|redhat)/, "Red Hat Enterprise Linux"],
  [/^rocky(?:linux)?/, "Rocky Linux"],
  [/^alma(?:linux)?/, "AlmaLinux"],
  [/^(?:oraclelinux|ol\d)/, "Oracle Linux"],
  [/^(?:amazonlinux|al20\d\d)/, "Amazon Linux"],
  [/^(?:opensuse|sles?\d*|bci|leap|tumbleweed)$/, "SUSE"],
  [/^(?:archlinux|arch)$/, "Arch Linux"],
  [/^(?:azurelinux|mariner|cbl)/, "Azure Linux"],
  [/^photon/, "Photon OS"],
  [/^busybox/, "BusyBox"],
  [/^nixos/, "NixOS"],
  [/^(?:windows|nanoserver|windowsservercore|servercore)/, "Windows"],
];

/** The distribution without dpkg that an image is of by its name or tag (`node:22-alpine`); null if neither says so. */
export function otherDistribution(text: string): string | null {
  const { name, tag } = parseReference(text);
  const words = [...name.toLowerCase().split(/[/._-]/), ...(tag ?? "").toLowerCase().split(/[._-]/)];
  return OTHERS.find(([pattern]) => words.some((word) => pattern.test(word)))?.[1] ?? null;
}
