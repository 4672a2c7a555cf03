#!/usr/bin/env bash
# `./just render SCENE [options]`: the renderer on the command line. The picture lands beside the
# terminal, named after the scene, unless -o says otherwise.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need.sh rust
scene=$1
shift
name=$(basename "$scene")
output=(-o "${name%.json}.png")
for word in "$@"; do
    case $word in -o | -o?* | --output*) output=() ;; esac
done
cargo build --quiet --release --package clovers-cli
exec "$(target_folder)/release/clovers-cli" render -i "$scene" ${output[@]+"${output[@]}"} "$@"
