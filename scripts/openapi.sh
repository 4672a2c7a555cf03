#!/usr/bin/env bash
# The API's description, generated from the code: `write` stores it in clovers-back/openapi.json
# with the front's types made from it, `check` says whether the stored one still fits.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

stored=clovers-back/openapi.json
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
scripts/need.sh rust
cargo build --quiet --package clovers-back
"$(target_folder)/debug/clovers-back" openapi >"$fresh"
case ${1:-} in
    write)
        cp "$fresh" "$stored"
        scripts/front.sh install
        npm --prefix clovers-front run gen:api
        ;;
    check)
        diff -u "$stored" "$fresh" >&2 ||
            fail "$stored does not fit the code: run ./just openapi and commit it."
        ;;
    *) fail 'usage: openapi.sh write|check' 64 ;;
esac
