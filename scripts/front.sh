#!/usr/bin/env bash
# Builds the front only as far as needed: `front.sh install` runs `npm ci` when the lock file has
# changed, `front.sh build` also builds the UI when a source has.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

front=clovers-front
installed=$front/node_modules/.installed-from
built=$front/node_modules/.built-from

hash_of() {
    # File names count as well as contents.
    (cd "$front" && find "$@" -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum) | sha256sum | cut -d ' ' -f 1
}

is_stamped() {
    [ -f "$1" ] && [ "$(cat "$1")" = "$2" ]
}

install() {
    scripts/need.sh node
    local lock
    lock=$(hash_of package.json package-lock.json)
    if ! is_stamped "$installed" "$lock"; then
        say "Installing the front's packages (npm ci)"
        npm --prefix "$front" ci --no-audit --no-fund --loglevel=error >&2
        printf '%s\n' "$lock" >"$installed"
    fi
}

build() {
    install
    local sources
    sources=$(hash_of . -not -path './node_modules/*' -not -path './dist/*' \
        -not -path './test-results/*' -not -path './e2e/*' -not -path './playwright-report/*')
    if ! is_stamped "$built" "$sources" || [ ! -f "$front/dist/index.html" ]; then
        say 'Building the front'
        npm --prefix "$front" run build >&2
        printf '%s\n' "$sources" >"$built"
    fi
}

case ${1:-} in
    install) install ;;
    build) build ;;
    *) fail 'usage: front.sh install|build' 64 ;;
esac
