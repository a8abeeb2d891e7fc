FROM debian:bookworm AS builder
RUN make DESTDIR=/out install
FROM debian:bookworm-slim AS template
ONBUILD COPY --from=builder /out /
ONBUILD RUN ldconfig
FROM template
CMD app
