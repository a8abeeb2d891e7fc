// Programs that open what the loader does not show: what is copied of them, and the run that shows it.

/**
 * `files`: of the build context · `make`: shell commands that fill /out · `command`: what is traced · `args`: options of trace ·
 * `stdin`: what the command reads.
 * @typedef {{ name: string, about: string, files?: Record<string, string>, make: string, command: string[], args?: string[],
 *   stdin?: string }} Program
 */

/** @typedef {"bookworm" | "trixie"} Release */

/** @param {string} text a shell script @returns {string[]} */
const sh = (text) => ["/bin/sh", "-c", text];

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="8" fill="red"/></svg>\n';

const SASL = `#include <sasl/sasl.h>
#include <stdio.h>
#include <string.h>
int main(void) {
  sasl_conn_t *c; const char *list = ""; int n = 0;
  if (sasl_client_init(0) || sasl_client_new("smtp", "localhost", 0, 0, 0, 0, &c)) return 2;
  if (sasl_listmech(c, 0, "", " ", "", &list, 0, &n)) list = "";
  printf("%s\\n", list);
  return strstr(list, "ANONYMOUS") == 0;
}
`;

const CERTIFICATES = `#include <stdio.h>
int main(void) {
  FILE *f = fopen("/usr/share/zoneinfo/Europe/Berlin", "r"), *g = fopen("/etc/ssl/certs/ca-certificates.crt", "r");
  printf("%d %d\\n", f != 0, g != 0);
  return !(f && g);
}
`;

const NGINX = `load_module /usr/lib/nginx/modules/ngx_http_echo_module.so;
daemon off; error_log stderr; pid /tmp/nginx.pid;
events {}
http { access_log off; server { listen 8080; location / { echo hello; } } }
`;

/** @param {Release} release @returns {Program[]} */
export function programs(release) {
  const php = release === "trixie" ? "8.4" : "8.2";
  const convert = release === "trixie" ? "magick-im7.q16" : "convert-im6.q16";
  const copy = (/** @type {string} */ path, /** @type {string} */ name) =>
    `mkdir -p /out/usr/local/bin && cp -L ${path} /out/usr/local/bin/${name}`;
  const script = (/** @type {string} */ name) =>
    `mkdir -p /out/usr/local/bin && install -m 755 /src/${name} /out/usr/local/bin/${name}`;
  return [
    {
      name: "sasl",
      about: "mechanisms of SASL, as Postfix uses them",
      files: { "sasl.c": SASL },
      make: "mkdir -p /out/usr/local/bin && gcc -o /out/usr/local/bin/sasl /src/sasl.c -lsasl2",
      command: ["sasl"],
    },
    {
      name: "gstreamer",
      about: "a pipeline by the names of its elements",
      make: copy("/usr/bin/gst-launch-1.0", "gst-launch-1.0"),
      command: sh("gst-launch-1.0 -q audiotestsrc num-buffers=5 ! audioconvert ! vorbisenc ! fakesink"),
      args: ["--env", "HOME=/tmp"],
    },
    {
      name: "imagemagick",
      about: "a coder for SVG",
      files: { "in.svg": SVG },
      make: `${copy(`/usr/bin/${convert}`, "convert")} && mkdir -p /out/srv && cp /src/in.svg /out/srv/`,
      command: ["convert", "msvg:/srv/in.svg", "png:/tmp/out.png"],
    },
    {
      name: "python",
      about: "ssl, zoneinfo, ctypes find_library",
      files: {
        "app.py": `#!/usr/bin/python3
import ctypes, ctypes.util, ssl, zoneinfo
print(zoneinfo.ZoneInfo("Europe/Berlin"), len(ssl.create_default_context().get_ca_certs()))
assert ssl.create_default_context().get_ca_certs()
print(ctypes.CDLL(ctypes.util.find_library("".join(["sq", "lite3"]))))
`,
      },
      make: script("app.py"),
      command: ["app.py"],
    },
    {
      name: "php",
      about: "an extension that an ini file loads",
      files: { "99-extra.ini": "extension=intl\n" },
      make: `${copy(`/usr/bin/php${php}`, "php")} && mkdir -p /out/etc/php/${php}/cli/conf.d && cp /src/99-extra.ini /out/etc/php/${php}/cli/conf.d/`,
      command: [
        "php",
        "-r",
        'echo Locale::getDisplayRegion("-DE", "fr"), "\\n"; exit(extension_loaded("intl") ? 0 : 1);',
      ],
    },
    {
      name: "ruby",
      about: "a library by ffi",
      files: {
        "app.rb": `#!/usr/bin/ruby
require "ffi"
module Curl
  extend FFI::Library
  ffi_lib ["lib", "curl.so.4"].join
  attach_function :curl_version, [], :string
end
puts Curl.curl_version
`,
      },
      make: script("app.rb"),
      command: ["app.rb"],
    },
    {
      name: "odbc",
      about: "a driver of unixODBC",
      files: { "odbcinst.ini": "[Lite]\nDriver=libsqlite3odbc.so\n" },
      make: `${copy("/usr/bin/isql", "isql")} && mkdir -p /out/etc && cp /src/odbcinst.ini /out/etc/`,
      command: ["isql", "-v", "-b", "-k", "Driver=Lite;Database=/tmp/x.db"],
      args: ["--stdin"],
      stdin: "select 1;\n",
    },
    {
      name: "git",
      about: "https: git-remote-https",
      make: copy("/usr/bin/git", "git"),
      command: sh("git ls-remote https://127.0.0.1:9/x.git 2>&1 | tee /dev/stderr | grep -q 'connect to'"),
    },
    {
      name: "perl",
      about: "an XS module and a locale",
      files: {
        "app.pl": `#!/usr/bin/perl
use strict; use POSIX; use DBI;
my $locale = POSIX::setlocale(POSIX::LC_ALL(), "de_DE.UTF-8") or die "no locale\\n";
my ($n) = DBI->connect("dbi:SQLite:dbname=:memory:")->selectrow_array("select 6 * 7");
print strftime("%A", 0, 0, 0, 1, 0, 100), " $n\\n";
`,
      },
      make: script("app.pl"),
      command: ["app.pl"],
    },
    {
      name: "static",
      about: "a static program that reads time zones and certificates",
      files: { "static.c": CERTIFICATES },
      make: "mkdir -p /out/usr/local/bin && gcc -static -o /out/usr/local/bin/static /src/static.c",
      command: ["static"],
    },
    {
      name: "nginx",
      about: "a dynamic module; a server with a probe",
      files: { "nginx.conf": NGINX },
      make: `${copy("/usr/sbin/nginx", "nginx")} && mkdir -p /out/srv && cp /src/nginx.conf /out/srv/`,
      command: ["nginx", "-p", "/tmp", "-c", "/srv/nginx.conf"],
      args: ["--user", "0", "--ready", "curl -s http://127.0.0.1:8080/", "--probe", "curl -fs http://127.0.0.1:8080/"],
    },
    {
      name: "nss",
      about: "a service of the name service switch",
      files: { "nsswitch.conf": "passwd: files\nhosts: files myhostname\n" },
      make: `${copy("/usr/bin/getent", "getent")} && mkdir -p /out/etc && cp /src/nsswitch.conf /out/etc/`,
      command: ["getent", "hosts", "_gateway.localhost"],
    },
    {
      name: "tar",
      about: "a program that tar starts",
      files: { "app.sh": "#!/bin/sh\nset -e\ncd /tmp\ntar -xJf /srv/a.tar.xz\ncat a\n" },
      make: `${script("app.sh")} && mkdir -p /out/srv && mkdir /t && cd /t && echo hello > a && tar -cJf /out/srv/a.tar.xz a`,
      command: ["app.sh"],
    },
    {
      name: "pixbuf",
      about: "a loader of gdk-pixbuf",
      files: { "in.svg": SVG },
      make: `${copy("/usr/bin/gdk-pixbuf-thumbnailer", "thumbnailer")} && mkdir -p /out/srv && cp /src/in.svg /out/srv/`,
      command: sh("thumbnailer /srv/in.svg /tmp/out.png && test -s /tmp/out.png"),
    },
    {
      name: "hunspell",
      about: "a dictionary",
      make: copy("/usr/bin/hunspell", "hunspell"),
      command: ["hunspell", "-d", "de_DE", "-l"],
      args: ["--stdin"],
      stdin: "Haus\n",
    },
    {
      name: "tcl",
      about: "a package of Tcl with a library",
      files: {
        "app.tcl": "#!/usr/bin/tclsh\npackage require sqlite3\nsqlite3 db :memory:\nputs [db eval {select 1}]\n",
      },
      make: script("app.tcl"),
      command: ["app.tcl"],
    },
    {
      name: "lua",
      about: "a module with a library",
      files: { "app.lua": '#!/usr/bin/lua5.4\nprint(require("cjson").encode({1}))\n' },
      make: script("app.lua"),
      command: ["app.lua"],
    },
  ];
}

/**
 * What the builders have: one for all programs, so that full runs also see what they do not need.
 * @param {Release} release
 */
export const packages = (release) => [
  release === "trixie" ? "libmagickcore-7.q16-10-extra" : "libmagickcore-6.q16-6-extra",
  "ca-certificates",
  "curl",
  "gcc",
  "git",
  "gstreamer1.0-plugins-base",
  "gstreamer1.0-tools",
  "hunspell",
  "hunspell-de-de",
  "imagemagick",
  "libc6-dev",
  "libdbd-sqlite3-perl",
  "libgdk-pixbuf2.0-bin",
  "libmagickcore-*-extra",
  "libnginx-mod-http-echo",
  "libnss-myhostname",
  "librsvg2-common",
  "libsasl2-dev",
  "libsasl2-modules",
  "libsqlite3-tcl",
  "libsqliteodbc",
  "locales-all",
  "lua-cjson",
  "lua5.4",
  "nginx-light",
  "odbcinst",
  "php-cli",
  "php-intl",
  "python3",
  "ruby",
  "ruby-ffi",
  "tcl",
  "unixodbc",
  "xz-utils",
];
