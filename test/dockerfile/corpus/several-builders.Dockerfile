FROM debian:trixie AS openssl-build
RUN apt-get update && apt-get install -y build-essential perl
RUN make DESTDIR=/dest install

FROM node:22 AS assets
RUN npm run build

FROM debian:trixie AS app-build
COPY --from=openssl-build /dest /
RUN cmake --install build --prefix /opt/app

FROM debian:trixie-slim
COPY --from=openssl-build /dest/usr/local/lib /usr/local/lib
COPY --from=app-build /opt/app /opt/app
COPY --from=assets /app/public /opt/app/public
COPY --from=busybox:1.36 /bin/busybox /bin/busybox
RUN ldconfig
