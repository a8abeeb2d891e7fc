ARG DISTRO=bookworm
FROM debian:${DISTRO} AS builder
ARG PREFIX=/opt/tool
RUN ./configure --prefix=$PREFIX && make install

FROM debian:${DISTRO}-slim
ARG PREFIX=/opt/tool
ARG PG_MAJOR
ENV RUNTIME_PACKAGES="libpq5 libldap-2.5-0" LD_LIBRARY_PATH=$PREFIX/lib
RUN apt-get update \
 && apt-get install -y --no-install-recommends $RUNTIME_PACKAGES postgresql-client-${PG_MAJOR} curl=${CURL_VERSION} \
 && rm -rf /var/lib/apt/lists/*
COPY --from=builder ${PREFIX} ${PREFIX}
COPY --from=builder ${ELSEWHERE}/x /x
