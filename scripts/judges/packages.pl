# Runs in an image: prints what dpkg knows, tab-separated. P: key, version, name, Depends and Pre-Depends, Provides.
# F: key, path of an ELF program or shared object that the package ships, links of the path's folders resolved. L: the
# same for its symlinks to these in the same folder, which are names of libraries (COPY makes a file of a link that is
# named, and in another folder $ORIGIN would be another). S: key, soname for which its shlibs or symbols file names
# a package (deb-shlibs(5), deb-symbols(5)). E: key of a package that ships nothing but documentation.
use strict;
use warnings;
use Cwd 'abs_path';

my $format = '${db:Status-Status}\t${binary:Package}\t${Version}\t${Package}\t${Depends}, ${Pre-Depends}\t${Provides}\n';
open my $query, '-|', 'dpkg-query', '-W', '-f', $format or die;
my @keys;
while (my $line = <$query>) {
  chomp $line;
  my ($status, $key, @fields) = split /\t/, $line, -1;
  next if $status ne 'installed';
  push @keys, $key;
  print join("\t", 'P', $key, @fields), "\n";
}
close $query or die;
my %folders;
for my $key (@keys) {
  my ($list) = grep { -e } "/var/lib/dpkg/info/$key.list", "/var/lib/dpkg/info/" . ($key =~ s/:.*//r) . '.list';
  my (%own, %links);
  my $empty = 1;
  open my $paths, '<', $list or die "$list: $!";
  while (my $path = <$paths>) {
    chomp $path;
    next if $path !~ m{^/} || (-d $path && !-l $path);
    $empty = 0 if $path !~ m{^/usr/share/(?:doc|lintian)/};
    next if !-f $path;
    open my $file, '<:raw', $path or next;
    read $file, my $head, 18;
    next if length $head != 18 || $head !~ /^\x7fELF\x02\x01/ || unpack('v', substr $head, 16) !~ /^[23]$/;
    my ($folder, $name) = $path =~ m{^(.*)/([^/]*)$};
    $folders{$folder} //= abs_path($folder);
    my $real = "$folders{$folder}/$name";
    if (-l $path) { $links{$real} = abs_path($path) if readlink($path) !~ m{/} }
    else { print "F\t$key\t$real\n"; $own{$real} = 1 }
  }
  close $paths;
  for my $link (sort keys %links) { print "L\t$key\t$link\n" if $own{$links{$link}} }
  print "E\t$key\n" if $empty;
  print "S\t$key\t$_\n" for declared($list =~ s/\.list$//r);
}

# A library of the name libfoo and version 1 has the soname libfoo.so.1 or libfoo-1.so.
sub declared {
  my ($base) = @_;
  my %sonames;
  if (open my $shlibs, '<', "$base.shlibs") {
    while (<$shlibs>) { $sonames{"$1.so.$2"} = $sonames{"$1-$2.so"} = 1 if /^(?:[a-z-]+:\s+)?([^\s#]\S*)\s+(\S+)/ }
  }
  if (open my $symbols, '<', "$base.symbols") {
    while (<$symbols>) { $sonames{$1} = 1 if /^([^\s#|*]\S*)\s/ }
  }
  return sort keys %sonames;
}
