FROM ubuntu:24.04 AS builder
RUN cmake --build . && cmake --install . --prefix /usr/local
FROM ubuntu:24.04
RUN useradd -m app && echo "app ALL=(ALL) NOPASSWD:ALL" > /etc/sudoers.d/app
USER app
RUN sudo DEBIAN_FRONTEND=noninteractive apt-get -o Acquire::Retries=3 -qq install -y --no-install-recommends libopencv-core406t64 < /dev/null
RUN sudo bash -c "apt-get update && apt-get -y install libjpeg8 && rm -rf /var/lib/apt/lists/*"
COPY --from=builder --chown=app /usr/local /usr/local
ENTRYPOINT exec tini -- /usr/local/bin/app "$@"
