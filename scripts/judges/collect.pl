# Runs in a builder image: copies the ELF files and scripts of packages, and the links to them, to /out/NAME as a
# `make install DESTDIR=/out/NAME` of these programs would have left them. Arguments: NAME PACKAGE…
use strict;
use warnings;

my ($name, @packages) = @ARGV;
my %merged = map { $_ => -l "/$_" } qw(bin sbin lib lib64);
my %files;
my %links;
open my $dpkg, '-|', 'dpkg', '-L', @packages or die;
while (my $path = <$dpkg>) {
  chomp $path;
  next if $path !~ m{^/} || $path =~ m{^/usr/share/doc/} || $path =~ m{ diverted };
  my ($top) = $path =~ m{^/([^/]+)/};
  $path = "/usr$path" if defined $top && $merged{$top};
  if (-l $path) { $links{$path} = 1 }
  elsif (-f $path && counts($path)) { $files{$path} = 1 }
}
close $dpkg or die "dpkg -L failed";
die "no ELF file and no script in @packages\n" if !%files;
# A link is part of it where it leads to one of the files.
for my $link (keys %links) {
  my $real = readlink($link);
  $real = ($link =~ s{[^/]*$}{}r) . $real if $real !~ m{^/};
  1 while $real =~ s{/[^/]+/\.\./}{/};
  $files{$link} = 1 if $files{$real};
}
mkdir '/out';
mkdir "/out/$name";
open my $list, '>', "/tmp/$name.list" or die;
print $list map { substr($_, 1) . "\0" } sort keys %files;
close $list;
system("tar -C / --null -T /tmp/$name.list -cf - | tar -C /out/$name -xpf -") == 0 or die 'tar failed';
unlink "/tmp/$name.list";

sub counts {
  my ($path) = @_;
  open my $file, '<:raw', $path or die "$path: $!";
  read $file, my $head, 4;
  return $head eq "\x7fELF" || (substr($head, 0, 2) eq '#!' && -x $path);
}
