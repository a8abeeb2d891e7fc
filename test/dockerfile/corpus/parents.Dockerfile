# syntax=docker/dockerfile:1.7-labs
FROM debian:bookworm AS builder
WORKDIR /build
RUN make
FROM debian:bookworm-slim
COPY --parents --from=builder /build/./lib/**/*.so /build/./bin/app /opt/
COPY --from=builder /etc/./app /etc/app
