#!/usr/bin/env bash
# `./just up`: installs what is missing, builds what has changed, and hands over to clovers-local.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

needed=(rust node)
# The user's own servers need none installed here.
if [ -z "${DATABASE_URL:-}" ] || [ -z "${REDIS_URL:-}" ]; then
    needed+=(servers)
fi
scripts/need.sh "${needed[@]}"
target=$(target_folder)
[ -x "$target/release/clovers-local" ] || say 'Building the farm; the first time takes a few minutes'
revision=$(git_revision)
if [ -n "$revision" ]; then export CLOVERS_GIT_REVISION=$revision; fi
cargo build --release --package clovers-back --package clovers-batch \
    --package clovers-preview --package clovers-local
scripts/front.sh build
exec "$target/release/clovers-local" up "$@"
