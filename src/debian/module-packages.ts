/**
 * Whether a package has a module of a program, by Debian's names for such packages: `php8.4-pgsql` and `php-redis` (Debian PHP
 * policy), `libnginx-mod-http-geoip2` (ngx_http_geoip2_module.so), `libapache2-mod-wsgi-py3` (mod_wsgi.so).
 */
export function isModulePackage(name: string, moduleFile: string): boolean {
  const stem = moduleFile.replace(/\.so$/, "").toLowerCase();
  const nginx = /^ngx_(.+?)_module$/.exec(stem)?.[1];
  if (nginx !== undefined) return name === `libnginx-mod-${nginx.replaceAll("_", "-")}`;
  const apache = /^(?:mod_(.+)|lib(php)[0-9.]*)$/.exec(stem);
  if (apache !== null) {
    const mod = `libapache2-mod-${(apache[1] ?? apache[2] ?? "").replaceAll("_", "-")}`;
    return name === mod || (name.startsWith(mod) && /^[-0-9]/.test(name.slice(mod.length)));
  }
  const php = /^php[0-9.]*-([a-z0-9-]+)$/.exec(name)?.[1];
  // The extensions of one library are in one package: pdo_pgsql and pgsql, pdo_mysql and mysqli.
  const extension = stem
    .replace(/^pdo_/, "")
    .replace(/^mysqli$/, "mysql")
    .replace(/^sqlite$/, "sqlite3");
  return php === extension.replaceAll("_", "-");
}
