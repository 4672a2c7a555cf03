#!/usr/bin/env bash
# Makes sure that what a command needs is on this machine: `need.sh rust node servers chromium`.
# What Debian packages is installed, saying what and why; anything else is named with the command
# that installs it. Exit code 69 (unavailable) when something is missing in the end.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

packages=()
reasons=()

want() {
    packages+=("$1")
    reasons+=("  $1: $2")
}

need_rust() {
    command -v cargo >/dev/null || fail 'cargo is missing: install Rust from https://rustup.rs (the version in rust-toolchain.toml follows by itself)' 69
    command -v cc >/dev/null || want build-essential 'Rust links with it'
}

need_fuzz() {
    command -v c++ >/dev/null || want build-essential 'libFuzzer, which drives the fuzz targets, is C++'
}

need_node() {
    command -v npm >/dev/null || fail 'node and npm are missing: install Node.js 20 or newer, from https://nodejs.org or by your package manager' 69
    local version
    version=$(node --version)
    version=${version#v}
    [ "${version%%.*}" -ge 20 ] || fail "Node.js $version is too old: 20 or newer is needed (https://nodejs.org)" 69
}

need_servers() {
    command -v redis-server >/dev/null || command -v valkey-server >/dev/null ||
        want redis-server 'the queue of renders and the live previews; the farm runs one of its own'
    if ! { postgres_program initdb && postgres_program postgres && postgres_program psql; } >/dev/null; then
        want postgresql 'the store of renders and pictures; the farm runs one of its own'
    fi
}

need_chromium() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null ||
        command -v google-chrome >/dev/null || want chromium 'the browser tests run in it'
}

install_packages() {
    say 'Installing what is missing on this machine:'
    printf '%s\n' "${reasons[@]}" >&2
    case ${packages[*]} in
        *redis* | *postgres*) echo '  (Debian may start a server of the system, too; the farm leaves that alone.)' >&2 ;;
    esac
    if ! command -v apt-get >/dev/null; then
        fail "This is not a Debian system, so please install these by its own package manager, for example:
  Fedora: sudo dnf install redis postgresql-server chromium gcc
  Arch:   sudo pacman -S redis postgresql chromium base-devel
  macOS:  brew install redis postgresql@15" 69
    fi
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null ||
            fail "Only root can install packages, and there is no sudo. As root: apt-get install ${packages[*]}" 69
        # Without a terminal there is nobody to type a password.
        if [ -t 0 ]; then as_root=(sudo); else as_root=(sudo -n); fi
    fi
    as_root+=(env DEBIAN_FRONTEND=noninteractive)
    if ! { "${as_root[@]}" apt-get update -q &&
        "${as_root[@]}" apt-get install -q -y --no-install-recommends "${packages[@]}"; } >&2 </dev/null; then
        fail "They could not be installed. As root: apt-get install ${packages[*]}" 69
    fi
}

for part in "$@"; do
    "need_$part"
done
if [ ${#packages[@]} -gt 0 ]; then
    install_packages
fi
