import { DEFAULT_PATH } from "../base/paths.ts";
import { MERGED_PREFIX } from "../debian/spellings.ts";
import { FIXED_END_32, LARGE_PAGE, SMALL_PAGE, SMALL_PAGES } from "../elf/layout.ts";
import * as elf from "../elf/limits.ts";
import { machineNumber } from "../elf/machines.ts";
import { END } from "../elf/packing.ts";
import { LOADERS } from "../loader/loaders.ts";
import { DF_1_NODEFLIB } from "../loader/places.ts";
import { NEVER_EXAMINED, UNSAFE_NAME, UNSAFE_PATH } from "../loader/traceable.ts";
import {
  MAX_MENTIONS,
  MAX_TEXT,
  MAX_TEXTS,
  MENTION,
  MENTION_WORD,
  NO_TEXT,
  OPENERS,
} from "../snapshot/library-names.ts";
import { MAX_LINKS, PATH_MAX } from "../snapshot/path.ts";
import { PYTHON_MODULE } from "../snapshot/python-modules.ts";
import { MAX_SCRIPT, SHEBANG_BYTES, SHELL_LINE } from "../snapshot/shebang.ts";
import { GZIP_HEAD, MAX_ZIP_END, PROBED, TAR_BLOCK, ZIP } from "./archives/kinds.ts";
import { CONF_FILE, MAX_CACHE, MAX_CONF, MAX_FOLDERS, MAX_NAMED_PATHS } from "./closure.ts";
import { MAX_TEXT as MAX_LIST } from "./list-owners.ts";
import { RUNS } from "./questions.ts";
import { MOUNTED } from "./resolve.ts";
import { CAPABILITY_FOLDERS, LIBS, PLATFORMS, TRIPLET } from "./search-folders.ts";
import { MAX_PATHS_IN_TEXTS, MAX_SCRIPTS } from "./snapshot-build.ts";
import { MAX_NAMES, MAX_SEARCHED, OVERLAP, SONAME } from "./soname-strings.ts";

/** What the script keeps to; a file or directory beyond a limit is left to the next request. */
const LIMITS: Readonly<Record<string, number>> = {
  links: MAX_LINKS,
  path: PATH_MAX,
  directories: MAX_FOLDERS,
  named_paths: MAX_NAMED_PATHS,
  conf: MAX_CONF,
  cache: MAX_CACHE,
  list: MAX_LIST,
  // ELF files: what src/elf reads, and in all of one file.
  elf: 1 << 20,
  headers: elf.MAX_HEADER_BYTES,
  dynamic: elf.MAX_DYNAMIC_BYTES,
  needed: elf.MAX_NEEDED,
  name: elf.MAX_NAME_BYTES,
  search_path: elf.MAX_SEARCH_PATH_BYTES,
  search_directories: elf.MAX_SEARCH_PATH_FOLDERS,
  strings: elf.MAX_STRING_BYTES,
  versions: elf.MAX_VERSIONS,
  note: elf.MAX_NOTE_BYTES,
  sections: elf.MAX_SECTION_BYTES,
  section_names: 4096,
  page: LARGE_PAGE,
  fixed_end: FIXED_END_32,
  no_defaults: DF_1_NODEFLIB,
  // Other files.
  shebang: SHEBANG_BYTES,
  script: MAX_SCRIPT,
  scripts: MAX_SCRIPTS,
  end: END,
  probe: GZIP_HEAD,
  tar_block: TAR_BLOCK,
  zip_end: MAX_ZIP_END,
  zip_ends: 32 * 1024 * 1024,
  // The search for names.
  searched: MAX_SEARCHED,
  sonames: MAX_NAMES,
  overlap: OVERLAP,
  text: MAX_TEXT,
  texts: MAX_TEXTS,
  mentions: MAX_MENTIONS,
  paths_in_texts: MAX_PATHS_IN_TEXTS,
  // The loader: seconds of one process, bytes of its output, and of the names that one process is asked about.
  loader_seconds: 10,
  answer: 1 << 20,
  preload: 100_000,
};

/** Each is the source of a regular expression that JavaScript and Perl read the same way. */
const PATTERNS: Readonly<Record<string, string>> = {
  mounted: MOUNTED,
  unsafe_name: UNSAFE_NAME,
  unsafe_path: UNSAFE_PATH,
  merged: MERGED_PREFIX,
  no_library: NEVER_EXAMINED,
  triplet: `/${TRIPLET}(?![\\s\\S])`,
  library_directory: `/(?:${TRIPLET}|glibc-hwcaps(?:/[^/]+)?|${CAPABILITY_FOLDERS.join("|")})(?![\\s\\S])`,
  conf: CONF_FILE,
  shell: SHELL_LINE,
  python_module: PYTHON_MODULE,
  probed: PROBED,
  zip: ZIP,
  soname: SONAME,
  mention: MENTION,
  mention_word: MENTION_WORD,
  no_text: NO_TEXT,
};

type Row = readonly [table: string, key: string, value: string];

function tables(): readonly Row[] {
  return [
    ...DEFAULT_PATH.split(":").map((directory): Row => ["path", directory, ""]),
    ...OPENERS.map((name): Row => ["opener", name, ""]),
    ...LIBS.map((value): Row => ["token", "LIB", value]),
    ...PLATFORMS.map((value): Row => ["token", "PLATFORM", value]),
    ...[...SMALL_PAGES].map((machine): Row => ["page", numberOf(machine), String(SMALL_PAGE)]),
    ...Object.values(RUNS).flatMap(([own = "", ...others]) =>
      others.map((other): Row => ["runs", numberOf(own), numberOf(other)]),
    ),
    ...LOADERS.flatMap((row) =>
      ([32, 64] as const).flatMap((bits) =>
        (["little", "big"] as const)
          .filter((endian) => (row.class ?? bits) === bits && (row.endian ?? endian) === endian)
          .map((endian): Row => {
            const key = [numberOf(row.machine), bits / 32, endian === "little" ? 1 : 2].join(" ");
            return ["loader", key, `${row.flags ?? 0} ${row.path}`];
          }),
      ),
    ),
  ];
}

function numberOf(machine: string): string {
  return String(machineNumber(machine) ?? "");
}

/** The words of a request that give the script every rule it follows, each from the file that states it. */
export const TABLES: readonly string[] = [
  ...Object.entries(LIMITS).flatMap(([name, value]) => ["limit", name, String(value)]),
  ...Object.entries(PATTERNS).flatMap(([name, source]) => ["pattern", name, source]),
  ...tables().flatMap((row) => ["table", ...row]),
];
