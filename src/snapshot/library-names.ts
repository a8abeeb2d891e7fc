import { compareNames } from "../base/names.ts";
import { basename } from "../base/paths.ts";
import type { FileFact } from "./snapshot.ts";

/**
 * Functions that open a library by a name which no DT_NEEDED has: dlopen(3) and dlmopen(3), and what is built on them in
 * GLib, libltdl, SDL, APR and Qt. Linkers merge the ends of names, so that `dlopen` stands for lt_dlopen and uv_dlopen too.
 */
export const OPENERS: readonly string[] = [
  "dlopen",
  "dlmopen",
  "g_module_open",
  "g_module_open_full",
  "lt_dlopenext",
  "lt_dlopenadvise",
  "SDL_LoadObject",
  "apr_dso_load",
  "_ZN8QLibrary4loadEv",
  "_ZN13QPluginLoader4loadEv",
];

/** A text is searched up to here, and so much of all texts of an image. */
export const MAX_TEXT = 1024 * 1024;
export const MAX_TEXTS = 128 * 1024 * 1024;
/** What is taken of one text. */
export const MAX_MENTIONS = 1024;

/**
 * Files that are no program's text: documents, sources of compiled languages, and what is compressed or compiled. As the
 * source of a regular expression that JavaScript and Perl read the same way.
 */
export const NO_TEXT =
  "\\.(?:md|rst|html?|s?css|less|svg|map|pot?|mo|h|hh|hpp|c|cc|cpp|cxx|rs|go|pyi|pyc|pyo|d\\.ts|png|jpe?g|gif|webp|ico|woff2?|ttf|otf|eot|gz|xz|bz2|zst|zip|jar|whl|tar|pdf|a|o|class|dll|exe|pem|crt)(?![\\s\\S])";

// What may stand before a name is nothing of the name: a text has only so many beginnings, and searching takes linear time.
const TAIL = "\\.so(?:\\.[0-9][A-Za-z0-9]*)*(?![A-Za-z0-9_])";
const LIBRARY = `(?<![A-Za-z0-9_.+-])lib[A-Za-z0-9_.+-]{1,128}?${TAIL}`;
const PATH = `(?<![A-Za-z0-9_./+@*-])/(?:usr/(?:local/)?)?lib[A-Za-z0-9_./+@*-]{1,200}?${TAIL}`;
/** Calls that get names of libraries as strings: ctypes, cffi, Ruby's FFI and Fiddle, JNA, JNI, LuaJIT, koffi, .NET, Deno. */
const CALL =
  "(?<![A-Za-z0-9_])(?:find_library|find_lib|CDLL|PyDLL|LoadLibrary|DllImport|NativeLibrary\\.Load|dlopen|dlmopen|dlload|ffi_lib|loadLibrary|load_library|Native\\.load|[Ff][Ff][Ii]\\.(?:Library|load)|koffi\\.load)(?![A-Za-z0-9_])";
/** Settings with a library or module as their value: odbcinst.ini, php.ini, nginx, Apache, Redis, the loader. */
const SETTING =
  "(?<![^\\n])[ \\t]*(?:[Dd]river(?:64)?[ \\t]*=|[Ss]etup(?:64)?[ \\t]*=|(?:zend_)?extension[ \\t]*=|load_module[ \\t]|loadmodule[ \\t]|LoadModule[ \\t])|LD_PRELOAD[\"'\\]]*[ \\t]*[=:]";
/** Statements that import a module. */
const IMPORT =
  "(?<![^\\n])[ \\t]*(?:from|import)[ \\t]|(?<![A-Za-z0-9_.])(?:require(?:_relative)?|import_module|import|bindings|process\\.dlopen)[ \\t]*\\(?[ \\t]*[\"']";

/**
 * Where a text names a library or imports a module: the match, and for a keyword what comes behind it, as the only group.
 * The script of the look searches with it too (look.pl), so it has what Perl and JavaScript both have.
 */
export const MENTION = `(?:${CALL}|${SETTING}|${IMPORT})(?=([^;]{0,160}))|${PATH}|${LIBRARY}`;

/**
 * A word that every mention has, in its line: what has none need not be searched with {@link MENTION}, which is slow in Perl.
 * No mention goes on in another line.
 */
export const MENTION_WORD =
  "\\.so|find_lib|CDLL|PyDLL|LoadLibrary|DllImport|NativeLibrary|dlopen|dlmopen|dlload|ffi_lib|loadLibrary|load_library|\\.load|\\.Library|river|etup|extension|load_module|loadmodule|LoadModule|LD_PRELOAD|import|require|bindings|\\n[ \\t]*from";

const CALLS = new RegExp(CALL);
const SETTINGS = new RegExp(SETTING);
const WHOLE_NAMES = new RegExp(`^(?:${PATH}|${LIBRARY})$`);
const MODULE_FILE = /[A-Za-z0-9_./+*-]{1,200}?\.so(?:\.[0-9][A-Za-z0-9]*)*(?![A-Za-z0-9_])/g;

/** How {@link namesInText} marks the names of imported modules. */
const IMPORTED = "import ";

/** Whether a file is searched as a text, by its name and size; that it has no NUL is seen when it is read. */
export function isSearchedText(path: string, size: number): boolean {
  return size > 0 && size <= MAX_TEXT && !NO_TEXTS.test(path);
}

const NO_TEXTS = new RegExp(NO_TEXT);

/** What a text mentions, as the script of the look gives it: each match with what stands behind its keyword. */
function mentionsIn(text: string): readonly string[] {
  const found = new Set<string>();
  for (const match of text.matchAll(new RegExp(MENTION, "g"))) {
    if (found.size >= MAX_MENTIONS) break;
    found.add(match[0] + (match[1] ?? ""));
  }
  return [...found];
}

/** The names of libraries in a text, and the modules that it imports as `import NAME`; nothing of what is no text. */
export function namesInText(text: string): readonly string[] {
  return text.includes("\0") ? [] : namesOfMentions(mentionsIn(text));
}

/** {@link namesInText} from the matches alone. */
export function namesOfMentions(mentions: readonly string[]): readonly string[] {
  const names = new Set<string>();
  for (const mention of mentions) for (const name of namesOf(mention)) names.add(name);
  return [...names];
}

/** The names of libraries in a text. */
export function librariesInText(text: string): readonly string[] {
  return namesInText(text).filter((name) => !name.startsWith(IMPORTED));
}

/** The module that an entry of {@link namesInText} says is imported; null where it names a library. */
function importedModule(name: string): string | null {
  return name.startsWith(IMPORTED) ? name.slice(IMPORTED.length) : null;
}

function namesOf(mention: string): readonly string[] {
  if (WHOLE_NAMES.test(mention)) return [mention];
  const call = CALLS.exec(mention);
  if (call?.index === 0) return literalsBehind(mention.slice(call[0].length)).flatMap(libraryOfLiteral);
  const setting = SETTINGS.exec(mention);
  if (setting?.index === 0) return valuesBehind(setting[0], lineOf(mention.slice(setting[0].length)));
  return importedIn(mention).map((name) => IMPORTED + name);
}

/** The first line of a text. */
function lineOf(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

/** The string literals that follow a call, one after the other: `("a", "b")`, ` ["a", 'b']`. */
function literalsBehind(text: string): readonly string[] {
  const list = /^[\s([]*((?:(?:[A-Za-z_]+\s*[=:]>?\s*)?["'][^"'\n]{1,128}["'][\s,\])]*)+)/.exec(text)?.[1] ?? "";
  return [...list.matchAll(/["']([^"'\n]{1,128})["']/g)].map(([, literal = ""]) => literal);
}

/** `pq`, `libpq` and `libpq.so.5` name a library; what has no shape of a name (an option, a sentence) does not. */
function libraryOfLiteral(literal: string): readonly string[] {
  if (!/^[A-Za-z0-9_./+-]+$/.test(literal)) return [];
  const file = literal.includes("/") ? basename(literal) : literal;
  const bare = file.startsWith("lib") ? file : `lib${file}`;
  if (/\.so(?:\.[0-9][A-Za-z0-9]*)*$/.test(file)) return file === bare ? [file] : [file, bare];
  return literal.includes("/") || file.length > 64 ? [] : [`${bare}.so`];
}

/** The modules in the value of a setting: file names, and for `extension=` a name without `.so`. */
function valuesBehind(keyword: string, value: string): readonly string[] {
  const files = [...value.matchAll(MODULE_FILE)].map(([file]) => (file.startsWith("/") ? file : basename(file)));
  const bare = /^[ \t]*["']?([A-Za-z0-9_]+)["']?[ \t\r]*(?:#.*)?$/.exec(value)?.[1];
  const isExtension = keyword.includes("extension");
  return isExtension && files.length === 0 && bare !== undefined ? [`${bare}.so`] : files;
}

/** Every word of an import: which of them are modules is seen by the files that are there. */
function importedIn(mention: string): readonly string[] {
  const line = lineOf(mention);
  const isOpen = line.includes("(") && !line.includes(")");
  const statement = isOpen ? (mention.split(")", 1)[0] ?? "") : line;
  return statement.match(/[A-Za-z0-9_][A-Za-z0-9_-]*/g) ?? [];
}

/** What a snapshot keeps of the names in a text: the libraries, and of the modules that it imports those given. */
export function mentioned(
  names: readonly string[],
  modules: ReadonlySet<string>,
): Pick<FileFact, "sonameStrings" | "imports"> {
  const imports = names.flatMap((name) => importedModule(name) ?? []).filter((name) => modules.has(name));
  const libraries = names.filter((name) => importedModule(name) === null);
  return {
    ...(libraries.length === 0 ? {} : { sonameStrings: libraries.sort(compareNames) }),
    ...(imports.length === 0 ? {} : { imports: imports.sort(compareNames) }),
  };
}

/** What a text imports an extension module by (`_psycopg.cpython-313-x86_64-linux-gnu.so`, `thing.node`); null: no module. */
export function moduleName(path: string): string | null {
  const file = basename(path);
  return /^(?!lib)[^.]+\.(?:.*\.)?(?:so|node)$/.test(file) ? (file.split(".")[0] ?? null) : null;
}

/**
 * Whether a name in a file means a library: the same name; one without a version (`libicuuc.so`), which stands for every
 * version; or the file behind a SONAME (`libicuuc.so.76.1`).
 */
export function isMeant(name: string, soname: string): boolean {
  const file = basename(name);
  return file === soname || soname.startsWith(`${file}.`) || file.startsWith(`${soname}.`);
}
