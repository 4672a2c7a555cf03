# The services' images: one stage builds all of them once, the last picks one by BINARY
# (clovers-back, clovers-batch, clovers-preview).

FROM rust:1.95-slim-bookworm AS build
WORKDIR /build
COPY . .
# How many compilers run at once; by default one a core.
ARG CARGO_BUILD_JOBS=default
# The commit, for GET /version.
ARG CLOVERS_GIT_REVISION
# The checked query data stands in for a database. What was compiled stays in the cache between
# builds, so that a change costs its own crates only.
ENV SQLX_OFFLINE=true
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/build/target \
    if [ -z "$CLOVERS_GIT_REVISION" ]; then unset CLOVERS_GIT_REVISION; fi && \
    cargo build --release --locked \
        --package clovers-back --package clovers-batch --package clovers-preview && \
    mkdir -p /out && \
    cp target/release/clovers-back target/release/clovers-batch target/release/clovers-preview /out/

FROM debian:bookworm-slim
ARG BINARY=clovers-back
COPY --chmod=755 deploy/check-cpu.sh /usr/local/bin/check-cpu
COPY --chmod=755 deploy/healthcheck.sh /usr/local/bin/healthcheck
COPY --chmod=755 deploy/entrypoint.sh /usr/local/bin/entrypoint
COPY scenes /app/scenes
COPY --from=build /out/${BINARY} /usr/local/bin/service
WORKDIR /app
USER 10001:10001
ENV CLOVERS_LISTEN_ADDRESS=0.0.0.0:8080 \
    CLOVERS_METRICS_ADDRESS=0.0.0.0:9090 \
    CLOVERS_SCENES_DIR=/app/scenes
ENTRYPOINT ["entrypoint"]
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=6 CMD ["healthcheck", "9090"]
