#!/usr/bin/env bash
# The JSON Schema of scene files, generated from the code, into docs/scene.schema.json. A test says
# whether the stored one still fits.
set -euo pipefail
cd "$(dirname "$0")/.."

fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
scripts/need.sh rust
cargo run --quiet --package clovers-cli -- schema >"$fresh"
cp "$fresh" docs/scene.schema.json
