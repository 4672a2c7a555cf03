# Shared by the scripts beside it; sourced from the repository's root, never run.
# shellcheck shell=bash

say() {
    printf '\033[1m» %s\033[0m\n' "$*" >&2
}

fail() {
    printf '%s\n' "$1" >&2
    exit "${2:-1}"
}

# The commit that is built, for GET /version; nothing outside a repository.
git_revision() {
    git describe --always --dirty --exclude '*' 2>/dev/null || true
}

# Where cargo puts what it builds: CARGO_TARGET_DIR, cargo's own settings, or target/.
target_folder() {
    cargo metadata --no-deps --format-version 1 --offline 2>/dev/null |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p' | grep . ||
        cargo metadata --no-deps --format-version 1 |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# A program of Postgres: Debian keeps most of them out of PATH.
postgres_program() {
    if command -v "$1" >/dev/null 2>&1; then
        command -v "$1"
        return
    fi
    local found
    found=$(find /usr/lib/postgresql/*/bin/"$1" 2>/dev/null | sort --version-sort | tail -n 1)
    [ -n "$found" ] && printf '%s\n' "$found"
}

# The debug build of clovers-local, built if needed; prints its path.
clovers_local() {
    cargo build --quiet --package clovers-local >&2
    printf '%s/debug/clovers-local\n' "$(target_folder)"
}
