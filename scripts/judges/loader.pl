# Runs in an image: asks its own dynamic loader about the files named on standard input (NUL-separated) and prints what
# does not resolve, a line each: PATH, a tab, the trouble. Knows nothing of msb-deps: readelf's facts are read here anew.
use strict;
use warnings;

my $LOADER = '/lib64/ld-linux-x86-64.so.2';
# As ldd has it: with `--list` the loader ends at the first library that it does not find.
$ENV{LD_TRACE_LOADED_OBJECTS} = 1;
$ENV{LD_WARN} = $ENV{LD_BIND_NOW} = $ENV{LD_VERBOSE} = '';
local $/ = "\0";
my @paths = <STDIN>;
chomp @paths;
local $/ = "\n";
my $asked = 0;
for my $path (@paths) {
  open my $file, '<:raw', $path or do { print "$path\tis not there\n"; next };
  read $file, my $head, 4096;
  if ($head =~ /^#!/) { script($path, $head) if -x $path; next }
  next if $head !~ /^\x7fELF\x02\x01/;
  my ($interpreter, $dynamic) = program_headers($file, $head);
  print "$path\tinterpreter $interpreter: is not there\n" if defined $interpreter && !-x $interpreter;
  next if !$dynamic;
  $asked++;
  my $pid = open(my $answer, q(-|));
  if (!$pid) { open STDERR, '>&', \*STDOUT; exec $LOADER, $path or exit 127 }
  my %seen;
  while (my $line = <$answer>) {
    chomp $line;
    next if $line !~ /not found|error while loading|cannot open/;
    $line =~ s/^\s+|\s+$//g;
    print "$path\t$line\n" if !$seen{$line}++;
  }
  close $answer;
  print "$path\tthe loader ended by signal ", $? & 127, "\n" if $? & 127;
}
print STDERR "$asked\n";

sub program_headers {
  my ($file, $head) = @_;
  my ($offset, $size, $count) = (unpack('Q<', substr $head, 32), unpack('v v', substr $head, 54));
  my ($interpreter, $dynamic);
  for my $index (0 .. $count - 1) {
    seek $file, $offset + $index * $size, 0;
    read $file, my $header, $size;
    my ($type, undef, $at, undef, undef, $length) = unpack 'V V Q< Q< Q< Q<', $header;
    $dynamic = 1 if $type == 2;
    next if $type != 3;
    seek $file, $at, 0;
    read $file, $interpreter, $length;
    $interpreter =~ s/\0.*//s;
  }
  return ($interpreter, $dynamic);
}

sub script {
  my ($path, $head) = @_;
  my ($line) = $head =~ /^#!\s*([^\n]*)/;
  my ($interpreter, @words) = split ' ', $line // '';
  return if !defined $interpreter;
  print "$path\tinterpreter $interpreter: is not there\n" if !-x $interpreter;
  return if $interpreter !~ m{/env$};
  my ($program) = grep { !/^-|=/ } @words;
  return if !defined $program;
  my @found = grep { -x "$_/$program" } split /:/, $ENV{PATH};
  print "$path\tprogram $program: is not there\n" if !@found;
}
