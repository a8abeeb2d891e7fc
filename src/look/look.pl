# Runs inside an image: copies facts and bytes out of it and asks its loaders. It judges nothing and states no rule: paths,
# patterns and limits come with the request (src/look/tables.ts). What it gives is a guess of what a snapshot needs, which
# saves round trips; src/look/closure.ts decides, and asks again for what is missing.
#
# Run by perl-base as `perl -e SCRIPT`, perl 5.30 or later, core modules alone.
#   stdin   LENGTH LF, then LENGTH bytes of words, each ended by NUL; stdin stays open until the client is gone
#   stdout  records: KEY SP LENGTH LF PAYLOAD LF, the last one is `end`
# Exit codes: 3 the client is gone, 4 out of time, 5 the request is broken.
use strict;
use Fcntl qw(O_RDONLY O_NONBLOCK O_NOFOLLOW S_ISREG);
use List::Util qw(min sum0);
use POSIX ();
use constant {PT_LOAD => 1, PT_DYNAMIC => 2, PT_INTERP => 3, PT_NOTE => 4, PT_PHDR => 6, PF_W => 2};
use constant {DT_NEEDED => 1, DT_STRTAB => 5, DT_STRSZ => 10, DT_SONAME => 14, DT_RPATH => 15, DT_RUNPATH => 29,
  DT_DEPAUDIT => 0x6ffffefb, DT_AUDIT => 0x6ffffefc, DT_FLAGS_1 => 0x6ffffffb, DT_VERDEF => 0x6ffffffc,
  DT_VERNEED => 0x6ffffffe, DT_AUXILIARY => 0x7ffffffd, DT_FILTER => 0x7fffffff};
use constant {BLOCK => 512, PIECE => 1 << 20};

# The words of a request, with the number of their arguments; of `limit`, `pattern` and `table`, the first is a name.
my %ARGUMENTS = (artifact => 1, folder => 1, path => 1, whole => 2, base => 1, loader => 1, alone => 1, seconds => 1,
  stat => 1, list => 1, read => 3, ask => 2, owner => 1, strings => 1, limit => 2, pattern => 2, table => 3);
my (%request, %limit, %pattern, %table);

# ---------------------------------------------------------------------------------------------------- output, input

my $out = '';
my (%running, $spawner);

sub stop { my ($code) = @_; kill 'KILL', keys %running; kill 'TERM', $spawner if $spawner; POSIX::_exit($code) }

sub write_all {
  my ($fh, $bytes) = @_;
  my $at = 0;
  while ($at < length $bytes) {
    my $n = syswrite $fh, $bytes, length($bytes) - $at, $at;
    if (defined $n) { $at += $n } elsif (!$!{EINTR}) { stop(3) }
  }
}

sub flush_out { write_all(*STDOUT, $out); $out = '' }

sub record {
  my ($key, @fields) = @_;
  my $payload = join "\0", @fields;
  $out .= $key . ' ' . length($payload) . "\n" . $payload . "\n";
  flush_out() if length $out > 262144;
}

# Whether all that was seen is as linkers and packages make it, but for the ELF files of the names in %odd. Where it is not,
# or where something leads to such a name, no question is guessed: which files the loader may be asked about is decided in
# src/loader/traceable.ts, and what this lets through must be a part of that.
my ($plain, %odd) = 1;

sub failed { my ($path, $reason) = @_; $plain = 0; record('fail', $path, $reason) }

sub read_request {
  my ($head, $body) = ('', '');
  while ($head !~ /\n\z/) { sysread(STDIN, $head, 1, length $head) or stop(3); stop(5) if length $head > 12 }
  $head =~ /\A(\d+)\n\z/ or stop(5);
  while (length $body < $1) { sysread(STDIN, $body, $1 - length $body, length $body) or stop(3) }
  my @words = split /\0/, $body, -1;
  pop @words;
  while (defined(my $word = shift @words)) {
    my $n = $ARGUMENTS{$word} or stop(5);
    @words >= $n or stop(5);
    push @{$request{$word}}, [splice @words, 0, $n];
  }
  %limit = map { @$_ } @{$request{limit}};
  %pattern = map { $_->[0] => qr/$_->[1]/ } @{$request{pattern}};
  push @{$table{$_->[0]}{$_->[1]}}, $_->[2] for @{$request{table}};
}

sub asked_for { my ($word) = @_; return map { $_->[0] } @{$request{$word}} }

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

# ------------------------------------------------------------------------------------------------------- file facts

my (%type, %target, %size, %visited, %listed, %examined, %owner_wanted);
my (@search_paths, @elf_artifacts, @texts, @meant);
my @TYPES = ('', 'p', 'c', '', 'd', '', 'b', '', 'f', '', 'l', '', 's');

sub name_of { return $_[0] =~ s{.*/}{}sr }

# The type letter of a path, 'absent', or '' where it could not be looked at.
sub fact {
  my ($path) = @_;
  return $type{$path} if exists $type{$path};
  my @s = lstat $path;
  if (!@s) {
    my $absent = $!{ENOENT} || $!{ENOTDIR};
    if ($absent) { record('file', 'absent 0 0 0 0', $path) } else { failed($path, "lstat: $!") }
    return $type{$path} = $absent ? 'absent' : '';
  }
  my $letter = $TYPES[($s[2] >> 12) & 15] || '';
  my $size = $letter eq 'f' ? $s[7] : 0;
  my $to = $letter eq 'l' ? readlink $path : '';
  if (!defined $to) { failed($path, "readlink: $!"); return $type{$path} = '' }
  record('file', join(' ', $letter, $s[2] & 07777, $s[4], $s[5], $size), $path, $letter eq 'l' ? $to : ());
  $plain = 0 if $letter !~ /[fdl]/ || $to =~ $pattern{unsafe_path};
  $target{$path} = $to if $letter eq 'l';
  $size{$path} = $size if $letter eq 'f';
  return $type{$path} = $letter;
}

# Lists a directory given without symlinks on its way; the paths of its entries.
sub list_directory {
  my ($path) = @_;
  return @{$listed{$path}} if $listed{$path};
  $listed{$path} = [];
  my $dir;
  if (!opendir $dir, $path) { failed($path, "opendir: $!"); return }
  my $prefix = $path eq '/' ? '/' : "$path/";
  my @entries = map { $prefix . $_ } grep { $_ ne '.' && $_ ne '..' } readdir $dir;
  fact($_) for @entries;
  record('list', $path);
  $listed{$path} = \@entries;
  return @entries;
}

# Resolves a path component by component, with a fact for everything met. The real path, or undef.
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
    return if $next =~ $pattern{mounted};
    my $what = fact($next);
    if ($what eq 'l') {
      return if ++$links > $limit{links};
      $owner_wanted{$next} = 1;
      $current = '' if $target{$next} =~ m{\A/};
      unshift @rest, split m{/+}, $target{$next};
      return if @rest > $limit{path};
      next;
    }
    return if $what eq 'absent' || $what eq '' || ($what ne 'd' && grep { $_ ne '' && $_ ne '.' } @rest);
    $current = $next;
  }
  $current = '/' if $current eq '';
  if (fact($current) eq 'f') { $owner_wanted{$current} = 1; examine($current) }
  return $visited{$path} = $current;
}

# ---------------------------------------------------------------------------------------------------- file contents

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

# Gives parts of a file: [offset, bytes].
sub give {
  my ($path, @parts) = @_;
  record('bytes', $path, join(',', map { $_->[0] . ':' . length $_->[1] } @parts), join '', map { $_->[1] } @parts);
}

my %given;

# Gives a file whole; its bytes.
sub give_whole {
  my ($path, $max) = @_;
  my $real = visit($path);
  return '' if !defined $real || $type{$real} ne 'f';
  return $given{$real} if exists $given{$real};
  $given{$real} = '';
  if ($size{$real} > $max) { failed($real, "larger than $max bytes"); return '' }
  my $fh = open_file($real) or return '';
  $given{$real} = read_at($fh, 0, $size{$real});
  give($real, [0, $given{$real}]);
  return $given{$real};
}

# Looks at a regular file once. The facts of an ELF file, {script => line}, or undef.
sub examine {
  my ($path) = @_;
  return $examined{$path} if exists $examined{$path};
  $examined{$path} = undef;
  return if !$size{$path};
  my $fh = open_file($path) or return;
  my $head = '';
  if (!defined sysread $fh, $head, $limit{probe}) { failed($path, "read: $!"); return }
  return $examined{$path} = examine_elf($path, $fh) if substr($head, 0, 4) eq "\x7fELF";
  if ($head =~ /\A#!([^\n\0]*)/) {
    give($path, [0, substr $head, 0, $limit{shebang}]);
    return $examined{$path} = {script => $1};
  }
  # What tells archives (src/look/archives/kinds.ts), and the end of a zip file, where its directory is.
  give($path, [0, $head =~ $pattern{probed} || $size{$path} % $limit{tar_block} == 0 ? $head : substr $head, 0, 4]);
  if ($head =~ $pattern{zip} && ($limit{zip_ends} -= $limit{zip_end}) > 0) { give_end($path, $fh, $limit{zip_end}) }
  return;
}

sub give_end {
  my ($path, $fh, $length) = @_;
  my $from = $size{$path} > $length ? $size{$path} - $length : 0;
  give($path, [$from, read_at($fh, $from, $length)]);
}

# -------------------------------------------------------------------------------------------------------------- ELF

# Bytes of an ELF file, which is read, and given to the client, in blocks. Dies where the file does not have them.
sub piece {
  my ($e, $offset, $length) = @_;
  die "damaged\n" if $offset < 0 || $length < 0 || $offset + $length > $e->{size};
  my ($first, $last) = map { int $_ / BLOCK } $offset, $offset + $length - 1;
  my $bytes = '';
  for my $n ($first .. $last) {
    if (!defined $e->{blocks}{$n}) {
      die "too much\n" if ($e->{left} -= BLOCK) < 0;
      $e->{blocks}{$n} = read_at($e->{fh}, $n * BLOCK, BLOCK);
    }
    $bytes .= $e->{blocks}{$n};
  }
  return substr $bytes, $offset - $first * BLOCK, $length;
}

# The text from an offset to the next NUL.
sub text_at {
  my ($e, $offset, $max) = @_;
  for (my $text = ''; length $text < $max; ) {
    my $at = $offset + length $text;
    my $room = BLOCK - $at % BLOCK;
    $text .= piece($e, $at, $at + $room > $e->{size} ? $e->{size} - $at || 1 : $room);
    my $end = index $text, "\0";
    return substr $text, 0, $end if $end >= 0;
  }
  die "too long\n";
}

sub examine_elf {
  my ($path, $fh) = @_;
  my $e = {fh => $fh, size => $size{$path}, blocks => {}, left => $limit{elf}, texts => $limit{strings}};
  my $f = {elf => 1, needed => [], filters => [], segments => []};
  my $whole = eval { piece($e, 0, 4); read_elf($e, $f); 1 };
  $odd{name_of($path)} = 1 if !$whole || !is_plain($e, $f);
  my @parts;
  for my $n (sort { $a <=> $b } keys %{$e->{blocks}}) {
    if (@parts && $parts[-1][0] + length $parts[-1][1] == $n * BLOCK) { $parts[-1][1] .= $e->{blocks}{$n} }
    else { push @parts, [$n * BLOCK, $e->{blocks}{$n}] }
  }
  give($path, @parts);
  my @read_only = grep { $_->{type} == PT_LOAD && !($_->{flags} & PF_W) } @{$f->{segments}};
  $f->{read_only} = [map { [$_->{offset}, $_->{offset} + $_->{length}] } @read_only];
  delete $f->{segments};
  push @search_paths, [$path, $f] if defined $f->{rpath} || defined $f->{runpath};
  return $f;
}

# Reads what src/elf/reader.ts reads.
sub read_elf {
  my ($e, $f) = @_;
  @$f{qw(class data version)} = unpack 'x4 C3', piece($e, 0, 16);
  die "unknown\n" if $f->{class} !~ /\A[12]\z/ || $f->{data} !~ /\A[12]\z/ || $f->{version} != 1;
  my ($word, $order) = ($f->{class} == 2 ? 'Q' : 'L', $f->{data} == 1 ? '<' : '>');
  my @header = qw(type machine table sections flags entry count section_entry section_count);
  @$f{@header} = unpack "(x16 S2 x4 x[$word] ${word}2 L x2 S4)$order", piece($e, 0, $word eq 'Q' ? 64 : 52);
  return if $f->{type} != 2 && $f->{type} != 3;
  my ($entry, $layout, @fields) = $word eq 'Q' ? (56, 'L2 Q2 x8 Q2', qw(type flags offset address length memory))
    : (32, 'L3 x4 L3', qw(type offset address length memory flags));
  die "unknown\n" if $f->{count} && $f->{entry} != $entry || $f->{count} * $entry > $limit{headers};
  my $table = piece($e, $f->{table}, $f->{count} * $entry);
  for my $n (0 .. $f->{count} - 1) {
    my %segment;
    @segment{@fields} = unpack "($layout)$order", substr $table, $n * $entry, $entry;
    push @{$f->{segments}}, \%segment;
  }
  for (grep { $_->{length} } @{$f->{segments}}) {
    my ($type, $offset, $length) = @$_{qw(type offset length)};
    piece($e, $offset, min($length, $limit{note})) if $type == PT_NOTE;
    $f->{interp} //= text_at($e, $offset, min($length, $limit{name})) if $type == PT_INTERP;
  }
  my ($dynamic) = grep { $_->{type} == PT_DYNAMIC } @{$f->{segments}};
  read_dynamic($e, $f, $dynamic, $word, $order) if $dynamic && $dynamic->{length};
}

sub read_dynamic {
  my ($e, $f, $dynamic, $word, $order) = @_;
  my $locate = sub {
    for (grep { $_->{type} == PT_LOAD } @{$f->{segments}}) {
      return $_->{offset} + $_[0] - $_->{address} if $_[0] >= $_->{address} && $_[0] < $_->{address} + $_->{length};
    }
    die "nowhere\n";
  };
  die "too long\n" if $dynamic->{length} > $limit{dynamic};
  my $length = $dynamic->{length} - $dynamic->{length} % ($word eq 'Q' ? 16 : 8);
  my @words = unpack "(${word}*)$order", piece($e, $locate->($dynamic->{address}), $length);
  my %values;
  while (@words && $words[0]) { my ($tag, $value) = splice @words, 0, 2; push @{$values{$tag}}, $value }
  $f->{terminated} = @words > 0;
  return if !$values{+DT_STRTAB};
  my ($strings, $size) = ($locate->($values{+DT_STRTAB}[-1]), ($values{+DT_STRSZ} // [0])->[-1]);
  my $text = sub {
    my ($at, $max) = @_;
    my $found = $at < $size ? text_at($e, $strings + $at, $max // $limit{name}) : die "nowhere\n";
    return ($e->{texts} -= length $found) < 0 ? die "too much\n" : $found;
  };
  my $texts = sub { my ($max, @tags) = @_; return map { $text->($_, $max) } map { @{$values{$_} // []} } @tags };
  $f->{dynamic} = 1;
  $f->{flags1} = ($values{+DT_FLAGS_1} // [0])->[-1];
  $f->{audit} = [$texts->($limit{name}, DT_AUDIT, DT_DEPAUDIT)];
  $f->{filters} = [$texts->($limit{name}, DT_AUXILIARY, DT_FILTER)];
  $f->{needed} = [$texts->($limit{name}, DT_NEEDED)];
  $f->{soname} = ($texts->($limit{name}, DT_SONAME))[-1];
  $f->{rpath} = ($texts->($limit{search_path}, DT_RPATH))[-1];
  $f->{runpath} = ($texts->($limit{search_path}, DT_RUNPATH))[-1];
  # Version needs and definitions (LSB Core, "Symbol Versioning"): a chain of records, each with a chain of names.
  for ([DT_VERNEED, 16, 'x4 L3', 16, 'x8 L2'], [DT_VERDEF, 20, 'x12 L2', 8, 'L2']) {
    my ($tag, $size, $layout, $name_size, $name_layout) = @$_;
    my $left = $limit{versions};
    for (my $at = $values{$tag} && $locate->($values{$tag}[-1]); $at; ) {
      my ($next, $first, @file) = reverse unpack "($layout)$order", piece($e, $at, $size);
      $text->($_) for @file;
      for (my $name = $at + $first; ; ) {
        die "too many\n" if $left-- < 0;
        my ($step, $start) = reverse unpack "($name_layout)$order", piece($e, $name, $name_size);
        $text->($start);
        $name += $step || last;
      }
      $at += $next || last;
    }
  }
}

# Whether no question about a file, or about one that loads it, can run code of it; stricter than src/elf/layout.ts, which
# has the reasons.
sub is_plain {
  my ($e, $f) = @_;
  return 1 if $f->{type} != 2 && $f->{type} != 3;
  my ($page) = (@{$table{page}{$f->{machine}} // []}, $limit{page});
  my ($free, %seen) = 0;
  my @loads = grep { $_->{type} == PT_LOAD } @{$f->{segments}};
  for my $s (grep { $_->{type} =~ /\A[1236]\z/ } @{$f->{segments}}) {
    return 0 if $s->{length} > $s->{memory} || $s->{offset} + $s->{length} > $e->{size};
    if ($s->{type} == PT_LOAD) {
      my $end = $s->{address} + $s->{memory};
      return 0 if $s->{address} - $s->{address} % $page < $free || $end > $limit{fixed_end};
      $free = $end + -$end % $page;
      next;
    }
    my ($start, $length) = $s->{type} == PT_PHDR ? ($f->{table}, $f->{count} * $f->{entry}) : @$s{qw(offset length)};
    my ($load) = grep { $s->{address} >= $_->{address} && $s->{address} + $length <= $_->{address} + $_->{length} } @loads;
    return 0 if $seen{$s->{type}}++ || !$load || $load->{offset} + $s->{address} - $load->{address} != $start;
  }
  return 1 if !$seen{+PT_DYNAMIC};
  my @names = (@{$f->{needed}}, @{$f->{filters}});
  return 0 if !$f->{terminated} || !$f->{dynamic} || @{$f->{audit}} || @names > $limit{needed};
  my @directories = map { split /:/, $_ // '', -1 } @$f{qw(rpath runpath)};
  return @directories <= $limit{search_directories} && !grep({ $_ =~ $pattern{unsafe_name} } @names) &&
    !grep { $_ =~ $pattern{unsafe_path} } @directories;
}

# The section headers, the names before them and the file's end: they tell packed files (src/elf/packing.ts).
sub give_sections {
  my ($path, $f) = @_;
  my $fh = open_file($path) or return;
  my ($at, $length) = ($f->{sections} // 0, ($f->{section_entry} // 0) * ($f->{section_count} // 0));
  my $from = $at > $limit{section_names} ? $at - $limit{section_names} : 0;
  give($path, [$from, read_at($fh, $from, $at - $from + $length)]) if $length && $length <= $limit{sections};
  give_end($path, $fh, $limit{end});
}

# ----------------------------------------------------------------------------------------------------------- search

# The parts of a file that are loaded and not writable: in order, merged, within the file.
sub read_only_spans {
  my ($path) = @_;
  my @merged;
  for (sort { $a->[0] <=> $b->[0] || $a->[1] <=> $b->[1] } @{$examined{$path}{read_only}}) {
    my ($start, $end) = ($_->[0], min($_->[1], $size{$path}));
    next if $start >= $end;
    if (@merged && $start <= $merged[-1][1]) { $merged[-1][1] = $end if $end > $merged[-1][1] }
    else { push @merged, [$start, $end] }
  }
  return @merged;
}

# Gives what a pattern matches in an ELF file: sonames, piece by piece, and the names of functions that open libraries
# (src/look/soname-strings.ts).
sub search_elf {
  my ($path) = @_;
  my $fh = open_file($path) or return;
  my (@found, %seen, %functions);
  for (read_only_spans($path)) {
    my ($at, $end) = @$_;
    my ($text, $is_cut) = ('', 0);
    while ($at < $end) {
      my $bytes = read_at($fh, $at, min($end - $at, PIECE));
      last if $bytes eq '';
      $at += length $bytes;
      $is_cut ||= length $text > $limit{overlap};
      $text = ($is_cut ? substr $text, -$limit{overlap} : $text) . $bytes;
      # What begins where the text was cut was seen before, and may be the end of a longer word.
      pos($text) = $is_cut;
      while (@found < $limit{sonames} && $text =~ /$pattern{soname}/g) { push @found, $& if !$seen{$&}++ }
      for (keys %{$table{opener}}) { $functions{$_} = 1 if !$functions{$_} && index($text, "$_\0") >= 0 }
    }
  }
  record('strings', $path, @found, sort keys %functions);
}

# Gives where a text names libraries or imports modules (src/snapshot/library-names.ts): the matches of a slow pattern, which
# is tried in the lines that have a word of its own.
sub search_text {
  my ($path) = @_;
  my $fh = open_file($path) or return;
  my $text = "\n" . read_at($fh, 0, min($size{$path}, $limit{text}));
  $text = '' if index($text, "\0") >= 0;
  my (@found, %seen);
  while ($text =~ /$pattern{mention_word}/g) {
    my ($from, $to) = (1 + rindex($text, "\n", pos($text) - 1), index $text, "\n", pos $text);
    $to = length $text if $to < 0;
    my $line = substr $text, $from, $to - $from;
    while (@found < $limit{mentions} && $line =~ /$pattern{mention}/g) {
      # Again in the text, as what follows is given too.
      pos($text) = $from + $-[0];
      $text =~ /\G$pattern{mention}/g;
      my $one = $& . ($1 // '');
      next if $seen{$one}++;
      push @found, $one;
      for ($one =~ m{(?<![\w.-])/[\w./+-]+\.so[\w.]*}g) { visit($_) if --$limit{paths_in_texts} >= 0 }
    }
    pos($text) = $to;
  }
  record('mentions', $path, @found);
}

sub search { my ($path) = @_; return ($examined{$path} // {})->{elf} ? search_elf($path) : search_text($path) }

# Searches files in order, as long as they fit into a limit.
sub search_all {
  my ($left, %bytes) = @_;
  for my $path (sort keys %bytes) {
    next if $bytes{$path} > $left;
    $left -= $bytes{$path};
    search($path);
  }
}

# -------------------------------------------------------------------------------------------- artifacts, directories

sub walk {
  my @queue = @_;
  while (defined(my $path = pop @queue)) {
    next if $path =~ $pattern{mounted};
    my $what = fact($path);
    if ($what eq 'd') { push @queue, list_directory($path) }
    elsif ($what eq 'l') { push @meant, $path }
    elsif ($what eq 'f') { look_at_artifact($path) }
  }
}

sub look_at_artifact {
  my ($path) = @_;
  give_whole($path, $limit{conf}) if $path =~ $pattern{conf};
  my $f = examine($path);
  push @texts, $path if $size{$path} && $size{$path} <= $limit{text} && !($f && $f->{elf}) && $path !~ $pattern{no_text};
  return if !$f;
  $owner_wanted{$path} = 1;
  if ($f->{elf}) {
    give_sections($path, $f);
    push @elf_artifacts, $path;
    push @meant, $f->{interp} if defined $f->{interp};
    push @meant, map { in_path($_) } 'python3', defined $1 ? "python3.$1" : () if $path =~ $pattern{python_module};
    return;
  }
  push @meant, map { in_path($_) } grep { !/\A-|[\s=]/ } split ' ', $f->{script}, 8;
  my $is_read = $f->{script} =~ $pattern{shell} && $size{$path} <= $limit{script};
  if ($is_read && ($limit{scripts} -= $size{$path}) >= 0) { give_whole($path, $limit{script}) }
  elsif (my $fh = open_file($path)) { give_end($path, $fh, $limit{end}) }
}

sub in_path { my ($name) = @_; return $name =~ m{/} ? $name : map { "$_/$name" } keys %{$table{path}} }

my %done;

# A directory that the loader may look in, with those below it that have libraries for some processors or architectures.
sub library_directory {
  my ($path) = @_;
  my $real = $limit{directories} > 0 ? visit($path) : undef;
  return if !defined $real || $type{$real} ne 'd' || $done{$real}++;
  $plain = 0 if --$limit{directories} <= 0;
  for my $entry (list_directory($real)) {
    my $what = $type{$entry};
    if ($what eq 'l') { visit($entry) }
    elsif ($what eq 'f') { $owner_wanted{$entry} = 1; examine($entry) if $entry !~ $pattern{no_library} }
    elsif ($what eq 'd' && $entry =~ $pattern{library_directory}) {
      push @{$table{token}{LIB}}, 'lib/' . name_of($entry) if $entry =~ $pattern{triplet};
      library_directory($entry);
    }
  }
}

# Follows the search paths of all files seen until now, with every value that a token may have.
sub follow_search_paths {
  while (my $next = shift @search_paths) {
    my ($path, $f) = @$next;
    my %values = (%{$table{token}}, ORIGIN => [$path =~ s{/[^/]*\z}{}r]);
    my @directories = map { split /:/ } grep { defined } @$f{qw(rpath runpath)};
    for my $token (keys %values) {
      my $mark = qr/\$(?:$token\b|\{$token\})/;
      @directories = map { my $one = $_; $one =~ $mark ? map { $one =~ s/$mark/$_/gr } @{$values{$token}} : $one } @directories;
    }
    for (grep { length() <= $limit{path} } @directories) { library_directory($_) if --$limit{named_paths} >= 0 }
  }
}

# The directories in ld.so.conf, in the files that Debian's includes, and in ld.so.cache.
sub configured_directories {
  my $included = visit('/etc/ld.so.conf.d');
  my @files = ('/etc/ld.so.conf', grep { $_ =~ $pattern{conf} } defined $included ? list_directory($included) : ());
  my %cached = map { m{\A(/.*)/[^/]+\z}s ? ($1 => 1) : () } split /\0/, give_whole('/etc/ld.so.cache', $limit{cache});
  return (map { m{^[ \t]*(/[^#=\s]*)}mg } map { give_whole($_, $limit{conf}) } @files), keys %cached;
}

# ------------------------------------------------------------------------------------------------------------ loader

# Starts a loader, which lists what it maps and starts nothing, as ldd does. (`ld.so --list` of glibc 2.36 is no listing: it
# ends at the first library that is not there.) No LD_* or PERL* of the image gets through.
sub start_loader {
  my ($preload, @command) = @_;
  pipe my $out_r, my $out_w or return;
  pipe my $err_r, my $err_w or return;
  my $pid = fork // return;
  if (!$pid) {
    $SIG{$_} = 'DEFAULT' for qw(TERM ALRM PIPE);
    open STDIN, '<', '/dev/null';
    POSIX::dup2(fileno $out_w, 1);
    POSIX::dup2(fileno $err_w, 2);
    %ENV = (LC_ALL => 'C', LD_TRACE_LOADED_OBJECTS => 1, LD_WARN => '', LD_BIND_NOW => '', LD_VERBOSE => '');
    $ENV{LD_PRELOAD} = $preload if defined $preload;
    chdir '/';
    alarm $limit{loader_seconds};
    execve(@command);
    kill 'KILL', $$;
  }
  $running{$pid} = 1;
  return {pid => $pid, pipe => {out => $out_r, err => $err_r}, text => {out => '', err => ''}};
}

# Runs a loader for each question, [loader, file], some at a time; calls back with (index, status, output, errors).
sub run_loaders {
  my ($parallel, $preload, $questions, $done) = @_;
  my ($next, %open) = 0;
  while ($next < @$questions || %open) {
    while ($next < @$questions && keys %open < $parallel) {
      my $program = start_loader($preload, @{$questions->[$next]});
      if ($program) { $open{$next++} = $program } else { $done->($next++, -1, '', '') }
    }
    my $waiting = '';
    vec($waiting, fileno $_, 1) = 1 for map { values %{$_->{pipe}} } values %open;
    select($waiting, undef, undef, undef) > 0 or next;
    for my $index (sort { $a <=> $b } keys %open) {
      my ($pid, $pipe, $text) = @{$open{$index}}{qw(pid pipe text)};
      for my $name (grep { vec($waiting, fileno $pipe->{$_}, 1) } keys %$pipe) {
        my $n = sysread $pipe->{$name}, $text->{$name}, 65536, length $text->{$name};
        kill 'KILL', $pid if length $text->{$name} > $limit{answer};
        delete $pipe->{$name} if !$n;
      }
      next if %$pipe;
      waitpid $pid, 0;
      my $status = $?;
      delete $running{$pid};
      delete $open{$index};
      $done->($index, $status, @$text{qw(out err)});
    }
  }
}

# A fork copies the page tables of the process: a child that is forked at the start, while they are small, starts the loaders.
# It reads records of `PARALLEL PRELOAD [LOADER FILE]…`, and writes one for each question and an empty one at the end.
my ($to_spawner, $from_spawner);

sub start_spawner {
  pipe my $order_r, $to_spawner or stop(5);
  pipe $from_spawner, my $answer_w or stop(5);
  defined($spawner = fork) or stop(5);
  return if $spawner;
  close $_ for $to_spawner, $from_spawner, *STDIN;
  open STDOUT, '>&', $answer_w;
  close $answer_w;
  while (defined(my $order = read_record($order_r))) {
    my ($parallel, $preload, @words) = split /\0/, $order, -1;
    my @questions = map { [@words[2 * $_, 2 * $_ + 1]] } 0 .. @words / 2 - 1;
    run_loaders($parallel, length $preload ? $preload : undef, \@questions, sub {
      my ($index, $status, $output, $errors) = @_;
      record('done', $index, $status, length $output, $output . $errors);
      flush_out();
    });
    record('end', '');
    flush_out();
  }
  POSIX::_exit(0);
}

# The payload of the next record of a pipe; undef at its end.
sub read_record {
  my ($pipe) = @_;
  my ($head, $payload) = ('', '');
  while ($head !~ /\n\z/) { sysread($pipe, $head, 1, length $head) or return }
  my ($left) = $head =~ / (\d+)\n/;
  $left += 1;
  while ($left) { my $n = sysread($pipe, $payload, $left, length $payload) or return; $left -= $n }
  chop $payload;
  return $payload;
}

# Has the spawner run a loader for each question; calls back with (index, status, output, errors).
sub have_run {
  my ($parallel, $preload, $questions, $done) = @_;
  return if !@$questions;
  my $order = join "\0", $parallel, $preload // '', map { @$_ } @$questions;
  $order = 'ask ' . length($order) . "\n$order\n";
  write_all($to_spawner, $order);
  while ((my $answer = read_record($from_spawner) // stop(5)) ne '') {
    my ($index, $status, $length, $text) = split /\0/, $answer, 4;
    $done->($index, $status, substr($text, 0, $length), substr $text, $length);
  }
}

sub ask_all {
  my @questions = @_;
  my $cores = 0;
  if (open my $fh, '<', '/proc/cpuinfo') { /\Aprocessor\b/ and $cores++ while <$fh> }
  my @opened;
  for my $loader ($request{alone} ? () : sort keys %{{map { $_->[0] => 1 } @questions}}) {
    my ($found, %settled) = look_up($loader, map { $_->[0] eq $loader ? $_->[1] : () } @questions);
    push @opened, values %$found;
    @questions = grep { $_->[0] ne $loader || !$settled{$_->[1]} } @questions;
  }
  have_run(min($cores || 1, 8), undef, \@questions, sub {
    my ($index, $status, $output, $errors) = @_;
    record('answer', @{$questions[$index]}, $status & 127 || $status < 0 ? '-' : $status >> 8, length $output, $output . $errors);
    push @opened, $output =~ m{^\t(?:.* => )?(/.*?) \(0x[0-9a-f]+\)$}mg;
  });
  for (@opened) { $owner_wanted{$_} = 1; visit($_) }
}

# Most files leave it to the defaults where their libraries are: then a name means the same library for all of them, and
# one process answers for all: the names stand in LD_PRELOAD of one of the files; what is not there only gives an error. An
# object with search rules of its own would change what the others' names mean: without the names that lead to it, the
# process runs again. Returns the paths by name, and the files that need no question of their own. How the answers are put
# together, and when not, is told in src/loader/default-lookup.ts.
sub look_up {
  my ($loader, @files) = @_;
  my %facts = map { my $f = by_defaults($_); $f ? ($_ => $f) : () } @files;
  return {} if keys %facts < 8;
  my ($found, %apart, $output, $errors, $status) = {};
  for (1 .. 4) {
    my @able = grep { !grep { $apart{$_} } @{$facts{$_}{needed}} } sort keys %facts;
    my ($program) = grep { !defined $facts{$_}{soname} && ($facts{$_}{interp} // '') eq $loader } @able;
    return {} if !defined $program;
    my %names = map { $_ => 1 } grep { !/[\s:]/ } map { @{$facts{$_}{needed}} } @able;
    my $preload = substr join(':', sort keys %names), 0, $limit{preload};
    have_run(1, $preload, [[$loader, $program]], sub { (undef, $status, $output, $errors) = @_ });
    return {} if $status;
    $found = {$output =~ m{^\t(\S+) => (/.*) \(0x[0-9a-f]+\)$}mg};
    my $before = keys %apart;
    mark_needing($found, \%apart);
    last if $before == keys %apart;
    $found = {};
  }
  return {} if !%$found;
  record('lookup', $loader, length $output, $output . $errors);
  my $itself = name_of($loader);
  my %lacking = map { $_ => 1 } $errors =~ / \(required by (.*)\)$/mg;
  my %library = map { my $f = by_defaults($found->{$_}); $f ? ($_ => $f) : () } keys %$found;
  my %unsure = map { $_ => 1 } grep { $_ ne $itself && !$found->{$_} } map { @{$_->{needed}} } values %facts, values %library;
  for (keys %library) { $unsure{$_} = 1 if $lacking{$found->{$_}} || ($library{$_}{soname} // $_) ne $_ }
  mark_needing($found, \%unsure);
  return $found, map { $_ => 1 } grep {
    my ($soname, $interp, @needed) = ($facts{$_}{soname} // '', $facts{$_}{interp} // $loader, @{$facts{$_}{needed}});
    $interp eq $loader && @needed && $needed[0] ne $itself && !grep { $unsure{$_} || $_ eq $soname } @needed;
  } keys %facts;
}

# Marks the names of libraries with search rules of their own, and those that need a marked one.
sub mark_needing {
  my ($found, $marked) = @_;
  for (my $before = -1; $before != keys %$marked; ) {
    $before = keys %$marked;
    for my $name (grep { !$marked->{$_} } keys %$found) {
      my $f = by_defaults($found->{$name});
      $marked->{$name} = 1 if !$f || grep { $marked->{$_} } @{$f->{needed}};
    }
  }
}

# The facts of an ELF file that leaves it to the defaults where its libraries are.
sub by_defaults {
  my $f = $examined{visit($_[0]) // ''};
  return if !$f || !$f->{dynamic} || defined $f->{rpath} || defined $f->{runpath};
  return @{$f->{filters}} || $f->{flags1} & $limit{no_defaults} ? undef : $f;
}

# Whether a link, a need or a search path has a name of an odd file in it.
sub leads_to_odd {
  return 0 if !%odd;
  my @elf = grep { $_ && $_->{elf} } values %examined;
  my @words = map { @{$_->{needed}}, @{$_->{filters}}, grep { defined } @$_{qw(rpath runpath)} } @elf;
  return scalar grep { $odd{$_} } map { split m{[/:]} } values %target, @words;
}

# One question for all files that must get the same answer: [loader, file].
sub questions {
  my %first;
  for my $path (sort @elf_artifacts) {
    my $f = $examined{$path};
    next if $odd{name_of($path)} || !$f->{dynamic} || !@{$f->{needed}} && !defined $f->{interp};
    my @own = map { $_ // '-' } @$f{qw(class data machine flags interp soname flags1 rpath runpath)};
    my $key = join "\0", @own, @{$f->{needed}}, '', @{$f->{filters}};
    $key .= $path =~ s{[^/]*\z}{}r if $key =~ /\$/;
    my $abi = join ' ', @$f{qw(machine class data)};
    # Flags that it must have, and the loader's path.
    my ($loader) = map { / (.*)/ ? $1 : () } grep { /\A(\d+)/ && ($f->{flags} & $1) == $1 } @{$table{loader}{$abi}};
    $first{$key} //= [$loader, $path] if defined $loader;
  }
  return values %first;
}

# Whether a loader is the distribution's own: for this machine, in no artifact, in the list of some package. Whether the
# kernel runs it is seen when it is asked.
sub trusted {
  my ($path, @artifacts) = @_;
  my $real = visit($path) // return;
  my $machine = ($examined{$real} // {})->{machine} // return;
  return if grep { $_ ne '/' && ($real eq $_ || index($real, "$_/") == 0) } @artifacts;
  my $own = ($examined{visit($^X) // ''} // {})->{machine} // $machine;
  return if !grep { $_ == $machine } $own, @{$table{runs}{$own}};
  my %spelling = map { s/$pattern{merged}//r => 1 } $path, $real;
  my %name = map { name_of($_) => 1 } keys %spelling;
  for my $list (sort { ($b =~ /libc/) <=> ($a =~ /libc/) } dpkg_lists()) {
    return 1 if grep { $spelling{s/$pattern{merged}//r} } lines_of($list, \%name);
  }
  return;
}

# -------------------------------------------------------------------------------------------------------------- dpkg

sub dpkg_info { my $info = visit('/var/lib/dpkg/info') // return; return list_directory($info) }
sub dpkg_lists { return grep { /\.list\z/ && $type{$_} eq 'f' } dpkg_info() }

# The lines of one of dpkg's lists of files that end in some names.
sub lines_of {
  my ($list, $names) = @_;
  my ($text, @found) = '';
  if ($size{$list} > $limit{list}) { failed('/var/lib/dpkg', "$list is larger than $limit{list} bytes") }
  elsif (my $fh = open_file($list)) { $text = read_at($fh, 0, $size{$list}) }
  while ($text =~ m{^(.*/([^/\n]*))$}mg) { push @found, $1 if $names->{$2} }
  return @found;
}

# Gives the lines of all lists about files of some names; what they mean is for src/look/list-owners.ts.
sub give_owners {
  my %names = map { name_of($_) => 1 } grep { !/\n/ } @_;
  for my $list (dpkg_lists()) {
    my @lines = lines_of($list, \%names);
    record('owned', name_of($list), join "\n", @lines) if @lines;
  }
  record('asked', keys %names);
}

# -------------------------------------------------------------------------------------------------------------- main

binmode $_ for *STDIN, *STDOUT;
$SIG{PIPE} = 'IGNORE';
$SIG{TERM} = sub { stop(3) };
$SIG{ALRM} = sub { stop(4) };
umask 077;
read_request();
my $watcher = start_watcher();
start_spawner() if $request{loader} || $request{ask};
alarm((asked_for('seconds'))[0] // 300);

my $base = $request{base};
fact('/');
my @roots = grep { defined } map { visit($_) } asked_for('artifact');
walk(@roots);
if ($base) {
  library_directory($_) for asked_for('folder'), configured_directories();
  for (@meant, asked_for('path')) { $owner_wanted{$_} = 1; visit($_) }
  give_whole(@$_) for @{$request{whole}};
  $plain = 0 if length $given{visit('/etc/ld.so.preload') // ''};
  follow_search_paths();
  give_whole($_, $limit{conf}) for grep { /\.shlibs\z/ && $type{$_} eq 'f' } dpkg_info();
}
if ($request{loader}) {
  my @dynamic = grep { $examined{$_}{dynamic} } @elf_artifacts;
  search_all($limit{searched}, map { my $path = $_; $path => sum0(map { $_->[1] - $_->[0] } read_only_spans($path)) } @dynamic);
  search_all($limit{texts}, map { $_ => $size{$_} } @texts);
}
my @questions = $request{loader} && $plain && !leads_to_odd() ? questions() : ();
my %loaders = map { $_->[0] => 1 } @questions;
for (keys %loaders) { $owner_wanted{$_} = 1; $loaders{$_} = trusted($_, @roots) }
ask_all(@{$request{ask}}, grep { $loaders{$_->[0]} } @questions);
follow_search_paths();
give_owners(keys %owner_wanted, asked_for('owner')) if $base || $request{owner};

# What an earlier look did not bring.
fact($_) for asked_for('stat');
for (grep { fact($_) eq 'f' } asked_for('strings')) { examine($_); search($_) }
list_directory($_) for asked_for('list');
for (@{$request{read}}) {
  my ($path, $offset, $length) = @$_;
  next if fact($path) ne 'f';
  my $fh = open_file($path) or next;
  give($path, [$offset, read_at($fh, $offset, $length)]);
}

record('end');
flush_out();
kill 'KILL', $watcher;
close $to_spawner if $spawner;
waitpid $_, 0 for $watcher, $spawner // ();
