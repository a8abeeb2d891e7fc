FROM golang:1.24-bookworm AS builder
RUN go build -o /bin/app .
FROM debian:bookworm-slim AS runtime
COPY --from=builder /bin/app /usr/local/bin/app
FROM runtime AS test
RUN apt-get update && apt-get install -y bats
CMD ["bats", "/tests"]
