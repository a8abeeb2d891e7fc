# Runs in a stage that is appended to the user's build (appended.ts), by perl-base; /dev/msb-deps is what we sent.
#   inside.pl facts   environment, user and working folder of the image, into /.msb-deps/open/facts
#   inside.pl run     the program of `command`: /.msb-deps has its output and how it ended
use strict;
use POSIX ();

my $in = '/dev/msb-deps';

sub content { my ($path) = @_; local $/; open my $fh, '<:raw', $path or die "$path: $!\n"; return scalar(<$fh>) // '' }
sub keep { my ($path, $text) = @_; open my $fh, '>:raw', $path or die "$path: $!\n"; print {$fh} $text; close $fh or die "$path: $!\n" }
sub words { return split /\0/, content("$in/$_[0]") }

sub facts {
  my $head = '';
  open my $self, '<:raw', $^X or die "$^X: $!\n";
  read $self, $head, 20;
  my @environment = split /\0/, content('/proc/self/environ');
  keep('/.msb-deps/open/facts', join "\0", unpack('H*', $head), $>, readlink('/proc/self/cwd') // '/', @environment);
}

sub run {
  my $work = '/dev/msb-deps-work';
  my @command = words('command');
  my ($end_input, $seconds) = words('settings');
  pipe my $input_r, my $input_w or die "pipe: $!\n";
  $SIG{PIPE} = 'IGNORE';
  my $child = fork // die "fork: $!\n";
  if (!$child) {
    $SIG{PIPE} = 'DEFAULT';
    close $input_w;
    POSIX::dup2(fileno $input_r, 0);
    open STDOUT, '>', "$work/stdout" or POSIX::_exit(126);
    open STDERR, '>', "$work/stderr" or POSIX::_exit(126);
    delete @ENV{words('removed')};
    for my $pair (words('environment')) { my ($name, $value) = split /=/, $pair, 2; $ENV{$name} = $value }
    chdir '/';
    { no warnings; exec { $command[0] } @command; }
    keep("$work/reason", "$command[0]: $!");
    POSIX::_exit(127);
  }
  close $input_r;
  my $late = 0;
  $SIG{ALRM} = sub { $late = 1; kill 'KILL', $child };
  alarm $seconds;
  my $text = content("$in/stdin");
  while (length $text) { my $n = syswrite $input_w, $text; last if !defined $n; substr $text, 0, $n, '' }
  close $input_w if $end_input;
  1 while waitpid($child, 0) < 0 && $!{EINTR};
  my $status = $?;
  mkdir '/.msb-deps', 0755;
  # One after the other: the output of a look fits into memory, twice it need not.
  for my $name (qw(stdout stderr reason)) { keep("/.msb-deps/$name", -e "$work/$name" ? content("$work/$name") : '') }
  keep('/.msb-deps/ended', join ' ', $status & 127 ? 128 + ($status & 127) : $status >> 8, $late);
}

$ARGV[0] eq 'facts' ? facts() : run();
