FROM debian:bookworm
RUN make install DESTDIR=/a
FROM debian:bookworm
RUN make install DESTDIR=/b
FROM debian:bookworm-slim
COPY --from=0 /a/ /
COPY --from=1 /b/usr/bin/b1 /b/usr/bin/b2 /usr/bin/
COPY --from=2 /self /self
