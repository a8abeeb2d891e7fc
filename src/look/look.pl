# The look inside: copies facts and bytes out of an image, runs the loader and dpkg -S, and judges nothing. What is
# gathered here is a superset; src/look/closure.ts picks from it and asks again for what it misses.
#
# Run by perl-base as `perl -e SCRIPT`, perl 5.30 or later, core modules alone.
#   stdin   LENGTH LF, then LENGTH bytes of words, each ended by NUL; stdin stays open until the client is gone
#   stdout  records: KEY SP LENGTH LF PAYLOAD LF, the last one is `end`
# Exit codes: 3 the client is gone, 4 out of time, 5 the request is broken.
use strict;
use Fcntl qw(O_RDONLY O_NONBLOCK O_NOFOLLOW S_ISREG);
use POSIX ();

my $MAX_HEAD = 4096;
my $MAX_TABLE = 65536;        # program headers, the dynamic section, a note segment
my $MAX_NAME = 4096;          # a name in .dynstr, PT_INTERP
my $MAX_SEARCH_PATH = 65536;  # RPATH and RUNPATH
my $MAX_VERSIONS = 65536;     # entries of a version table
my $MAX_ELF = 1 << 20;        # bytes given out of one ELF file here; a reader that needs more asks for it
my $MAX_ENDS = 32 << 20;      # the ends of zip files
my $MAX_CONF = 65536;
my $MAX_SCRIPT = 65536;       # src/snapshot/shebang.ts
my $MAX_SCRIPTS = 2 << 20;    # of all shell scripts (src/look/snapshot-build.ts)
my $MAX_CACHE = 16 << 20;
my $MAX_STATUS = 64 << 20;
my $MAX_STATES = 4 << 20;
my $MAX_FOLDERS = 10000;
my $MAX_ANSWER = 1 << 20;
my $MAX_SEARCHED = 512 << 20; # bytes searched for names (src/look/soname-strings.ts)
my $MAX_NAMES = 256;          # of one file
my $MAX_TEXT = 1 << 20;       # a text, and all texts, searched for names (src/snapshot/library-names.ts)
my $MAX_TEXTS = 128 << 20;
my $MAX_MENTIONS = 1024;      # of one text
my $LOADER_SECONDS = 10;

# ---------------------------------------------------------------------------------------------------- output, input

my $out = '';
my %running;

sub stop { my ($code) = @_; kill 'KILL', keys %running if %running; POSIX::_exit($code) }

sub flush_out {
  my $at = 0;
  while ($at < length $out) {
    my $n = syswrite STDOUT, $out, length($out) - $at, $at;
    if (defined $n) { $at += $n } elsif (!$!{EINTR}) { stop(3) }
  }
  $out = '';
}

sub record {
  my ($key, $payload) = @_;
  $out .= $key . ' ' . length($payload) . "\n" . $payload . "\n";
  flush_out() if length $out > 262144;
}

# Whether all that was seen is as linkers and packages make it, but for the ELF files of the names in %odd. Where it is not,
# or where something leads to such a name, no question is guessed: which files the loader may be asked about is decided in
# src/loader/traceable.ts, and what this lets through must be a part of that.
my ($plain, %odd) = 1;

sub failed { my ($path, $reason) = @_; $plain = 0; record('fail', "$path\0$reason") }

sub read_request {
  my ($head, $body) = ('', '');
  while ($head !~ /\n\z/) { sysread(STDIN, $head, 1, length $head) or stop(3); stop(5) if length $head > 12 }
  $head =~ /\A(\d+)\n\z/ or stop(5);
  while (length $body < $1) { sysread(STDIN, $body, $1 - length $body, length $body) or stop(3) }
  my @words = split /\0/, $body, -1;
  pop @words;
  return @words;
}

# The client keeps stdin open as long as it lives: a child waits for its end and ends us.
sub start_watcher {
  my $parent = $$;
  my $pid = fork;
  defined $pid or stop(5);
  return $pid if $pid;
  $SIG{TERM} = 'DEFAULT';
  open STDOUT, '>', '/dev/null';
  my $bytes;
  while (1) {
    my $n = sysread STDIN, $bytes, 4096;
    last if defined $n ? $n == 0 : !$!{EINTR};
  }
  kill 'TERM', $parent if getppid == $parent;
  POSIX::_exit(0);
}

# ------------------------------------------------------------------------------------------------------ file facts

my (%type, %target, %size, %visited, %listed, %examined, %owner_wanted);
my (@search_paths, @elf_artifacts, @texts, @interpreters, @links);
my (@openers, $mention, $no_text); # src/snapshot/library-names.ts
my @TYPES = ('', 'p', 'c', '', 'd', '', 'b', '', 'f', '', 'l', '', 's');

# What the engine lays over the image differs from look to look.
sub mounted { return $_[0] =~ m{\A/(?:proc|sys|dev)(?:/|\z)} }

# The type letter of a path, 'absent', or '' where it could not be looked at.
sub fact {
  my ($path) = @_;
  return $type{$path} if exists $type{$path};
  my @s = lstat $path;
  if (!@s) {
    my $absent = $!{ENOENT} || $!{ENOTDIR};
    if ($absent) { record('file', "absent 0 0 0 0\0$path") } else { failed($path, "lstat: $!") }
    return $type{$path} = $absent ? 'absent' : '';
  }
  my $letter = $TYPES[($s[2] >> 12) & 15] || '';
  my $size = $letter eq 'f' ? $s[7] : 0;
  my $head = join ' ', $letter, $s[2] & 07777, $s[4], $s[5], $size;
  if ($letter eq 'l') {
    my $to = readlink $path;
    if (!defined $to) { failed($path, "readlink: $!"); return $type{$path} = '' }
    $target{$path} = $to;
    $plain = 0 if $to =~ m{(?:\A|/)(?:proc|sys|dev)(?:/|\z)} || $to =~ tr{/}{} > 100;
    record('file', "$head\0$path\0$to");
  } else {
    $size{$path} = $size if $letter eq 'f';
    $plain = 0 if $letter !~ /[fd]/;
    record('file', "$head\0$path");
  }
  return $type{$path} = $letter;
}

# Lists a folder given without symlinks on its way; the paths of its entries.
sub list_folder {
  my ($path) = @_;
  return @{$listed{$path}} if $listed{$path};
  $listed{$path} = [];
  my $dir;
  if (!opendir $dir, $path) { failed($path, "opendir: $!"); return }
  my $prefix = $path eq '/' ? '/' : "$path/";
  my @entries = map { $prefix . $_ } grep { $_ ne '.' && $_ ne '..' } readdir $dir;
  closedir $dir;
  fact($_) for @entries;
  record('list', $path);
  $listed{$path} = \@entries;
  return @entries;
}

# Resolves a path component by component inside the image, with a fact for everything met. The real path, or undef.
sub visit {
  my ($path) = @_;
  return $visited{$path} if exists $visited{$path};
  $visited{$path} = undef;
  my @rest = split m{/+}, $path;
  my ($current, $links) = ('', 0);
  while (@rest) {
    my $name = shift @rest;
    next if $name eq '' || $name eq '.';
    if ($name eq '..') { $current =~ s{/[^/]*\z}{}; next }
    my $next = "$current/$name";
    return if mounted($next);
    my $what = fact($next);
    if ($what eq 'l') {
      return if ++$links > 40;
      my $to = $target{$next};
      $owner_wanted{$next} = 1;
      $current = '' if $to =~ m{\A/};
      unshift @rest, split m{/+}, $to;
      return if @rest > 4096;
      next;
    }
    return if $what eq 'absent' || $what eq '' || ($what ne 'd' && grep { $_ ne '' && $_ ne '.' } @rest);
    $current = $next;
  }
  $current = '/' if $current eq '';
  my $what = fact($current);
  if ($what eq 'f') { $owner_wanted{$current} = 1; examine($current) }
  return $visited{$path} = $current;
}

# ----------------------------------------------------------------------------------------------------- file contents

# Opens a regular file, and nothing else: what lies there may have changed since lstat.
sub open_file {
  my ($path) = @_;
  my $fh;
  if (!sysopen $fh, $path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW) { failed($path, "open: $!"); return }
  my @s = stat $fh;
  return $fh if @s && S_ISREG($s[2]);
  failed($path, 'open: no longer a regular file');
  return;
}

sub read_at {
  my ($fh, $offset, $length) = @_;
  my $bytes = '';
  defined sysseek $fh, $offset, 0 or return '';
  while (length $bytes < $length) {
    my $n = sysread $fh, $bytes, $length - length $bytes, length $bytes;
    next if !defined $n && $!{EINTR};
    last if !$n;
  }
  return $bytes;
}

# `spans` are [offset, bytes].
sub give { my ($path, @spans) = @_;
  record('bytes', join("\0", $path, join(',', map { $_->[0] . ':' . length $_->[1] } @spans), '') . join('', map { $_->[1] } @spans));
}

my %given;
sub give_whole {
  my ($path, $most) = @_;
  my $real = visit($path);
  return if !defined $real || $type{$real} ne 'f';
  return $given{$real} if exists $given{$real};
  $given{$real} = '';
  if ($size{$real} > $most) { failed($real, "larger than $most bytes"); return '' }
  my $fh = open_file($real) or return;
  my $bytes = read_at($fh, 0, $size{$real});
  give($real, [0, $bytes]);
  return $given{$real} = $bytes;
}

# Looks at a regular file once: ELF, script or other. The facts of an ELF file, {script => line}, or undef.
sub examine {
  my ($path) = @_;
  return $examined{$path} if exists $examined{$path};
  $examined{$path} = undef;
  return if !$size{$path};
  my $fh = open_file($path) or return;
  my $head = '';
  if (!defined sysread $fh, $head, $MAX_HEAD) { failed($path, "read: $!"); return }
  if (substr($head, 0, 4) eq "\x7fELF") {
    my $elf = examine_elf($path, $fh, $head);
    push @search_paths, [$path, $elf] if defined $elf->{rpath} || defined $elf->{runpath};
    return $examined{$path} = $elf;
  }
  if (substr($head, 0, 2) eq '#!') {
    give($path, [0, substr $head, 0, 256]);
    return $examined{$path} = {script => substr $head, 2, 254};
  }
  # What tells archives (src/look/archives/kinds.ts), and the end of a zip file, where its directory is.
  give($path, [0, substr $head, 0, $head =~ /\A(?:!<ar|\x1f\x8b)/ || !($size{$path} % 512) ? 1024 : 4]);
  if ($head =~ /\APK\x03\x04/ && ($MAX_ENDS -= 65557) > 0) {
    my $at = $size{$path} > 65557 ? $size{$path} - 65557 : 0;
    give($path, [$at, read_at($fh, $at, 65557)]);
  }
  return;
}

# ------------------------------------------------------------------------------------------------------------- ELF

# Reads with a window, so that neighbouring pieces cost one read; notes what was used.
{ package Elf;
  sub new { my ($class, $fh, $head, $size) = @_;
    return bless {fh => $fh, at => 0, window => $head, size => $size, spans => [], budget => $MAX_ELF}, $class }
  sub window { my ($s, $offset, $length) = @_;
    return $s->fail if $offset < 0 || $offset + $length > $s->{size} || $length < 0;
    if ($offset < $s->{at} || $offset + $length > $s->{at} + length $s->{window}) {
      $s->{at} = $offset;
      $s->{window} = main::read_at($s->{fh}, $offset, $length > 16384 ? $length : 16384);
      return $s->fail if length $s->{window} < $length;
    }
    return substr $s->{window}, $offset - $s->{at}, $length }
  sub fail { $_[0]{failed} = 1; return }
  sub note { my ($s, $offset, $bytes) = @_;
    $s->{budget} -= length $bytes;
    push @{$s->{spans}}, [$offset, $bytes] if $s->{budget} >= 0;
    return $s->{budget} >= 0 ? $bytes : scalar $s->fail }
  sub get { my ($s, $offset, $length) = @_;
    my $bytes = $s->window($offset, $length);
    return defined $bytes ? $s->note($offset, $bytes) : undef }
  sub string { my ($s, $offset, $most) = @_;
    return $s->{strings}{$offset} if exists $s->{strings}{$offset};
    for (my $look = 256; ; $look *= 4) {
      my $length = $look < $most ? $look : $most;
      $length = $s->{size} - $offset if $offset + $length > $s->{size};
      my $bytes = $length > 0 ? $s->window($offset, $length) : undef;
      return if !defined $bytes;
      my $end = index $bytes, "\0";
      if ($end >= 0) { $s->note($offset, substr $bytes, 0, $end + 1); return $s->{strings}{$offset} = substr $bytes, 0, $end }
      return $s->fail if $length < $look || $look >= $most;
    } }
}

# The section headers, the names before them and the file's end: they tell packed files (src/elf/packing.ts).
sub give_end {
  my ($path, $facts) = @_;
  my $fh = open_file($path) or return;
  my ($at, $length) = @{$facts->{sections} // [0, 0]};
  my $from = $at > $MAX_HEAD ? $at - $MAX_HEAD : 0;
  my $table = $length && $length <= $MAX_TABLE ? read_at($fh, $from, $at - $from + $length) : '';
  my $end = $size{$path} > 256 ? $size{$path} - 256 : 0;
  give($path, $table eq '' ? () : [$from, $table], [$end, read_at($fh, $end, 256)]);
}

sub examine_elf {
  my ($path, $fh, $head) = @_;
  my $e = Elf->new($fh, $head, $size{$path});
  my $facts = {elf => 1, needed => []};
  read_elf($e, $facts, $head);
  $odd{$path =~ s{.*/}{}sr} = 1 if !is_plain($e, $facts);
  delete @$facts{qw(segments table)};
  my @merged;
  for my $span (sort { $a->[0] <=> $b->[0] || length $b->[1] <=> length $a->[1] } @{$e->{spans}}) {
    my $last = $merged[-1];
    my $end = $last ? $last->[0] + length $last->[1] : -1;
    if ($span->[0] > $end) { push @merged, [@$span]; next }
    my $over = $span->[0] + length($span->[1]) - $end;
    $last->[1] .= substr $span->[1], -$over if $over > 0;
  }
  give($path, @merged ? @merged : [0, substr $head, 0, 4]);
  return $facts;
}

# Follows src/elf/reader.ts; damage just ends it.
sub read_elf {
  my ($e, $facts) = @_;
  my $ident = $e->get(0, 16) // return $e->get(0, 4);
  my ($class, $data, $version) = unpack 'x4CCC', $ident;
  return if $class < 1 || $class > 2 || $data < 1 || $data > 2;
  my $wide = $class == 2;
  my $o = $data == 1 ? '<' : '>';
  my $header = $e->get(0, $wide ? 64 : 52) // return;
  my $address = $wide ? "Q$o" : "L$o";
  my ($type, $machine) = unpack "x16S${o}S$o", $header;
  my $phoff = unpack $wide ? "x32Q$o" : "x28L$o", $header;
  my ($flags, $ehsize, $phentsize, $phnum) = unpack 'x' . ($wide ? 48 : 36) . "L${o}S${o}S${o}S$o", $header;
  @$facts{qw(class data version machine flags type table)} = ($class, $data, $version, $machine, $flags, $type, [$phoff, $phnum * $phentsize]);
  my ($shentsize, $shnum) = unpack 'x' . ($wide ? 58 : 46) . "S${o}S$o", $header;
  $facts->{sections} = [unpack($wide ? "x40Q$o" : "x32L$o", $header), $shnum * $shentsize];
  return if $type != 2 && $type != 3 || $phentsize != ($wide ? 56 : 32) || $phnum * $phentsize > $MAX_TABLE;
  my $table = $e->get($phoff, $phnum * $phentsize) // return;
  my @segments = map {
    my $ph = substr $table, $_ * $phentsize, $phentsize;
    # type offset address filesz memsz flags
    [$wide ? (unpack "L${o}x4Q${o}Q${o}x8Q${o}Q$o", $ph) : (unpack "L${o}L${o}L${o}x4L${o}L$o", $ph), unpack $wide ? "x4L$o" : "x24L$o", $ph];
  } 0 .. $phnum - 1;
  $facts->{read_only} = [map { $_->[0] == 1 && $_->[3] && !($_->[5] & 2) ? [$_->[1], $_->[1] + $_->[3]] : () } @segments];
  $facts->{segments} = \@segments;
  my $locate = sub {
    for my $s (@segments) { return $s->[1] + $_[0] - $s->[2] if $s->[0] == 1 && $_[0] >= $s->[2] && $_[0] < $s->[2] + $s->[3] }
    return $e->fail;
  };
  for my $s (@segments) { $e->get($s->[1], $s->[3] < $MAX_TABLE ? $s->[3] : $MAX_TABLE) if $s->[0] == 4 && $s->[3] }
  my ($interp) = grep { $_->[0] == 3 } @segments;
  $facts->{interp} = $e->string($interp->[1], $interp->[3] < $MAX_NAME ? $interp->[3] : $MAX_NAME) if $interp && $interp->[3];
  my ($dynamic) = grep { $_->[0] == 2 } @segments;
  return if !$dynamic || !$dynamic->[3] || $dynamic->[3] > $MAX_TABLE;
  my $entry = $wide ? 16 : 8;
  my $at = $locate->($dynamic->[2]) // return;
  my @words = unpack "($address)*", $e->get($at, $dynamic->[3] - $dynamic->[3] % $entry) // return;
  my (%value, @needed, @filters, $i);
  for ($i = 0; $i + 1 < @words && $words[$i]; $i += 2) {
    push @needed, $words[$i + 1] if $words[$i] == 1;
    push @filters, $words[$i + 1] if $words[$i] == 0x7ffffffd || $words[$i] == 0x7fffffff;
    $value{$words[$i]} = $words[$i + 1];
  }
  my @audit = grep { defined } @value{0x6ffffefb, 0x6ffffefc};
  my $strings = $locate->($value{5} // return) // return;
  my $string = sub { return $_[0] < ($value{10} // 0) ? $e->string($strings + $_[0], $_[1] // $MAX_NAME) : scalar $e->fail };
  $facts->{dynamic} = 1;
  $facts->{common} = $i + 1 < @words && !@audit;
  $string->($_) for @audit;
  $facts->{filters} = [map { $string->($_) // '' } @filters];
  $facts->{flags1} = $value{0x6ffffffb} // 0;
  $facts->{soname} = $string->($value{14}) if defined $value{14};
  $facts->{needed} = [map { $string->($_) // '' } @needed];
  $facts->{rpath} = $string->($value{15}, $MAX_SEARCH_PATH) if defined $value{15};
  $facts->{runpath} = $string->($value{29}, $MAX_SEARCH_PATH) if defined $value{29};
  my $left = $MAX_VERSIONS;
  if (defined $value{0x6ffffffe} && defined(my $need = $locate->($value{0x6ffffffe}))) {
    while ($left-- > 0) {
      my ($count, $file, $first, $next) = unpack "x2S${o}L${o}L${o}L$o", $e->get($need, 16) // last;
      $string->($file);
      for (my $aux = $need + $first; $count > 0 && $left-- > 0; ) {
        my ($name, $step) = unpack "x8L${o}L$o", $e->get($aux, 16) // last;
        $string->($name);
        $aux += $step || last;
      }
      $need += $next || last;
    }
  }
  if (defined $value{0x6ffffffc} && defined(my $def = $locate->($value{0x6ffffffc}))) {
    while ($left-- > 0) {
      my ($base, $first, $next) = unpack "x2S${o}x8L${o}L$o", $e->get($def, 20) // last;
      my $aux = $base & 1 ? undef : $e->get($def + $first, 8);
      $string->(unpack "L$o", $aux) if defined $aux;
      $def += $next || last;
    }
  }
}

# Whether no question about a file, or about one that loads it, can run code of it; stricter than src/elf/layout.ts, which
# has the reasons: no addresses above 1 GiB, pages of 64 KiB but on x86.
sub is_plain {
  my ($e, $f) = @_;
  return 0 if $e->{failed} || ($f->{version} // 0) != 1;
  return 1 if $f->{type} != 2 && $f->{type} != 3;
  my $page = $f->{machine} == 62 || $f->{machine} == 3 ? 4096 : 65536;
  my ($free, %count) = (0);
  my @segments = @{$f->{segments} // return 0};
  my @loads = grep { $_->[0] == 1 } @segments;
  for (@loads) {
    my (undef, $offset, $address, $in_file, $size) = @$_;
    return 0 if $address - $address % $page < $free || $in_file > $size || $address + $size > 1 << 30 || $offset + $in_file > $e->{size};
    $free = $address + $size + (-($address + $size)) % $page;
  }
  for (@segments) {
    my ($type, $offset, $address, $in_file, $size) = @$_;
    next if $type != 2 && $type != 3 && $type != 6;
    return 0 if $count{$type}++ || $in_file > $size || $offset + $in_file > $e->{size};
    # PT_PHDR is the table itself.
    my ($start, $length) = $type == 6 ? @{$f->{table}} : (undef, $in_file);
    my ($load) = grep { $address >= $_->[2] && $address + $length <= $_->[2] + $_->[3] } @loads or return 0;
    return 0 if defined $start && $load->[1] + $address - $load->[2] != $start;
  }
  return 1 if !$count{2};
  my @names = (@{$f->{needed}}, @{$f->{filters} // []});
  return 0 if !$f->{common} || @names > 1000 || grep { $_ eq '' || m{[/\$]|\.[ao]\z} } @names;
  return !grep { m{(?:\A|/)(?:proc|sys|dev)(?:/|\z)|\$\{?PLATFORM} || tr{/}{} > 100 } map { split /:/, $_ // '' } @$f{qw(rpath runpath)};
}

# The parts of a file that are loaded and not writable: in order, merged, within the file.
sub read_only_spans {
  my ($path) = @_;
  my @merged;
  for my $span (sort { $a->[0] <=> $b->[0] || $a->[1] <=> $b->[1] } @{$examined{$path}{read_only} // []}) {
    my ($start, $end) = ($span->[0], $span->[1] < $size{$path} ? $span->[1] : $size{$path});
    next if $start >= $end;
    if (@merged && $start <= $merged[-1][1]) { $merged[-1][1] = $end if $end > $merged[-1][1] }
    else { push @merged, [$start, $end] }
  }
  return @merged;
}

# The C strings that look like sonames; the rules, and why there are pieces, stand in src/look/soname-strings.ts.
sub soname_strings {
  my ($path) = @_;
  my $fh = open_file($path) or return;
  my (@names, %seen, %opens);
  for my $span (read_only_spans($path)) {
    my ($next, $end) = @$span;
    my ($text, $from) = ('', 0);
    while ($next < $end) {
      my $piece = read_at($fh, $next, $end - $next < 1 << 20 ? $end - $next : 1 << 20);
      last if $piece eq '';
      $text .= $piece;
      $next += length $piece;
      my $until = $next >= $end ? length $text : length($text) - 67;
      for (my $at = index $text, '.so', $from; $at >= 0 && $at < $until; $at = index $text, '.so', $at + 1) {
        substr($text, $at + 3, 64) =~ /\A(?:((?:\.[A-Za-z0-9_]+)*)\0|\.?[%{\0])/ or next;
        my $tail = $1 // '';
        my $start = $at > 129 ? $at - 129 : 0;
        substr($text, $start, $at - $start) =~ /(?:\A|[^A-Za-z0-9_.+-])(lib[A-Za-z0-9_.+-]*)\z/ or next;
        push @names, "$1.so$tail" if length $1 <= 128 && @names < $MAX_NAMES && !$seen{"$1.so$tail"}++;
      }
      $opens{$_} = 1 for grep { index($text, "$_\0") >= 0 } @openers;
      my $cut = length $text > 256 ? length($text) - 256 : 0;
      $from = $until > $cut ? $until - $cut : 0;
      $text = substr $text, $cut;
    }
  }
  record('strings', join "\0", $path, @names, sort keys %opens);
}

# Where a text names libraries or imports modules: what that means is for src/snapshot/library-names.ts, which made $mention.
sub text_mentions {
  my ($path) = @_;
  my $fh = open_file($path) or return;
  my $text = read_at($fh, 0, $size{$path} < $MAX_TEXT ? $size{$path} : $MAX_TEXT);
  my (@found, %seen);
  if (index($text, "\0") < 0) {
    while (@found < $MAX_MENTIONS && $text =~ /$mention/g) {
      my $one = $& . ($1 // '');
      push @found, $one if !$seen{$one}++;
    }
  }
  record('mentions', join "\0", $path, @found);
}

sub search_texts {
  my $left = $MAX_TEXTS;
  for my $path (sort @texts) {
    next if $size{$path} > $left;
    $left -= $size{$path};
    text_mentions($path);
  }
}

sub search_strings {
  my $left = $MAX_SEARCHED;
  for my $path (sort grep { $examined{$_}{dynamic} } @elf_artifacts) {
    my $bytes = 0;
    $bytes += $_->[1] - $_->[0] for read_only_spans($path);
    next if $bytes > $left;
    $left -= $bytes;
    soname_strings($path);
  }
}

# ---------------------------------------------------------------------------------------------------------- folders

# src/snapshot/shebang.ts
my @path_folders = qw(/usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin);

sub walk {
  my ($root) = @_;
  my @queue = ($root);
  while (@queue) {
    my $path = pop @queue;
    next if mounted($path);
    my $what = fact($path);
    if ($what eq 'd') { push @queue, list_folder($path) }
    elsif ($what eq 'l') { push @links, $path }
    elsif ($what eq 'f') {
      give_whole($path, $MAX_CONF) if $path =~ m{/(?:ld\.so\.conf|ld\.so\.preload|ld\.so\.conf\.d/[^/]*\.conf)\z};
      my $facts = examine($path);
      push @texts, $path if $size{$path} && $size{$path} <= $MAX_TEXT && !($facts && $facts->{elf}) && $path !~ $no_text;
      next if !$facts;
      $owner_wanted{$path} = 1;
      give_end($path, $facts);
      push @interpreters, interpreters_of($facts->{script}) if defined $facts->{script};
      give_script($path, $facts->{script}) if defined $facts->{script};
      push @interpreters, $facts->{interp} if defined $facts->{interp};
      push @elf_artifacts, $path if $facts->{elf};
      # src/snapshot/python-modules.ts
      push @interpreters, map { my $folder = $_; map { "$folder/$_" } 'python3', defined $1 ? "python3.$1" : () } @path_folders
        if $facts->{elf} && $path =~ /\.(?:cpython-3([0-9]+)-[A-Za-z0-9_-]+|abi3)\.so\z/;
    }
  }
}

# The scripts for a shell are wanted whole; which these are, and how many, is told in full by the reader.
sub give_script {
  my ($path, $line) = @_;
  return if $line !~ m{\A[^\n]*sh\b} || $size{$path} > $MAX_SCRIPT || $size{$path} > $MAX_SCRIPTS;
  $MAX_SCRIPTS -= $size{$path};
  give_whole($path, $MAX_SCRIPT);
}

# The paths that a `#!` line may mean; src/snapshot/shebang.ts tells why.
sub interpreters_of {
  my ($line) = @_;
  $line =~ s/[\n\0].*//s;
  my ($first, @words) = split ' ', $line =~ s/\A[ \t]+//r;
  return if !defined $first || $first !~ m{\A/};
  return $first if $first !~ m{/env\z};
  for my $word (@words) {
    $word =~ s/\A-S//;
    next if $word eq '' || $word =~ /\A-/ || $word =~ /=/;
    return $first, $word =~ m{/} ? $word : map { "$_/$word" } @path_folders;
  }
  return $first;
}

my (%folder_done, %triplets, %capability);

# A folder that the loader may look in, with its glibc-hwcaps folders.
sub library_folder {
  my ($path) = @_;
  my $real = visit($path);
  return if !defined $real || $type{$real} ne 'd' || $folder_done{$real}++;
  if (keys %folder_done > $MAX_FOLDERS) { $plain = 0; return }
  for my $entry (list_folder($real)) {
    my $what = $type{$entry};
    if ($what eq 'l') { visit($entry) }
    elsif ($what eq 'f') { $owner_wanted{$entry} = 1; examine($entry) if $entry !~ /\.[ao]\z/ }
    elsif ($what eq 'd' && $entry =~ m{/glibc-hwcaps\z}) { library_folder($_) for $entry, list_folder($entry) }
    elsif ($what eq 'd' && $entry =~ m{/([^/]*)\z} && $capability{$1}) { library_folder($entry) }
  }
}

sub expand_search_path {
  my ($path, $facts) = @_;
  my $origin = $path =~ s{/[^/]*\z}{}r;
  my @folders;
  for my $entry (map { split /:/, $_ // '', -1 } @$facts{qw(rpath runpath)}) {
    $entry =~ s/\$(?:ORIGIN\b|\{ORIGIN\})/$origin/g;
    my @entries = ($entry);
    @entries = map { my $e = $_; map { $e =~ s/\$(?:LIB\b|\{LIB\})/$_/gr } 'lib', 'lib64', 'lib32', 'libx32', map { "lib/$_" } keys %triplets } @entries if $entry =~ /\$\{?LIB/;
    @entries = map { my $e = $_; map { $e =~ s/\$(?:PLATFORM\b|\{PLATFORM\})/$_/gr } qw(x86_64 haswell i686 aarch64) } @entries if $entry =~ /\$\{?PLATFORM/;
    push @folders, map { m{\A/} ? $_ : "/$_" } @entries;
  }
  return @folders;
}

sub follow_search_paths { while (my $next = shift @search_paths) { library_folder($_) for expand_search_path(@$next) } }

sub read_conf {
  my ($path, $depth) = @_;
  my $text = give_whole($path, $MAX_CONF);
  return if !defined $text || $depth > 8;
  my @folders;
  for my $line (split /\n/, $text) {
    $line =~ s/#.*//s;
    $line =~ s/\A\s+|\s+\z//g;
    if ($line =~ s/\Ainclude[ \t]+//) { push @folders, map { read_conf($_, $depth + 1) } map { glob_paths($_) } split ' ', $line }
    elsif ($line =~ m{\A/} ) { push @folders, $line =~ s/=[^\/]*\z//r }
  }
  return @folders;
}

# Patterns in the last component alone, as ld.so.conf uses them.
sub glob_paths {
  my ($pattern) = @_;
  $pattern = "/etc/$pattern" if $pattern !~ m{\A/};
  return if length $pattern > 4096;
  my ($above, $last) = $pattern =~ m{\A(.*)/(.*)\z}s;
  return $pattern if $last !~ /[*?]/;
  my ($folder, $name) = (visit($above eq '' ? '/' : $above), join '', map { $_ eq '*' ? '[^/]*' : $_ eq '?' ? '[^/]' : quotemeta } split //, $last);
  # Many stars would take a regular expression for ever; what is left out here is asked for again.
  return if !defined $folder || $type{$folder} ne 'd' || $last =~ tr/*// > 3;
  return sort grep { m{/(?!\.)$name\z}s } list_folder($folder);
}

sub look_at_library_folders {
  my @default = map { ("/$_", "/usr/$_") } qw(lib lib64 lib32 libx32);
  visit($_) for '/bin', '/sbin', '/usr/bin', '/usr/sbin', @default;
  for my $parent ('/lib', '/usr/lib', '/usr/local/lib') {
    my $real = visit($parent) // next;
    next if $type{$real} ne 'd';
    for (list_folder($real)) { $triplets{$1} = 1 if $type{$_} eq 'd' && m{/([a-z0-9_]+-linux-[a-z0-9_]+)\z} }
  }
  library_folder($_) for @default, '/usr/local/lib', '/usr/local/lib64', map { ("/lib/$_", "/usr/lib/$_", "/usr/local/lib/$_") } sort keys %triplets;
  library_folder($_) for read_conf('/etc/ld.so.conf', 0);
  $plain = 0 if length(give_whole('/etc/ld.so.preload', $MAX_CONF) // '');
  my %cached = map { m{\A(/.*)/[^/]+\z}s ? ($1 => 1) : () } split /\0/, give_whole('/etc/ld.so.cache', $MAX_CACHE) // '';
  library_folder($_) for sort keys %cached;
}

# ------------------------------------------------------------------------------------------------------- processes

# Only what cannot change an answer; no LD_* or PERL* gets through.
sub clean_environment { %ENV = (PATH => '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL => 'C') }

# Starts a program, `$more` added to its environment: [pid, stdout, stderr or undef, a pipe that tells why exec failed].
sub start_program {
  my ($with_errors, $seconds, $more, @command) = @_;
  pipe my $out_r, my $out_w or return;
  pipe my $err_r, my $err_w or return;
  pipe my $why_r, my $why_w or return;
  my $pid = fork // return;
  if (!$pid) {
    $SIG{$_} = 'DEFAULT' for qw(TERM ALRM PIPE);
    open STDIN, '<', '/dev/null';
    POSIX::dup2(fileno $out_w, 1);
    if ($with_errors) { POSIX::dup2(fileno $err_w, 2) } else { open STDERR, '>', '/dev/null' }
    clean_environment();
    @ENV{keys %$more} = values %$more;
    chdir '/';
    alarm $seconds;
    execve(@command);
    syswrite $why_w, "$!";
    POSIX::_exit(127);
  }
  $running{$pid} = 1;
  return {pid => $pid, out => $out_r, err => $err_r, why => $why_r, text => {out => '', err => '', why => ''}};
}

# What ldd sets for the loader, which then lists what it maps and starts nothing. (`ld.so --list` of glibc 2.36 is no
# listing: it ends at the first library that is not there.)
my %TRACE = (LD_TRACE_LOADED_OBJECTS => 1, LD_WARN => '', LD_BIND_NOW => '', LD_VERBOSE => '');

# One question of the loader each, some at a time; calls back with each one's result.
sub run_all {
  my ($parallel, $more, $commands, $done) = @_;
  my (%open, $next);
  $next = 0;
  while ($next < @$commands || %open) {
    while ($next < @$commands && keys %open < $parallel) {
      my $program = start_program(1, $LOADER_SECONDS, {%TRACE, %$more}, @{$commands->[$next]});
      if (!$program) { $done->($next++, {why => "fork: $!", out => '', err => ''}, -1); next }
      $open{$next++} = $program;
    }
    my $bits = '';
    for my $p (values %open) { vec($bits, fileno $p->{$_}, 1) = 1 for grep { $p->{$_} } qw(out err why) }
    my $ready = $bits;
    select($ready, undef, undef, undef) > 0 or next;
    for my $index (sort { $a <=> $b } keys %open) {
      my $p = $open{$index};
      for my $name (qw(out err why)) {
        next if !$p->{$name} || !vec($ready, fileno $p->{$name}, 1);
        my $n = sysread $p->{$name}, $p->{text}{$name}, 65536, length $p->{text}{$name};
        kill 'KILL', $p->{pid} if length $p->{text}{$name} > $MAX_ANSWER;
        delete $p->{$name} if !$n;
      }
      next if $p->{out} || $p->{err} || $p->{why};
      waitpid $p->{pid}, 0;
      my $status = $?;
      delete $running{$p->{pid}};
      delete $open{$index};
      $done->($index, $p->{text}, $status);
    }
  }
}

sub ask_all {
  my ($alone, @questions) = @_;   # [loader, file]
  my $cores = 0;
  if (open my $fh, '<', '/proc/cpuinfo') { /\Aprocessor\b/ and $cores++ while <$fh> }
  my @opened;
  for my $loader ($alone ? () : sort { $a cmp $b } keys %{{map { $_->[0] => 1 } @questions}}) {
    my $found = look_up($loader, map { $_->[0] eq $loader ? $_->[1] : () } @questions) // next;
    push @opened, values %$found;
    @questions = grep { $_->[0] ne $loader || !is_settled($_->[1], $loader, $found) } @questions;
  }
  run_all($cores < 1 ? 1 : $cores > 8 ? 8 : $cores, {}, \@questions, sub {
    my ($index, $text, $status) = @_;
    my $code = $text->{why} ne '' || $status & 127 || $status < 0 ? '-' : $status >> 8;
    record('answer', join "\0", @{$questions[$index]}, $code, length $text->{out}, $text->{out} . $text->{err});
    push @opened, $text->{out} =~ m{^\t(?:.* => )?(/.*?) \(0x[0-9a-f]+\)$}mg;
  });
  for (@opened) { $owner_wanted{$_} = 1; visit($_) }
}

# Most files leave it to the defaults where their libraries are: then a name means the same library for all of them, and
# one process can be asked about all names. They stand in LD_PRELOAD of one of the files; what is not there only gives an error.
# An object with search rules of its own would change what the others' names mean: without the names that lead to it,
# the process runs again. The paths by name, or undef where files must be asked about one by one. How the answers are put
# together, and when not, is told in src/loader/default-lookup.ts.
sub look_up {
  my ($loader, @files) = @_;
  my (%lead, %found, $answer);
  my %facts = map { my $f = by_defaults($_); $f ? ($_ => $f) : () } @files;
  return if keys %facts < 8;
  for (1 .. 4) {
    my @able = grep { !grep { $lead{$_} } @{$facts{$_}{needed}} } sort keys %facts;
    my ($program) = grep { !defined $facts{$_}{soname} && ($facts{$_}{interp} // '') eq $loader } @able;
    return if !defined $program;
    my %names = map { $_ => 1 } grep { !/[\s:]/ } map { @{$facts{$_}{needed}} } @able;
    my $list = substr join(':', sort keys %names), 0, 100000;
    my $failed = 0;
    run_all(1, {LD_PRELOAD => $list}, [[$loader, $program]], sub { (undef, $answer, $failed) = @_ });
    return if $failed || $answer->{why} ne '';
    %found = $answer->{out} =~ m{^\t(\S+) => (/.*) \(0x[0-9a-f]+\)$}mg;
    my @own = grep { !by_defaults($found{$_}) } keys %found;
    last if !@own;
    @lead{@own} = (1) x @own;
    for (my $before = 0; $before != keys %lead; ) {
      $before = keys %lead;
      for my $name (grep { !$lead{$_} } keys %found) { $lead{$name} = 1 if grep { $lead{$_} } @{by_defaults($found{$name})->{needed}} }
    }
    %found = ();
  }
  return if !%found;
  record('lookup', join "\0", $loader, length $answer->{out}, $answer->{out} . $answer->{err});
  my %lacking = map { $_ => 1 } $answer->{err} =~ / \(required by (.*)\)$/mg;
  delete @found{grep { $lacking{$found{$_}} } keys %found};
  return \%found;
}

# The facts of an ELF file that leaves it to the defaults where its libraries are.
sub by_defaults {
  my $f = $examined{visit($_[0]) // ''};
  return $f && $f->{dynamic} && !defined $f->{rpath} && !defined $f->{runpath} && !@{$f->{filters}} && !($f->{flags1} & 0x800) ? $f : undef;
}

# Whether what a file needs, and what that needs, was all found by name.
sub is_settled {
  my ($path, $loader, $found) = @_;
  my $file = by_defaults($path) // return;
  my ($itself, %seen) = $loader =~ s{.*/}{}r;
  return if ($file->{needed}[0] // $itself) eq $itself || ($file->{interp} // $loader) ne $loader;
  my @queue = @{$file->{needed}};
  while (defined(my $name = shift @queue)) {
    next if $name eq $itself || $seen{$name}++;
    my $library = by_defaults($found->{$name} // return) // return;
    return if ($library->{soname} // $name) ne $name || $name eq ($file->{soname} // '');
    push @queue, @{$library->{needed}};
  }
  return 1;
}

# ----------------------------------------------------------------------------------------------------------- loader

# The loader's fixed path by e_machine, class, data and e_flags, as glibc and Debian have them (src/loader/loaders.ts).
sub loader_of {
  my ($f) = @_;
  my ($machine, $wide, $little) = ($f->{machine}, $f->{class} == 2, $f->{data} == 1);
  return $wide ? '/lib64/ld-linux-x86-64.so.2' : '/libx32/ld-linux-x32.so.2' if $machine == 62;
  return '/lib/ld-linux.so.2' if $machine == 3;
  return $little && $wide ? '/lib/ld-linux-aarch64.so.1' : undef if $machine == 183;
  return $f->{flags} & 0x400 ? '/lib/ld-linux-armhf.so.3' : '/lib/ld-linux.so.3' if $machine == 40 && $little;
  return $little ? '/lib64/ld64.so.2' : '/lib64/ld64.so.1' if $machine == 21;
  return '/lib/ld64.so.1' if $machine == 22 && $wide;
  return '/lib/ld-linux-riscv64-lp64d.so.1' if $machine == 243 && $wide;
  return '/lib64/ld-linux-loongarch-lp64d.so.1' if $machine == 258 && $wide;
  return;
}

# Whether a link, a need or a search path has a name of an odd file in it.
sub leads_to_odd {
  return 0 if !%odd;
  my @elf = grep { $_ && $_->{elf} } values %examined;
  my @words = map { @{$_->{needed}}, @{$_->{filters} // []}, grep { defined } @$_{qw(rpath runpath)} } @elf;
  return scalar grep { $odd{$_} } map { split m{[/:]} } values %target, @words;
}

sub questions {
  my %question;
  for my $path (sort @elf_artifacts) {
    my $f = $examined{$path};
    next if $odd{$path =~ s{.*/}{}sr};
    next if !$f->{dynamic} || (!@{$f->{needed}} && !defined $f->{interp});
    my @names = (@{$f->{needed}}, '', @{$f->{filters}}, map { $f->{$_} // '' } qw(rpath runpath));
    my $origin = grep({ /\$\{?ORIGIN/ } @names) ? $path =~ s{[^/]*\z}{}r : '';
    my $key = join "\0", (map { $f->{$_} // '-' } qw(class data machine flags interp soname flags1)), $origin, @names;
    my $loader = loader_of($f) // next;
    $question{$key} //= [$loader, $path];
  }
  return values %question;
}

# Whether a loader is for this machine (src/look/questions.ts); whether the kernel runs it is seen when it is asked.
sub runs_here {
  my ($loader) = @_;
  my $its = ($examined{$loader} // {})->{machine} // return 0;
  my $own = ($examined{visit($^X) // ''} // {})->{machine} // return 1;
  return $its == $own || $own == 62 && $its == 3 || $own == 183 && $its == 40;
}

# Whether a program of the image is the distribution's own: in no artifact, and in some package's list.
sub trusted {
  my ($path, @artifacts) = @_;
  my $real = visit($path);
  return if !defined $real || $type{$real} ne 'f';
  return if grep { $_ ne '/' && ($real eq $_ || index($real, "$_/") == 0) } @artifacts;
  return if !runs_here($real);
  my $pattern = join '|', map { quotemeta } map { both_spellings($_) } $path, $real;
  opendir my $dir, '/var/lib/dpkg/info' or return;
  for my $list (sort { ($b =~ /\Alibc/) <=> ($a =~ /\Alibc/) } grep { /\.list\z/ } readdir $dir) {
    open my $fh, '<:raw', "/var/lib/dpkg/info/$list" or next;
    local $/;
    return 1 if (<$fh> // '') =~ /^(?:$pattern)$/m;
  }
  return;
}

# ------------------------------------------------------------------------------------------------------------ dpkg

# Merged /usr: dpkg's database knows a file under the one name that its package has it under.
sub both_spellings {
  my ($path) = @_;
  return ($path, $path =~ s{\A/usr}{}r) if $path =~ m{\A/usr/(?:bin|sbin|lib|lib32|lib64|libx32|libo32)/};
  return ($path, "/usr$path") if $path =~ m{\A/(?:bin|sbin|lib|lib32|lib64|libx32|libo32)/};
  return $path;
}

sub ask_owners {
  my (@paths) = @_;
  return if !-s '/var/lib/dpkg/status';
  my %asked = map { $_ => 1 } map { both_spellings($_) } grep { !/\n/ } @paths;
  my @todo = sort keys %asked;
  record('asked', join "\0", @todo);
  my $room = (POSIX::sysconf(POSIX::_SC_ARG_MAX()) || 131072) / 2;
  $room = 1 << 20 if $room > 1 << 20;
  while (@todo) {
    my (@batch, $length);
    $length = 0;
    while (@todo && $length < $room) { my $pattern = shift(@todo) =~ s/([\\*?\[])/\\$1/gr; $length += length($pattern) + 9; push @batch, $pattern }
    my $program = start_program(0, 120, {}, '/usr/bin/dpkg-query', '-S', '--', @batch) or return failed('/var/lib/dpkg', "dpkg -S: $!");
    close delete $program->{err};
    my $text = '';
    while (sysread $program->{out}, $text, 262144, length $text) { }
    record('owners', $text);
    sysread $program->{why}, my $why, 200;
    waitpid $program->{pid}, 0;
    my $status = $?;
    delete $running{$program->{pid}};
    # 1 is the normal answer where some path has no owner (dpkg-query(1)).
    return failed('/var/lib/dpkg', 'dpkg -S: ' . ($why || "status $status")) if $why || $status != 0 && $status != 256;
  }
}

sub look_at_dpkg {
  give_whole('/var/lib/dpkg/status', $MAX_STATUS) // return;
  give_whole('/var/lib/dpkg/arch', $MAX_CONF);
  give_whole('/var/lib/apt/extended_states', $MAX_STATES);
  my $info = visit('/var/lib/dpkg/info') // return;
  give_whole($_, $MAX_CONF) for grep { /\.shlibs\z/ && $type{$_} eq 'f' } list_folder($info);
}

# ------------------------------------------------------------------------------------------------------------- main

binmode $_ for *STDIN, *STDOUT;
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = sub { stop(3) };
$SIG{ALRM} = sub { stop(4) };
umask 077;
clean_environment();

my %count = (artifact => 1, folder => 1, path => 1, loader => 1, seconds => 1, base => 1, capability => 1, stat => 1, list => 1, read => 3, ask => 2, owner => 1, strings => 1, alone => 1, opener => 1, text => 2);
my %ask;
my @request = read_request();
while (@request) {
  my $word = shift @request;
  my $n = $count{$word} or stop(5);
  @request >= $n or stop(5);
  push @{$ask{$word}}, [splice @request, 0, $n];
}
my %one = map { $_ => [map { $_->[0] } @{$ask{$_} // []}] } qw(artifact folder path loader seconds base capability stat list owner strings opener);
@capability{@{$one{capability}}} = (1) x @{$one{capability}};
@openers = @{$one{opener}};
($no_text, $mention) = map { qr/$_/ } @{($ask{text} // [['(?!)', '(?!)']])->[0]};
my $watcher = start_watcher();
alarm($one{seconds}[0] // 300);

fact('/');
for my $path (@{$one{artifact}}) {
  my $real = visit($path);
  # What is near, for the message.
  for (my $near = $path; !defined $real && $near =~ s{/[^/]*\z}{}; ) {
    my $folder = visit($near eq '' ? '/' : $near) // next;
    list_folder($folder) if $type{$folder} eq 'd';
    last;
  }
}
my @artifacts = grep { defined } map { visit($_) } @{$one{artifact}};
walk($_) for @artifacts;
if (@{$one{base}}) {
  look_at_library_folders();
  library_folder($_) for @{$one{folder}};
  visit($_) for @links, @interpreters, @{$one{path}}, '/etc/os-release';
  @owner_wanted{@interpreters, @{$one{path}}} = ();
  give_whole('/etc/os-release', $MAX_CONF);
  follow_search_paths();
  look_at_dpkg();
}
if (@{$one{loader}}) { search_strings(); search_texts() }
my @questions = @{$one{loader}} && $plain && !leads_to_odd() ? questions() : ();
my %loaders = map { $_->[0] => 1 } @questions;
$owner_wanted{$_} = 1 for keys %loaders;
$loaders{$_} = trusted($_, @artifacts) for keys %loaders;
ask_all($ask{alone}, @{$ask{ask} // []}, grep { $loaders{$_->[0]} } @questions);
follow_search_paths();
ask_owners(keys %owner_wanted, @{$one{owner}}) if @{$one{base}} || @{$one{owner}};

# What an earlier look did not bring.
fact($_) for @{$one{stat}};
for my $path (grep { fact($_) eq 'f' } @{$one{strings}}) {
  my $facts = examine($path);
  if ($facts && $facts->{elf}) { soname_strings($path) } else { text_mentions($path) }
}
list_folder($_) for @{$one{list}};
for (@{$ask{read} // []}) {
  my ($path, $offset, $length) = @$_;
  next if fact($path) ne 'f';
  my $fh = open_file($path) or next;
  give($path, [$offset, read_at($fh, $offset, $length)]);
}

record('end', '');
flush_out();
kill 'KILL', $watcher;
waitpid $watcher, 0;
