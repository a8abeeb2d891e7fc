FROM debian:trixie AS builder
RUN make DESTDIR=/out install
FROM debian:trixie-slim
RUN --mount=type=bind,from=builder,source=/out,target=/mnt cp -a /mnt/. / && ldconfig
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    --mount=type=cache,target=/var/lib/apt \
    apt-get update && apt-get install -y --no-install-recommends libev4
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/x.bin /opt/
ADD https://github.com/user/project.git#v1 /opt/project
COPY --from=builder --exclude=**/*.a --exclude=**/*.h /usr/local /usr/local
