#!/usr/bin/env bash
# `./just dev-local`: the farm from debug builds, each service restarted when it is built anew, and
# Vite's dev server before it. Ctrl-C stops all three.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need.sh rust node servers
scripts/front.sh install
cargo build --workspace --bins
address=${CLOVERS_LISTEN_ADDRESS:-127.0.0.1:8080}

helpers=()
# Each helper is a process group of its own, so that what it started ends with it.
set -m
CLOVERS_API_URL=http://$address npm --prefix clovers-front run dev </dev/null &
helpers+=($!)
scripts/watch-build.sh </dev/null &
helpers+=($!)
set +m
stop_helpers() {
    local helper
    for helper in "${helpers[@]}"; do
        kill -TERM -- "-$helper" 2>/dev/null || true
    done
}
trap stop_helpers EXIT
# Ctrl-C reaches clovers-local by itself; this script waits until that has stopped the farm.
trap : INT

say "The UI with hot reload: http://127.0.0.1:${CLOVERS_FRONT_PORT:-5173}"
"$(target_folder)/debug/clovers-local" up --reload
