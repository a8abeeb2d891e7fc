# msb-deps as an image, from one packed package:
#
#   npm ci && npm pack && docker build -t msb-deps .
#   docker run --rm -v "$PWD:/work:ro" msb-deps audit --no-build Dockerfile
#
# docs/ci.md says how to give it an engine.
ARG BASE_IMAGE=debian:trixie-slim

FROM ${BASE_IMAGE} AS builder
COPY msb-deps-*.tgz /tmp/
RUN mkdir -p /out/bin /out/lib/msb-deps \
 && tar -xzf /tmp/msb-deps-*.tgz -C /out/lib/msb-deps --strip-components=1 --no-same-owner --exclude='*.map' \
 && ln -s ../lib/msb-deps/dist/cli.js /out/bin/msb-deps

FROM ${BASE_IMAGE}
RUN apt-get update && apt-get install -y --no-install-recommends \
    nodejs \
 && rm -rf /var/lib/apt/lists/*
COPY --from=builder /out/ /usr/local/
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["msb-deps"]
CMD ["--help"]
