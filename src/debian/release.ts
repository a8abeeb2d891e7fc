/** Which distribution an image is of: `/etc/os-release` in short. */
export interface Release {
  readonly id: string;
  readonly versionId: string | null;
  readonly codename: string | null;
  readonly idLike: readonly string[];
  /** The codename of the Ubuntu or Debian release that a derivative is made from, where it says so. */
  readonly parent: { readonly id: string; readonly codename: string } | null;
}

/** A release that the mappings know, as a word: `debian-13`, `ubuntu-24.04`. */
export interface KnownRelease {
  readonly key: string;
  readonly codename: string;
  /** Not released yet: its packages change from day to day. */
  readonly moving?: boolean;
}

export interface ReleaseMatch {
  readonly key: string;
  /**
   * False for a derivative, whose parent's tables fit but which may have packages of its own, and for a release that
   * still moves: images of Debian testing and unstable call themselves the same, and the tables are older than both.
   */
  readonly exact: boolean;
}

/**
 * Reads os-release(5): assignments as a shell reads them, values bare or in quotes, later lines win. Null where the text
 * has no ID.
 */
export function readRelease(text: string): Release | null {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const match = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line.trim());
    if (match !== null) values.set(match[1] ?? "", unquote(match[2] ?? ""));
  }
  const word = (name: string): string | null => values.get(name)?.trim() || null;
  const id = word("ID");
  if (id === null) return null;
  const ubuntu = id === "ubuntu" ? null : word("UBUNTU_CODENAME");
  const debian = id === "debian" ? null : word("DEBIAN_CODENAME");
  const parent = ubuntu !== null ? { id: "ubuntu", codename: ubuntu } : null;
  return {
    id,
    versionId: word("VERSION_ID"),
    codename: word("VERSION_CODENAME"),
    idLike: (word("ID_LIKE") ?? "").split(/\s+/).filter((like) => like !== ""),
    parent: parent ?? (debian !== null ? { id: "debian", codename: debian } : null),
  };
}

/**
 * The known release that an image belongs to: by ID and VERSION_ID, by codename where a testing release has no version
 * yet, and for a derivative by its parent's codename (UBUNTU_CODENAME, DEBIAN_CODENAME), or by its own where ID_LIKE
 * says that it is the parent's. Null where nothing says so.
 */
export function matchRelease(release: Release, known: readonly KnownRelease[]): ReleaseMatch | null {
  const find = (id: string, test: (one: KnownRelease) => boolean): KnownRelease | null =>
    known.find((one) => one.key.startsWith(`${id}-`) && test(one)) ?? null;
  const { id, versionId, codename, parent, idLike } = release;
  const own = find(id, (one) => (versionId !== null ? one.key === `${id}-${versionId}` : one.codename === codename));
  if (own !== null) return { key: own.key, exact: own.moving !== true };
  if (parent !== null) {
    const found = find(parent.id, (one) => one.codename === parent.codename);
    return found === null ? null : { key: found.key, exact: false };
  }
  for (const like of idLike) {
    const found = find(like, (one) => one.codename === codename);
    if (found !== null) return { key: found.key, exact: false };
  }
  return null;
}

/** The value of a shell assignment without expansions: in a bare or double-quoted one a backslash hides a character. */
function unquote(value: string): string {
  const text = value.trim();
  const quote = text[0];
  if (quote !== '"' && quote !== "'") return text.replace(/\\(.)/g, "$1");
  const inner = text.length > 1 && text.endsWith(quote) ? text.slice(1, -1) : text.slice(1);
  return quote === "'" ? inner : inner.replace(/\\(["$`\\])/g, "$1");
}
