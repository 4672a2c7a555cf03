#!/usr/bin/env bash
# Docker Compose, whichever of its two forms this machine has.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

# The older form leaves builds to the engine only when told to.
export DOCKER_BUILDKIT=1 COMPOSE_DOCKER_CLI_BUILD=1
CLOVERS_GIT_REVISION=$(git_revision)
export CLOVERS_GIT_REVISION
command -v docker >/dev/null || fail 'Docker is missing: https://docs.docker.com/engine/install/' 69
docker info >/dev/null 2>&1 || fail 'The Docker engine does not answer: is it started, and may you use it?' 69
if docker compose version >/dev/null 2>&1; then
    exec docker compose "$@"
elif command -v docker-compose >/dev/null; then
    exec docker-compose "$@"
fi
fail 'Docker Compose is missing: https://docs.docker.com/compose/install/' 69
