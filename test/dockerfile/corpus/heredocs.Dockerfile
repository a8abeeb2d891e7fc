# syntax=docker/dockerfile:1
FROM debian:trixie AS builder
RUN <<EOF
set -e
apt-get update
apt-get install -y --no-install-recommends \
  gcc \
  make
EOF
COPY <<-"EOT" /src/main.c
	int main(void) { return 0; }
	EOT
RUN <<-'SCRIPT' bash -euo pipefail
	mkdir -p /out/bin
	make -C /src
	SCRIPT

FROM debian:trixie-slim
RUN <<EOF
#!/bin/bash
set -euo pipefail
packages=(libstdc++6 zlib1g)
packages+=(curl)
apt-get update
apt-get install -y "${packages[@]}"
EOF
COPY --from=builder /out /usr/local
CMD ["/usr/local/bin/main"]
