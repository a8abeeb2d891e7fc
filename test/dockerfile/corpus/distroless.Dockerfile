FROM debian:12 AS builder
RUN make
FROM gcr.io/distroless/cc-debian12:nonroot
WORKDIR /app
COPY --link --from=builder --chmod=755 /src/bin/app .
COPY --link --from=builder /src/share ./share/
USER nonroot
ENTRYPOINT ["/app/app"]
