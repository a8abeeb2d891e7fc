// The words are those of BuildKit's own check (dockerfile2llb/convert.go, getSecretsRegex).
const SECRET = /(?:^|_)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
/** Names that end in what they hold; `key` and `auth` alone may be anything. */
const CERTAIN =
  /(?:^|_)(?:apikey|credentials?|password|pword|passwd|secret|secret_key_base|token|(?:access|account|api|deploy|encryption|license|master|private|secret|ssh|storage)_?key)$/i;
/** Public by its name, or because a bundler hands it to browsers (Create React App, Vite, Next.js and the like). */
const PUBLIC =
  /(?:^|_)(?:pub|public|publishable)(?:_|$)|site_key$|^(?:react_app|vite|gatsby|vue_app|nuxt_public|expo_public)_/i;
/** What is about a secret, and is none: where it lies, how long it is, what it is called, what it is checked with. */
const ABOUT =
  /_(?:algo|algorithm|class|dir|digest|driver|dummy|enabled|endpoint|expires|expiry|field|file|fingerprint|format|header|host|ids?|issuer|length|level|lifetime|max|md5|method|min|mode|name|order|path|pattern|policy|port|prefix|provider|realm|required|scopes?|servers?|sha\d*(?:sum)?|size|source|store|timeout|ttl|types?|uri|url|user|username|version)$/i;
/** Keys that packages and releases are signed with: Dockerfiles hold the public halves, or their names. */
const SIGNING =
  /(?:^|_)(?:apt|apk|archive|asc|gpg|keyring|pgp|release|repo|repository|rpm|signing|yum)_(?:\w+_)?(?:public_)?key(?:_|$)/i;

/**
 * What a variable's name says of its value. `certain`: it is a secret if it has a value at all · `perhaps`: it is one if it
 * looks like one · null: it is none.
 */
export function secretName(name: string): "certain" | "perhaps" | null {
  if (!SECRET.test(name) || PUBLIC.test(name) || ABOUT.test(name)) return null;
  return CERTAIN.test(name) && !SIGNING.test(name) ? "certain" : "perhaps";
}
