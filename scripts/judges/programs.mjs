// The programs that the judges take their evidence from, by group: one builder image a group and release.
//
// `packages` are the packages whose own ELF files and scripts are the artifacts, as `make install DESTDIR=/out` of a
// two-stage Dockerfile would have made them. A name may hold `{word}`, which stands for the release's own version of it.

/** @typedef {"trixie" | "bookworm"} Release */
/**
 * @typedef {object} Program
 * @property {string} name
 * @property {string} group
 * @property {string} kind what the table says it is
 * @property {readonly string[]} packages empty for a program that the group's Dockerfile builds itself
 */

/** @type {readonly Release[]} */
export const RELEASES = ["trixie", "bookworm"];

/** @type {Readonly<Record<Release, Readonly<Record<string, string>>>>} */
const WORDS = {
  trixie: { postgresql: "17", php: "8.4", python: "3.13", ruby: "3.3", imagemagick: "7" },
  bookworm: { postgresql: "15", php: "8.2", python: "3.11", ruby: "3.1", imagemagick: "6" },
};

/** @type {Readonly<Record<string, Readonly<Record<string, readonly [string, ...string[]]>>>>} */
const GROUPS = {
  quick: {
    lua: ["language", "lua5.4"],
    jq: ["JSON tool", "jq"],
    rsync: ["file transfer", "rsync"],
    psql: ["database client", "postgresql-client-{postgresql}"],
  },
  servers: {
    nginx: ["HTTP server", "nginx", "libnginx-mod-http-image-filter", "libnginx-mod-stream"],
    apache: ["HTTP server", "apache2-bin"],
    lighttpd: ["HTTP server", "lighttpd"],
    haproxy: ["proxy", "haproxy"],
    exim: ["mail server", "exim4-daemon-light"],
    dovecot: ["mail server", "dovecot-core"],
    redis: ["database server", "redis-server", "redis-tools"],
    postgres: ["database server", "postgresql-{postgresql}"],
    mosquitto: ["message broker", "mosquitto"],
    unbound: ["DNS server", "unbound"],
    sshd: ["SSH server", "openssh-server"],
    squid: ["proxy", "squid"],
  },
  clients: {
    mariadb: ["database client", "mariadb-client-core"],
    sqlite: ["database client", "sqlite3"],
    smbclient: ["file transfer", "smbclient"],
    ssh: ["SSH client", "openssh-client"],
    curl: ["HTTP client", "curl"],
    git: ["version control", "git"],
    subversion: ["version control", "subversion"],
    gnupg: ["encryption", "gpg", "gpg-agent", "gpgsm"],
    lftp: ["file transfer", "lftp"],
    nmap: ["network tool", "nmap"],
    dig: ["DNS tool", "bind9-dnsutils"],
    aria2: ["HTTP client", "aria2"],
    tmux: ["terminal", "tmux"],
    vim: ["editor", "vim-nox"],
    "qemu-img": ["disk images", "qemu-utils"],
    weechat: ["chat, plugins", "weechat-core"],
  },
  languages: {
    ruby: ["language", "ruby{ruby}"],
    php: ["language", "php{php}-cli", "php{php}-xml", "php{php}-curl", "php{php}-mbstring", "php{php}-sqlite3"],
    python: ["language", "python{python}-minimal", "libpython{python}-minimal", "libpython{python}-stdlib"],
    tcl: ["language", "tcl8.6"],
    node: ["language", "nodejs"],
    "perl-dbi": ["language module", "libdbd-pg-perl", "libdbi-perl"],
    numpy: ["BLAS and LAPACK", "python3-numpy"],
    R: ["BLAS and LAPACK", "r-base-core"],
  },
  media: {
    imagemagick: ["image tool", "imagemagick-{imagemagick}.q16"],
    graphicsmagick: ["image tool", "graphicsmagick"],
    ffmpeg: ["media tool", "ffmpeg"],
    sox: ["media tool", "sox", "libsox-fmt-base"],
    poppler: ["PDF tool", "poppler-utils"],
    graphviz: ["graph tool, plugins", "graphviz"],
    ledger: ["Boost", "ledger"],
    i2pd: ["Boost", "i2pd"],
    "qbittorrent-nox": ["Qt, Boost", "qbittorrent-nox"],
    featherpad: ["Qt", "featherpad"],
    tesseract: ["image tool", "tesseract-ocr"],
  },
  origin: {
    inkscape: ["drawing, $ORIGIN/..", "inkscape"],
  },
  source: {
    "lua-source": ["language, built from source"],
    "lapack-source": ["BLAS and LAPACK, built from source"],
    "boost-source": ["Boost, built from source"],
  },
};

/** Installed for `npm run agree` alone: many packages with many libraries. */
const DESKTOP =
  "gdal-bin gimp inkscape kate kdenlive libreoffice-calc libreoffice-writer octave okular qgis scribus vlc wireshark";

/** The packages that are installed for agreement and for nothing else. */
export const AGREEMENT_PACKAGES = DESKTOP.split(" ");

/** The group of {@link AGREEMENT_PACKAGES}. */
export const AGREEMENT_GROUP = "desktop";

/** Every group of builder images. */
export const GROUP_NAMES = [...Object.keys(GROUPS), AGREEMENT_GROUP];

/**
 * The programs of a release, in the order of the list.
 *
 * @param {Release} release
 * @returns {Program[]}
 */
export function programsOf(release) {
  return Object.entries(GROUPS).flatMap(([group, members]) =>
    Object.entries(members).map(([name, [kind, ...packages]]) => ({
      name,
      group,
      kind,
      packages: packages.map((text) => text.replace(/\{(\w+)\}/g, (_, word) => WORDS[release][word] ?? word)),
    })),
  );
}
