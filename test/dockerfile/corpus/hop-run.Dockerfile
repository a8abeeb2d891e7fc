FROM debian:bookworm AS builder
RUN make install DESTDIR=/out
FROM debian:bookworm AS packer
COPY --from=builder /out /stage
RUN patchelf --set-rpath '$ORIGIN/../lib' /stage/bin/*
FROM debian:bookworm-slim
COPY --from=packer /stage /opt/tool
