# Runs a command and reports every path that it, or a process that it starts, names to the kernel, and whether something
# was there. It knows no system calls: their numbers and arguments come with the request (src/look/system-calls.ts).
#
# Run by perl-base as `perl -e SCRIPT`, behind execve.pl, with nothing of the image's environment.
#   stdin   LENGTH LF, LENGTH bytes of words, each ended by NUL; the same again with the bytes of the command's standard
#           input; then it stays open until the client is gone. A byte after that asks for the end of the command.
#   stdout  records: KEY SP LENGTH LF PAYLOAD LF, the last one is `end`
#   stderr  what the command prints
# Exit codes: 3 the client is gone, 5 the request is broken.
use strict;
use POSIX ();

my $O_WRONLY = 1;
my $O_CREAT = 0100;
my $AT_FDCWD = 0xffffff9c;
my $AT_EMPTY_PATH = 0x1000;
my $PATH_MAX = 4096;
my $CAP_SYS_PTRACE = 19;
my $WALL = 0x40000000;
# ptrace(2): SEIZE with TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, TRACESECCOMP, EXITKILL.
my ($CONT, $SEIZE, $LISTEN, $SYSCALL_INFO, $OPTIONS) = (7, 0x4206, 0x4208, 0x420e, 0x10009e);
my ($EVENT_EXEC, $EVENT_SECCOMP, $EVENT_STOP) = (4, 7, 128);
# prctl(2) and seccomp(2).
my ($SET_DUMPABLE, $SET_SECCOMP, $SET_NO_NEW_PRIVS) = (4, 22, 38);
my ($RET_TRACE, $RET_ALLOW) = (0x7ff00000, 0x7fff0000);
my $GRACE_SECONDS = 5;
my $MAX_HANDLES = 200;

# ------------------------------------------------------------------------------------------------- request and answer

my ($answer, $out) = (undef, '');

sub flush_out {
  my $at = 0;
  while ($at < length $out) {
    my $n = syswrite $answer, $out, length($out) - $at, $at;
    if (defined $n) { $at += $n } elsif (!$!{EINTR}) { POSIX::_exit(3) }
  }
  $out = '';
}

sub record {
  my ($key, $payload) = @_;
  $out .= $key . ' ' . length($payload) . "\n" . $payload . "\n";
  flush_out() if length $out > 65536;
}

sub read_part {
  my ($head, $body) = ('', '');
  while ($head !~ /\n\z/) { sysread(STDIN, $head, 1, length $head) or POSIX::_exit(3); POSIX::_exit(5) if length $head > 12 }
  $head =~ /\A(\d+)\n\z/ or POSIX::_exit(5);
  while (length $body < $1) { sysread(STDIN, $body, $1 - length $body, length $body) or POSIX::_exit(3) }
  return $body;
}

my %limit = (seconds => 10, signal => 15, tty => 0, paths => 0, events => 0);
my (%own, %calls, @argv, @environment);

# The machine that this perl is for decides about the numbers of our own calls.
sub own_machine {
  open my $self, '<:raw', $^X or return 0;
  read $self, my $header, 20;
  return unpack 'x18S', $header;
}

sub read_request {
  my @words = split /\0/, read_part(), -1;
  my $machine = own_machine();
  while (@words > 1) {
    my $key = shift @words;
    if ($key eq 'arg') { push @argv, shift @words }
    elsif ($key eq 'env') { push @environment, shift @words }
    elsif ($key eq 'own') { my ($of, $name, $number) = splice @words, 0, 3; $own{$name} = 0 + $number if $of == $machine }
    elsif ($key eq 'call') {
      my ($arch, $number, %call) = (splice @words, 0, 2);
      @call{qw(name kind dir path flags)} = splice @words, 0, 5;
      $_ = $_ eq '' ? undef : $_ for @call{qw(dir path flags)};
      $calls{$arch}{$number} = \%call;
    }
    elsif (exists $limit{$key}) { $limit{$key} = 0 + shift @words }
    else { POSIX::_exit(5) }
  }
}

# ----------------------------------------------------------------------------------------------------------- the command

# A filter of classic BPF over struct seccomp_data (number at 0, architecture at 4, arguments from 16): the calls of the
# request stop for the tracer, and so does any call of an architecture that the request does not have, which is reported.
sub filter {
  my $op = sub { pack 'SCCL', @_ };
  my @program = $op->(0x20, 0, 0, 4);
  for my $arch (sort keys %calls) {
    my @checks = $op->(0x20, 0, 0, 0);
    my @numbers = sort { $a <=> $b } keys %{$calls{$arch}};
    # fstat(3) is a call with an empty path and this flag: it names no path.
    for my $number (grep { skips_empty($calls{$arch}{$_}) } @numbers) {
      my $low = 16 + 8 * $calls{$arch}{$number}{flags};
      push @checks, $op->(0x15, 0, 4, $number), $op->(0x20, 0, 0, $low), $op->(0x45, 0, 1, $AT_EMPTY_PATH),
        $op->(0x06, 0, 0, $RET_ALLOW), $op->(0x06, 0, 0, $RET_TRACE);
    }
    my @plain = grep { !skips_empty($calls{$arch}{$_}) } @numbers;
    push @checks, $op->(0x15, @plain - $_, 0, $plain[$_]) for 0 .. $#plain;
    push @checks, $op->(0x06, 0, 0, $RET_ALLOW), $op->(0x06, 0, 0, $RET_TRACE);
    push @program, $op->(0x15, 0, scalar @checks, $arch), @checks;
  }
  return (join('', @program, $op->(0x06, 0, 0, $RET_TRACE)), @program + 1);
}

sub skips_empty { my ($call) = @_; return $call->{kind} eq 'look' && defined $call->{flags} }

# The command must not look into the tracer: it gets none of the right to, which only matters to us for processes that
# change their user. no_new_privs keeps execve(2) from giving it back to root.
sub drop_tracing {
  my ($head, $sets) = (pack('Ll', 0x20080522, 0), "\0" x 24);
  return if syscall($own{capget}, $head, $sets) != 0;
  my @sets = unpack 'L6', $sets;
  $_ &= ~(1 << $CAP_SYS_PTRACE) for @sets[0 .. 2];
  $sets = pack 'L6', @sets;
  syscall $own{capset}, $head, $sets;
}

sub candidates {
  my ($name, $path) = @_;
  return $name if $name =~ m{/};
  return map { ($_ eq '' ? '.' : $_) . "/$name" } split /:/, $path, -1;
}

# In the child: never returns. What goes wrong is told through the pipe, which an execve(2) that succeeds closes.
sub become_command {
  my ($go, $trouble, $stdin) = @_;
  my $fail = sub { syswrite $trouble, "$_[0]\0" . ($! + 0) . "\0$!"; POSIX::_exit(127) };
  my $inherited = { map { $_ => $ENV{$_} } grep { defined $ENV{$_} } qw(HOME HOSTNAME) };
  %ENV = %$inherited;
  for (@environment) { my ($name, $value) = split /=/, $_, 2; $ENV{$name} = $value }
  open STDIN, '<&', $stdin or $fail->('stdin');
  if ($limit{tty}) {
    POSIX::setsid();
    ioctl STDIN, 0x540e, 0; # TIOCSCTTY
    open STDERR, '>&', \*STDIN;
  }
  open STDOUT, '>&', \*STDERR or $fail->('stdout');
  sysread $go, my $byte, 1 or POSIX::_exit(127);
  drop_tracing();
  my ($program, $count) = filter();
  my $header = pack 'Sx6P', $count, $program;
  syscall($own{prctl}, $SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 or $fail->('seccomp');
  syscall($own{prctl}, $SET_SECCOMP, 2, $header) == 0 or $fail->('seccomp');
  my $worst;
  for my $path (candidates($argv[0], $ENV{PATH} // '')) {
    execve($path, @argv[1 .. $#argv]);
    $worst = $! + 0 if !defined $worst || $! != POSIX::ENOENT();
  }
  $! = $worst // POSIX::ENOENT();
  $fail->('exec');
}

# A process of ours beside the command, without the answer's descriptor.
sub helper {
  my ($work) = @_;
  my $pid = fork;
  defined $pid or POSIX::_exit(5);
  return $pid if $pid;
  close $answer;
  $SIG{$_} = 'DEFAULT' for qw(TERM USR1 ALRM);
  $work->();
  POSIX::_exit(0);
}

sub write_all {
  my ($to, $bytes) = @_;
  my $at = 0;
  while ($at < length $bytes) {
    my $n = syswrite $to, $bytes, length($bytes) - $at, $at;
    if (defined $n) { $at += $n } elsif (!$!{EINTR}) { return }
  }
}

sub copy {
  my ($from, $to) = @_;
  while (1) {
    my $n = sysread $from, my $bytes, 65536;
    if (defined $n) { return if $n == 0; write_all($to, $bytes) } elsif (!$!{EINTR}) { return }
  }
}

# The client keeps stdin open as long as it lives: TERM when it is gone, USR1 for each byte that it sends.
sub watch_client {
  my $parent = getppid;
  while (1) {
    my $n = sysread STDIN, my $byte, 1;
    if (defined $n && $n == 0) { kill 'TERM', $parent; return }
    if ($n) { kill 'USR1', $parent } elsif (!$!{EINTR}) { return }
  }
}

# A new terminal: its two ends (pts(4)).
sub terminal {
  open my $master, '+<:raw', '/dev/ptmx' or return;
  my ($number, $unlocked) = (pack('i', 0), pack('i', 0));
  ioctl $master, 0x40045431, $unlocked or return; # TIOCSPTLCK
  ioctl $master, 0x80045430, $number or return;   # TIOCGPTN
  open my $slave, '+<:raw', '/dev/pts/' . unpack('i', $number) or return;
  return ($master, $slave);
}

# What is typed on a terminal: the end of the input, which ends a line that has none first (termios(3), VEOF).
sub typed { my ($bytes) = @_; return $bytes . ($bytes =~ /\n\z/ ? "\x04" : "\x04\x04") }

# What the command reads, with the helpers that write it; the second value is the terminal's other end.
sub command_input {
  my ($bytes) = @_;
  if ($limit{tty}) { my ($master, $slave) = terminal(); return ($slave, $master) }
  if ($bytes eq '') { open my $null, '<', '/dev/null'; return ($null, undef) }
  pipe my $from, my $to or return;
  helper(sub { close $from; write_all($to, $bytes) });
  return ($from, undef);
}

# ----------------------------------------------------------------------------------------------------------- observation

my (%memory, %program, %program_number, %seen, %notes);
my ($events, $chrooted, $running) = (0, 0, 0);

sub note { my ($name) = @_; $notes{$name}++ }

sub ptrace { my ($request, $pid, $data) = @_; return syscall $own{ptrace}, $request, $pid, 0, $data }

# The number of the program that a process runs; `program` records come in the order of the numbers.
sub program_of {
  my ($pid) = @_;
  return $program{$pid} if defined $program{$pid};
  my $path = readlink "/proc/$pid/exe";
  $path = '' unless defined $path;
  if (!defined $program_number{$path}) { $program_number{$path} = keys %program_number; record('program', $path) }
  return $program{$pid} = $program_number{$path};
}

sub read_string {
  my ($pid, $at) = @_;
  my $handle = $memory{$pid};
  if (!$handle) {
    open $handle, '<:raw', "/proc/$pid/mem" or return;
    %memory = () if keys %memory >= $MAX_HANDLES;
    $memory{$pid} = $handle;
  }
  my $text = '';
  while (length $text < $PATH_MAX) {
    my $next = $at + length $text;
    defined sysseek $handle, $next, 0 or return;
    sysread $handle, $text, $PATH_MAX - $next % $PATH_MAX, length $text or return;
    my $end = index $text, "\0";
    return substr $text, 0, $end if $end >= 0;
  }
  return;
}

sub absolute {
  my ($pid, $dir, $path) = @_;
  if ($path =~ m{\A/}) {
    return $path if !$chrooted;
    my $root = readlink "/proc/$pid/root";
    return !defined $root ? undef : $root eq '/' ? $path : $root . $path;
  }
  my $from = !defined $dir || ($dir & 0xffffffff) == $AT_FDCWD ? 'cwd' : 'fd/' . ($dir & 0x7fffffff);
  my $base = readlink "/proc/$pid/$from";
  return if !defined $base || $base !~ m{\A/};
  return $path eq '' ? $base : $base eq '/' ? "/$path" : "$base/$path";
}

# Whether something is at a path now, before the call: `-`, `d` for a directory, or `f`. A link below another root leads
# elsewhere for us.
sub there {
  my ($path, $follow) = @_;
  return ($follow && !$chrooted ? stat $path : lstat $path) ? -d _ ? 'd' : 'f' : '-';
}

sub access_record {
  my ($pid, $kind, $there, $path) = @_;
  my $by = program_of($pid);
  return if $seen{"$kind$by\0$path"} && $seen{"$kind$by\0$path"} =~ /\Q$there\E/;
  if (keys %seen >= $limit{paths}) { note('paths'); return }
  $seen{"$kind$by\0$path"} .= $there;
  record('access', "$kind $there $by\0$path");
}

sub observe_call {
  my ($pid) = @_;
  return if !$running;
  my $info = "\0" x 96;
  syscall($own{ptrace}, $SYSCALL_INFO, $pid, length $info, $info) > 0 or return;
  my ($op, $arch, $ip, $sp, $number, @arguments) = unpack 'Cx3LQQQQ6', $info;
  my $call = $calls{$arch}{$number};
  if (!$call) { note('abi'); return }
  my $kind = $call->{kind};
  if ($kind eq 'unseen') { note($call->{name}); return }
  if (++$events > $limit{events}) { note('events'); return }
  $chrooted = 1 if $kind eq 'chroot';
  my $dir = defined $call->{dir} ? $arguments[$call->{dir}] : undef;
  my $path = $kind eq 'list' ? '' : read_string($pid, $arguments[$call->{path}]);
  return if defined $path && $path eq '' && $kind ne 'list' && $call->{name} ne 'execveat';
  $path = absolute($pid, $dir, $path) if defined $path;
  if (!defined $path) { note('unread'); return }
  return access_record($pid, 'list', 'd', $path) if $kind eq 'list';
  my $by = program_of($pid);
  # What was there stays; what was not may have come.
  return if ($seen{"$kind$by\0$path"} || '') =~ /[df]/;
  my $there = there($path, $kind ne 'link');
  if ($kind eq 'open' && defined $call->{flags}) {
    my $flags = flags_of($pid, $call->{flags}, \@arguments);
    $kind = 'make' if ($flags & 3) == $O_WRONLY || ($flags & $O_CREAT && $there eq '-');
  }
  access_record($pid, $kind eq 'chroot' ? 'look' : $kind, $there, $path);
}

# Flags are an argument, or the first number of the structure that it points to.
sub flags_of {
  my ($pid, $where, $arguments) = @_;
  return $arguments->[$where] if $where !~ s/\A\*//;
  my $handle = $memory{$pid} or return 0;
  sysseek $handle, $arguments->[$where], 0;
  sysread($handle, my $bytes, 8) == 8 or return 0;
  return unpack 'Q', $bytes;
}

# A program has started: what the kernel itself has mapped for it are the program and its loader.
sub observe_start {
  my ($pid) = @_;
  $running = 1;
  delete $memory{$pid};
  delete $program{$pid};
  my $path = readlink "/proc/$pid/exe";
  access_record($pid, 'exec', 'f', $path) if defined $path && $path =~ m{\A/};
  open my $maps, '<:raw', "/proc/$pid/maps" or do { note('unread'); return };
  my %mapped;
  while (<$maps>) { $mapped{$1} = 1 if m{\A\S+ \S+ \S+ \S+ \d+ +(/.*)\n\z} }
  access_record($pid, 'open', 'f', $_) for sort keys %mapped;
}

# --------------------------------------------------------------------------------------------------------------- the run

my ($main, $ended, $asked, $how) = (0, undef, 0, 'ended');

# The first time the command is asked to end, the second time it is killed.
sub end_command {
  my ($why) = @_;
  return if !$main;
  $how = $why if !$asked;
  kill($asked ? 9 : $limit{signal}, $main);
  $asked = 1;
  alarm $GRACE_SECONDS;
}

sub handle_stop {
  my ($pid, $status) = @_;
  my ($signal, $event) = (($status >> 8) & 0xff, $status >> 16);
  if ($event == $EVENT_SECCOMP) { observe_call($pid) }
  elsif ($event == $EVENT_EXEC) { observe_start($pid) }
  elsif ($event == $EVENT_STOP && $signal != 5) { return ptrace($LISTEN, $pid, 0) }
  ptrace($CONT, $pid, $event == 0 ? $signal : 0);
}

sub follow {
  while (!defined $ended) {
    my $status = pack 'L', 0;
    my $pid = syscall $own{wait4}, -1, $status, $WALL, 0;
    if ($pid < 0) { next if $!{EINTR}; last }
    my $value = unpack 'L', $status;
    if (($value & 0xff) == 0x7f) { handle_stop($pid, $value); next }
    delete $memory{$pid};
    delete $program{$pid};
    $ended = ($value & 0x7f) ? 128 + ($value & 0x7f) : ($value >> 8) & 0xff if $pid == $main;
  }
}

sub finish {
  record('note', "$_\0$notes{$_}") for sort keys %notes;
  record('end', '');
  flush_out();
  POSIX::_exit(0);
}

sub refuse { my ($what, $number, $text) = @_; record('failed', "$what\0$number\0$text"); finish() }

open $answer, '>&', \*STDOUT;
binmode $_ for $answer, *STDIN, *STDERR;
read_request();
my $input = read_part();
refuse('machine', 0, '') if !%own;
my ($stdin, $master) = command_input($input);
refuse('terminal', $! + 0, "$!") if !$stdin;
pipe my $go_reader, my $go;
pipe my $trouble, my $trouble_writer;
$SIG{TERM} = sub { POSIX::_exit(3) };
$SIG{USR1} = sub { end_command('asked') };
$SIG{ALRM} = sub { end_command('limit') };
$main = fork;
defined $main or refuse('fork', $! + 0, "$!");
if (!$main) { close $go; close $answer; close $master if $master; become_command($go_reader, $trouble_writer, $stdin) }
close $_ for $go_reader, $trouble_writer, $stdin;
my $seized = ptrace($SEIZE, $main, $OPTIONS);
if ($seized != 0) { my ($number, $text) = ($! + 0, "$!"); kill 9, $main; refuse('ptrace', $number, $text) }
# Nobody of the same user may read the answer's descriptor through /proc (proc_pid_fd(5)).
syscall $own{prctl}, $SET_DUMPABLE, 0, 0, 0, 0;
helper(\&watch_client);
if ($master) { helper(sub { copy($master, \*STDERR) }); helper(sub { write_all($master, typed($input)) }) if $input ne '' }
alarm $limit{seconds};
syswrite $go, '1';
follow();
my $why = '';
sysread $trouble, $why, 4096 if !$running;
if ($why ne '') { my ($what, $number, $text) = split /\0/, $why; refuse($what, $number, $text) }
record('outcome', join "\0", $how, $ended // 0, $events);
finish();
