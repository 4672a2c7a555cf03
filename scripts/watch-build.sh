#!/usr/bin/env bash
# Builds the services' debug binaries again whenever a source changes, until it is stopped.
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. scripts/lib.sh

target=$(target_folder)
mkdir -p "$target"
# Its time is that of the sources last built.
stamp=$target/watched
rm -f "$stamp" "$target/built"

changed() {
    [ ! -e "$stamp" ] || [ -n "$(find clovers clovers-* migrations .sqlx Cargo.toml .cargo \
        \( -name node_modules -o -path clovers-front \) -prune -o -newer "$stamp" -type f -print -quit 2>/dev/null)" ]
}

while :; do
    if changed; then
        touch "$stamp"
        if cargo build --workspace --bins; then
            touch "$target/built"
        else
            say 'Does not compile; the services go on as they were'
        fi
    fi
    # In the background, so that a signal ends the wait at once.
    sleep 1 &
    wait $!
done
