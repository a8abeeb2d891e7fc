FROM debian:bookworm AS builder
RUN dpkg --add-architecture i386 && apt-get update && apt-get install -y gcc-multilib
FROM debian:bookworm-slim
RUN dpkg --add-architecture i386 \
 && apt-get update \
 && apt-get install -y lib32gcc-s1 lib32stdc++6 libsdl2-2.0-0:i386 zlib1g:i386=1:1.2.13.dfsg-1 libcurl4/bookworm-backports nano-
COPY --from=builder /game /game
WORKDIR /game
CMD ["./run.sh"]
