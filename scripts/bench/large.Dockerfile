# The large corpus: an image of many packages, whose programs and plugins are the artifacts.
FROM debian:trixie-slim AS large
RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
RUN apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
    build-essential git ffmpeg imagemagick graphviz gimp inkscape vlc-bin vlc-plugin-base octave-dev samba smbclient postgresql php-cli nodejs \
    qemu-utils qemu-system-x86 gdal-bin wireshark-common tshark exim4-daemon-light dovecot-core nginx apache2 openssh-server squid mariadb-server \
    poppler-utils tesseract-ocr r-base-core python3-numpy ruby perl subversion gnupg nmap bind9-dnsutils lftp \
    && apt-get clean

# The peers that Debian has, beside the same files.
FROM large AS peers
RUN apt-get install -y --no-install-recommends pax-utils libtree dpkg-dev && apt-get clean && mkdir -p /debian \
    && printf 'Source: x\nMaintainer: x <x@x>\n\nPackage: x\nArchitecture: any\nDescription: x\n' > /debian/control

# The huge corpus: the ELF files of the large one under other names, until there are 10,000.
FROM large AS huge
RUN perl -e 'mkdir "/huge"; for (my $n = 0; $n < 10000; ) { for my $from (sort glob "/usr/bin/* /usr/sbin/*") { next if -l $from || !-f $from || -s $from > 200000 || $n >= 10000; open my $in, "<:raw", $from or next; local $/; my $bytes = <$in>; next if substr($bytes, 0, 4) ne "\x7fELF"; open my $to, ">:raw", sprintf "/huge/%05d", $n++ or die; print $to $bytes; close $to; chmod 0755, sprintf "/huge/%05d", $n - 1 } }'
