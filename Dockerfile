# tertulia in an image that holds one file: no shell, no libraries, no package manager.
#
#   docker build -t tertulia . && docker run -p 127.0.0.1:8080:8080 -v tertulia:/data tertulia
#
# docs/install.md has the rest, compose.yaml the same with everything closed that can be.

FROM rust:1.95-slim-bookworm AS build
WORKDIR /src
COPY . .
# A static binary also with glibc: the server looks up no names, which is what glibc cannot do then. With --target the
# flags are not those of build scripts and macros, which cannot be static.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    host="$(rustc --print host-tuple)" && \
    RUSTFLAGS='-C target-feature=+crt-static' cargo build --locked --release --target "$host" && \
    mkdir -p /image/data && \
    install -s -m 755 "target/$host/release/tertulia" /image/tertulia && \
    chown -R 65532:65532 /image/data && \
    chmod 700 /image/data

FROM scratch
# With the owner of /data, which a new volume takes over.
COPY --from=build /image/ /
# By number, so that an orchestrator can see that it is not root.
USER 65532:65532
ENV TERTULIA_BIND=0.0.0.0:8080 \
    TERTULIA_DATA_DIR=/data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
# There is no other program in here to ask with.
HEALTHCHECK --interval=30s --timeout=10s --start-period=5s --retries=3 CMD ["/tertulia", "health"]
ENTRYPOINT ["/tertulia"]
