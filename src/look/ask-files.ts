import { decodeName, encodeName } from "../base/names.ts";
import type { Engine, Image } from "../engine/engine.ts";
import type { FileAnswers, FileQuestions } from "../snapshot/answers.ts";
import { CLEAN_ENVIRONMENT, troubleOf } from "./by-script.ts";
import { broken, parseRecords, splitFields } from "./records.ts";

const LIMITS = { maxOutput: 256 * 1024 * 1024, timeoutMs: 600_000 };
/**
 * Run by perl-base. As ldd has it, LD_TRACE_LOADED_OBJECTS makes the loader list what it would map, check versions, and
 * start nothing; `ld.so --list` of older releases would end at the first library that is not there. alarm(2) outlives
 * exec: a loader that hangs is ended.
 */
const SCRIPT = String.raw`
use strict;
binmode STDIN; binmode STDOUT; $| = 1;
my @words = do { local $/; split /\0/, scalar(<STDIN>), -1 };
pop @words;
sub record { my ($key, $payload) = @_; print $key, ' ', length $payload, "\n", $payload, "\n" }
sub output {
  my ($prepare, @command) = @_;
  my $pid = open(my $from, '-|') // die "fork: $!";
  if (!$pid) {
    open STDERR, '>&', \*STDOUT; open STDIN, '<', '/dev/null';
    $prepare->();
    exec {$command[0]} @command or print("cannot be run: $!\n");
    close STDOUT; require POSIX; POSIX::_exit(126);
  }
  binmode $from;
  my $text = do { local $/; <$from> } // '';
  close $from;
  return ($? & 127 ? 'killed' : $? >> 8, $text);
}
my ($library_path, $preload, $purges, @rest) = @words;
my @purge = splice @rest, 0, $purges;
if (@purge) {
  my ($exit, $text) = output(sub {
    $ENV{PATH} = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    $ENV{DEBIAN_FRONTEND} = 'noninteractive';
  }, '/usr/bin/dpkg', '--purge', '--force-depends', '--', @purge);
  record('purge', "$exit\0$text");
}
while (@rest) {
  my ($kind, $loader, $path) = splice @rest, 0, 3;
  if ($kind eq 'program') { record('program', (-f $path && -x _ ? 1 : 0) . "\0" . (-e $path ? 1 : 0)); next }
  my ($exit, $text) = output(sub {
    $ENV{LD_TRACE_LOADED_OBJECTS} = 1;
    $ENV{LD_WARN} = $ENV{LD_BIND_NOW} = $ENV{LD_VERBOSE} = '';
    ($ENV{LD_LIBRARY_PATH}, $ENV{LD_PRELOAD}) = $kind eq 'secure' ? ('', '') : ($library_path, $preload);
    alarm 10;
  }, $loader, $path);
  record('file', "$exit\0$text");
}
record('end', '');
`;

/**
 * Asks an image's own loader about files at their places, in one throw-away container. No file is executed.
 * Null where the image has no perl to ask with.
 * @throws MsbDepsError `look-failed`
 */
export async function askFiles(
  engine: Engine,
  image: Image,
  questions: FileQuestions,
  signal: AbortSignal,
): Promise<FileAnswers | null> {
  const { purge, libraryPath, preload, files, programs } = questions;
  const words = [
    ...[libraryPath, preload, String(purge.length), ...purge],
    ...files.flatMap(({ secure, loader, path }) => [secure ? "secure" : "file", loader, path]),
    ...programs.flatMap((path) => ["program", "", path]),
  ];
  const result = await engine.run({
    image,
    command: ["/usr/bin/perl", "-e", SCRIPT],
    stdin: Buffer.concat(words.flatMap((word) => [encodeName(word), Buffer.of(0)])),
    endStdin: true,
    env: CLEAN_ENVIRONMENT,
    may: purge.length === 0 ? "read" : "change",
    ...LIMITS,
    signal,
  });
  if (result.notStarted !== null) return null;
  const trouble = troubleOf(result, LIMITS);
  if (trouble !== null) throw trouble;
  return readAnswers(result.stdout, questions);
}

function readAnswers(stdout: Buffer, { files, programs }: FileQuestions): FileAnswers {
  const records = parseRecords(stdout).map(({ key, payload }) => ({ key, fields: splitFields(payload, 2) }));
  const of = (wanted: string) => records.filter(({ key }) => key === wanted).map(({ fields }) => fields);
  const text = (field: Buffer | undefined): string => decodeName(field ?? Buffer.alloc(0));
  const [purged] = of("purge");
  const answers = {
    purged: purged === undefined ? null : Number(text(purged[0])),
    dpkg: text(purged?.[1]),
    files: of("file").map(([exit, said]) => ({
      exit: text(exit) === "killed" ? null : Number(text(exit)),
      text: text(said),
    })),
    programs: of("program").map(([executable, there]) => ({
      executable: text(executable) === "1",
      there: text(there) === "1",
    })),
  };
  if (answers.files.length !== files.length || answers.programs.length !== programs.length)
    throw broken(stdout.length, "fewer answers than questions");
  return answers;
}
