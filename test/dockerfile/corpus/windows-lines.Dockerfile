# escape=`
FROM debian:bookworm AS builder
RUN apt-get update && `
    apt-get install -y gcc
FROM debian:bookworm-slim
RUN apt-get update && `
    # comment
    apt-get install -y `
        libcurl4 `
        libxml2
COPY --from=builder ["/out/my app", "/opt/my app/"]
