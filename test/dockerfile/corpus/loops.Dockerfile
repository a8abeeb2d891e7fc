FROM ubuntu:22.04 AS builder
FROM ubuntu:22.04
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN for i in 1 2 3; do apt-get update && apt-get install -y --no-install-recommends libgomp1 && break || sleep 5; done
RUN PKGS="libgl1 libglib2.0-0"; if [ "$(uname -m)" = x86_64 ]; then PKGS="$PKGS intel-mkl"; fi; apt-get install -y $PKGS
RUN apt-get update && xargs -a /tmp/packages.txt apt-get install -y
RUN add-apt-repository -y ppa:x/y && apt-get install -y libfoo{1,2}
COPY --from=builder /usr/local/bin/tool /usr/local/bin/
