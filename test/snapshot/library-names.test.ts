import { describe, expect, it } from "vitest";
import { isMeant, isSearchedText, moduleName, namesInText } from "../../src/snapshot/library-names.ts";

describe("names of libraries in a text", () => {
  it.each<[string, string[]]>([
    // Whole names and paths, wherever they stand.
    ["export LD_PRELOAD=$(find /usr/lib -name libjemalloc.so.2 -print -quit)", ["libjemalloc.so.2"]],
    ["for f in /usr/lib/*/libjemalloc.so.2; do", ["/usr/lib/*/libjemalloc.so.2"]],
    ["find / -name 'libjemalloc.so*'", ["libjemalloc.so"]],
    ['f"libicuuc.so.{version}"', ["libicuuc.so"]],
    ["const libpq = 'libpq.so.5'", ["libpq.so.5"]],
    ["link to libaio.so.1t64", ["libaio.so.1t64"]],
    // Calls.
    ['find_library("pq")', ["libpq.so"]],
    ["ctypes.util.find_library('libmagic')", ["libmagic.so"]],
    ['ctypes.CDLL("libvips.so.42")', ["libvips.so.42"]],
    ['cdll.LoadLibrary("magic.so.1")', ["magic.so.1", "libmagic.so.1"]],
    ['  ffi_lib "vips"', ["libvips.so"]],
    ["  ffi_lib [\"vips.so.42\",\n    'libvips.so.42']", ["vips.so.42", "libvips.so.42"]],
    ["Fiddle.dlopen('/opt/x/libpq.so.5')", ["libpq.so.5"]],
    ["ffi.Library('libvips', { f: [] })", ["libvips.so"]],
    ['ffi.load("sodium")', ["libsodium.so"]],
    ["koffi.load('libvips.so.42')", ["libvips.so.42"]],
    ['Native.load("pq", Pq.class)', ["libpq.so"]],
    ['[DllImport("libgdiplus")]', ["libgdiplus.so"]],
    ["find_lib(lib => 'archive')", ["libarchive.so"]],
    // Settings.
    ["[pg]\nDriver = psqlodbcw.so", ["psqlodbcw.so"]],
    ["Driver=/usr/lib/x86_64-linux-gnu/odbc/libsqlite3odbc.so", ["/usr/lib/x86_64-linux-gnu/odbc/libsqlite3odbc.so"]],
    ["Driver=PostgreSQL Unicode", []],
    ["extension=pgsql", ["pgsql.so"]],
    ["zend_extension = opcache.so ; fast", ["opcache.so"]],
    ["load_module modules/ngx_http_geoip2_module.so;", ["ngx_http_geoip2_module.so"]],
    ["LoadModule wsgi_module /usr/lib/apache2/modules/mod_wsgi.so", ["/usr/lib/apache2/modules/mod_wsgi.so"]],
    ["LD_PRELOAD=mimalloc.so", ["mimalloc.so"]],
    // No names.
    ["mylibfoo.so.1", []],
    ["libfoo.sox, lib.so", []],
    ["CDLL(name)", []],
    ['find_library("no such library")', []],
    ["libx.so.1\0", []],
  ])("%j", (text, names) => {
    const libraries = namesInText(text).filter((name) => !name.startsWith("import "));
    expect([...new Set(libraries)]).toEqual(names);
  });

  it.each<[string, string[]]>([
    ["from psycopg2._psycopg import (\n  BINARY,\n  Error)", ["_psycopg", "Error"]],
    ["import _native, os", ["_native", "os"]],
    ['const thing = require("./build/Release/thing.node");', ["thing"]],
    ['require_relative "sqlite3/sqlite3_native"', ["sqlite3_native"]],
    ["import x from './thing.node'", ["thing"]],
  ])("modules: %j", (text, modules) => {
    expect(namesInText(text)).toEqual(expect.arrayContaining(modules.map((name) => `import ${name}`)));
  });

  it("takes time in proportion to the text", () => {
    const before = process.cpuUsage().user;
    for (const part of ["/lib", "//lib", "@/lib", "lib", "/lib/lib.s", "find_library([", "from ", "LD_PRELOAD="]) {
      namesInText(part.repeat((1024 * 1024) / part.length));
    }
    expect(process.cpuUsage().user - before).toBeLessThan(20_000_000);
  });
});

it.each([
  ["libicuuc.so", "libicuuc.so.76", true],
  ["libicuuc.so.76", "libicuuc.so.76", true],
  ["libicuuc.so.76.1", "libicuuc.so.76", true],
  ["/usr/lib/*/libicuuc.so.76", "libicuuc.so.76", true],
  ["libicuuc.so.7", "libicuuc.so.76", false],
  ["libicu.so", "libicuuc.so.76", false],
])("%s means %s: %s", (name, soname, expected) => expect(isMeant(name, soname)).toBe(expected));

it.each([
  ["/app/_psycopg.cpython-313-x86_64-linux-gnu.so", "_psycopg"],
  ["/app/thing.node", "thing"],
  ["/app/sqlite3_native.so", "sqlite3_native"],
  ["/app/libfoo.so", null],
  ["/app/program", null],
])("%s is the module %s", (path, name) => expect(moduleName(path)).toBe(name));

it.each([
  ["/app/start", 10, true],
  ["/app/README.md", 10, false],
  ["/app/x.d.ts", 10, false],
  ["/app/x.js", 0, false],
  ["/app/x.js", 2 ** 21, false],
])("%s of %d bytes is searched: %s", (path, size, expected) => expect(isSearchedText(path, size)).toBe(expected));
