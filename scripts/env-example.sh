#!/usr/bin/env bash
# Whether `.env.example` names every variable that the services read.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

missing=0
for name in $(grep -hoE '"(CLOVERS_[A-Z0-9_]+|DATABASE_URL|REDIS_URL|RUST_LOG)"' \
    clovers-common/src/config.rs clovers-local/src/main.rs | tr -d '"' | sort -u); do
    if ! grep -qE "^#?$name=" .env.example; then
        echo "$name is not in .env.example" >&2
        missing=1
    fi
done
exit "$missing"
