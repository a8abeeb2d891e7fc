# syntax=docker/dockerfile:1
ARG BASE_IMAGE=ubuntu:24.04

FROM ${BASE_IMAGE} AS builder
ENV DEBIAN_FRONTEND=noninteractive
RUN apt-get update && apt-get install -y --no-install-recommends \
        build-essential \
        libssl-dev libsasl2-dev \
        # the map types
        libmariadb-dev liblmdb-dev \

        libpcre2-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN make -j"$(nproc)" && make install DESTDIR=/out

FROM ${BASE_IMAGE}
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libsasl2-2 liblmdb0 zlib1g libpcre2-8-0 libmariadb3 libssl3 \
 && rm -rf /var/lib/apt/lists/*
COPY --from=builder /out/ /
EXPOSE 25
CMD ["postfix", "start-fg"]
