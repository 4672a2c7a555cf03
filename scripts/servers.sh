#!/usr/bin/env bash
# Runs a command with fresh private servers: `servers.sh CMD...`.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need.sh rust servers
local_program=$(clovers_local)
exec "$local_program" servers -- "$@"
