#!/bin/sh
# Makes src/api/schema.d.ts from the API's own description; `--check` only says whether the
# committed one still fits. The generator brings a TypeScript of its own: version 7, which checks
# the front, has no compiler API that it could use.
set -eu
cd "$(dirname "$0")/.."

description=../clovers-back/openapi.json
types=src/api/schema.d.ts

generate() {
    npx --yes --package typescript@5.9.3 --package openapi-typescript@7.13.0 -- \
        openapi-typescript "$description" --output "$1"
}

case ${1:-} in
    '') generate "$types" ;;
    --check)
        fresh=$(mktemp -d)
        trap 'rm -rf "$fresh"' EXIT
        generate "$fresh/schema.d.ts"
        diff -u "$types" "$fresh/schema.d.ts" >&2 || {
            echo "$types does not fit $description: run npm run gen:api and commit it." >&2
            exit 1
        }
        ;;
    *)
        echo 'usage: gen-api.sh [--check]' >&2
        exit 64
        ;;
esac
