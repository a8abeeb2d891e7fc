FROM gcc:14 AS builder
WORKDIR /work
RUN make && make install PREFIX=/install

FROM scratch AS dist
COPY --from=builder /install/bin /rootfs/usr/bin
COPY --from=builder /install/lib/*.so* /rootfs/usr/lib/
COPY etc /rootfs/etc

FROM debian:bookworm-slim
COPY --from=dist /rootfs /
RUN ldconfig
CMD ["/usr/bin/tool"]
