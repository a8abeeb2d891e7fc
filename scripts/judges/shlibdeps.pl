# Runs in an image with dpkg-dev: dpkg-shlibdeps for each package on standard input (KEY, a tab, its files, tab-separated).
# Prints KEY, a tab and the relations; where it fails for a package as a whole it is asked file by file, and files for
# which it fails are printed as `! KEY`, a tab, path, a tab and its words.
use strict;
use warnings;

my $jobs = shift // 2;
chomp(my @lines = <STDIN>);
my @pids;
for my $job (0 .. $jobs - 1) {
  my $pid = fork // die;
  if ($pid) { push @pids, $pid; next }
  open my $out, '>', "/tmp/out.$job" or die;
  mkdir "/tmp/job.$job";
  mkdir "/tmp/job.$job/debian";
  chdir "/tmp/job.$job" or die;
  for my $index (0 .. $#lines) {
    next if $index % $jobs != $job;
    my ($key, @files) = split /\t/, $lines[$index];
    package_of($out, $key, @files);
  }
  exit 0;
}
for my $pid (@pids) { waitpid $pid, 0; die 'a job failed' if $? }
for my $job (0 .. $jobs - 1) {
  open my $in, '<', "/tmp/out.$job" or die;
  print while <$in>;
}

sub package_of {
  my ($out, $key, @files) = @_;
  my ($name) = $key =~ /^([^:]*)/;
  open my $control, '>', 'debian/control' or die;
  print $control "Source: $name\nMaintainer: nobody <nobody>\n\nPackage: $name\nArchitecture: any\nDescription: none\n";
  close $control;
  my ($relations, $trouble) = ask($name, @files);
  if (defined $relations) { print $out "$key\t$relations\n"; return }
  my @all;
  for my $file (@files) {
    ($relations, $trouble) = ask($name, $file);
    if (defined $relations) { push @all, $relations } else { print $out "! $key\t$file\t$trouble\n" }
  }
  print $out "$key\t", join(', ', @all), "\n";
}

# The folders of the package's own files are given with -l: private libraries lie there, as in the build tree.
sub ask {
  my ($name, @files) = @_;
  my %folders = map { s{/[^/]*$}{}r => 1 } @files;
  my @words = ('-O', '--ignore-missing-info', "-x$name", map { "-l$_" } sort keys %folders);
  my $pid = open(my $answer, '-|') // die;
  if (!$pid) { open STDERR, '>', 'errors'; exec 'dpkg-shlibdeps', @words, @files or exit 127 }
  my $text = join '', <$answer>;
  close $answer;
  if ($? == 0) { my ($relations) = $text =~ /^shlibs:Depends=(.*)$/m; return ($relations // '', undef) }
  open my $errors, '<', 'errors' or die;
  my ($first) = grep { /error/ } <$errors>;
  chomp($first //= 'no words');
  return (undef, $first =~ tr/\t/ /r);
}
