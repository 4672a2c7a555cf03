#!/bin/sh
# Makes src/api/schema.d.ts from the API's own description. `--check` only says whether the
# committed one was made from the description as it stands now; that takes no network.
# The generator brings a TypeScript of its own: version 7, which checks the front, has no compiler
# API that it could use.
set -eu
cd "$(dirname "$0")/.."

description=../clovers-back/openapi.json
types=src/api/schema.d.ts

stamp() {
    hash=$(node --print "crypto.hash('sha256', fs.readFileSync('$description'))")
    echo "// Made by scripts/gen-api.sh from openapi.json, SHA-256 $hash"
}

case ${1:-} in
    '')
        fresh=$(mktemp -d)
        trap 'rm -rf "$fresh"' EXIT
        npx --yes --package typescript@5.9.3 --package openapi-typescript@7.13.0 -- \
            openapi-typescript "$description" --output "$fresh/schema.d.ts"
        { stamp; cat "$fresh/schema.d.ts"; } >"$types"
        ;;
    --check)
        if [ "$(head -n 1 "$types")" != "$(stamp)" ]; then
            echo "$types was not made from $description as it is: run npm run gen:api." >&2
            exit 1
        fi
        ;;
    *)
        echo 'usage: gen-api.sh [--check]' >&2
        exit 64
        ;;
esac
