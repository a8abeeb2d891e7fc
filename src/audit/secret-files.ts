import { basename } from "../base/paths.ts";

/** Files that hold credentials or private keys and nothing else. */
const SECRET =
  /^(?:id_(?:rsa|dsa|ecdsa|ed25519)|\.netrc|\.pypirc|\.pgpass|\.git-credentials|\.htpasswd|\.env|.+\.(?:key|p12|pfx|jks|keystore)|.*(?:private|secret)[\w.-]*\.pem)$/i;
/** Public halves, keys that packages are signed with, and what is made to be known: trust stores, test keys. */
const PUBLIC =
  /(?:^|[._-])(?:pub|public|gpg|asc|release|archive|keyring|signing|repo|truststore|cacerts|snakeoil|self-?signed|localhost|example|sample|dummy|fake|test|insecure)(?:[._-]|$)/i;
/** Where package managers keep the keys that they trust. */
const TRUSTED = /trusted\.gpg|\/keyrings?\b|rpm-gpg|\/apk\/keys|\/etc\/apt\b/i;

/**
 * Whether a source of COPY or ADD is a file with a secret, by its name. What ADD fetches from an address is public; an
 * .npmrc is not reported by its name, for most hold settings alone.
 */
export function isSecretFile(source: string, destination: string): boolean {
  if (/^[a-z][\w+.-]*:\/\//i.test(source)) return false;
  const name = basename(source);
  return SECRET.test(name) && !PUBLIC.test(name) && !TRUSTED.test(destination);
}
