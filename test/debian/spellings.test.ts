import { expect, test } from "vitest";
import { isModulePackage } from "../../src/debian/module-packages.ts";
import { bothSpellings, escapePattern, ownedPath } from "../../src/debian/spellings.ts";

test.each([
  ["/usr/lib/x.so", ["/usr/lib/x.so", "/lib/x.so"]],
  ["/lib/x.so", ["/lib/x.so", "/usr/lib/x.so"]],
  ["/usr/sbin/x", ["/usr/sbin/x", "/sbin/x"]],
  ["/lib64/x", ["/lib64/x", "/usr/lib64/x"]],
  ["/usr/libexec/x", ["/usr/libexec/x"]],
  ["/opt/lib/x", ["/opt/lib/x"]],
  ["/opt/usr/lib/x", ["/opt/usr/lib/x"]],
  ["/lib", ["/lib"]],
])("dpkg may have %s as %j", (path, spellings) => {
  expect(bothSpellings(path)).toEqual(spellings);
});

test("a path as a pattern of dpkg -S matches itself alone", () => {
  expect(escapePattern("/a[1]*b?c\\d")).toBe("/a\\[1]\\*b\\?c\\\\d");
});

test.each([
  ["libc6, libc6:i386: /lib/x: y", "/lib/x: y"],
  ["diversion by a from: /usr/bin/x", "/usr/bin/x"],
  ["no path found matching pattern", null],
  ["a:/x", null],
])("%s has the path %s", (line, path) => {
  expect(ownedPath(line)).toBe(path);
});

test.each([
  ["php8.4-pgsql", "pgsql.so", true],
  ["php8.4-pgsql", "pdo_pgsql.so", true],
  ["php-mysql", "mysqli.so", true],
  ["php-mysql", "pdo_mysql.so", true],
  ["php8.4-sqlite3", "pdo_sqlite.so", true],
  ["php-redis", "REDIS.so", true],
  ["php-redis", "redis2.so", false],
  ["xphp-redis", "redis.so", false],
  ["php-redis-extra", "redis.so", false],
  ["libnginx-mod-http-geoip2", "ngx_http_geoip2_module.so", true],
  ["libnginx-mod-http-geoip", "ngx_http_geoip2_module.so", false],
  ["libapache2-mod-wsgi-py3", "mod_wsgi.so", true],
  ["libapache2-mod-wsgi", "mod_wsgi.so", true],
  ["libapache2-mod-wsgix", "mod_wsgi.so", false],
  ["libapache2-mod-php8.4", "libphp8.4.so", true],
  ["libapache2-mod-auth-openidc", "mod_auth_openidc.so", true],
  ["libredis", "redis.so", false],
  ["redis", "redis.so", false],
  ["php-redis", "redis.so.old", false],
  ["php-so-x", "so.x", false],
  ["php-a-b", "a_b.so", true],
  ["php-pdo-odbc", "pdo_odbc.so", false],
  ["php-odbc", "xpdo_odbc.so", false],
  ["php-mysqlix", "mysqlix.so", true],
  ["php-xmysqli", "xmysqli.so", true],
  ["php-sqlite3", "sqlite3.so", true],
  ["php-xsqlite", "xsqlite.so", true],
  ["php-sqlitex", "sqlitex.so", true],
  ["php8.4-redis.extra", "redis.so", false],
  ["libnginx-mod-x", "xngx_x_module.so", false],
  ["libnginx-mod-x", "ngx_x_module2.so", false],
  ["libnginx-mod-a-b-c", "ngx_a_b_c_module.so", true],
  ["libapache2-mod-x", "xmod_x.so", false],
  ["libapache2-mod-php", "libphp.so", true],
  ["libapache2-mod-php", "libphp8.4x.so", false],
  ["libapache2-mod-wsgix-1", "mod_wsgi.so", false],
])("%s has the module %s: %s", (name, module, has) => {
  expect(isModulePackage(name, module)).toBe(has);
});
