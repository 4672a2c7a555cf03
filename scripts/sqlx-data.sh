#!/usr/bin/env bash
# The checked query data in .sqlx/ lets the queries compile without a database. `prepare` writes
# it anew, `check` says whether it still fits the queries and the migrations.
#
# sqlx's macros write the data themselves when they are compiled against a live database; so all
# this needs is a private server with the migrations, and one compilation of the store's crate.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

# The part inside `clovers-local servers`: DATABASE_URL is a fresh, empty database.
record() {
    local psql
    psql=$(postgres_program psql)
    for migration in migrations/*.sql; do
        "$psql" "$DATABASE_URL" --quiet --no-psqlrc --set ON_ERROR_STOP=1 --single-transaction \
            --file "$migration" >/dev/null
    done
    # A cfg of a new value makes cargo compile the crate again, whatever it has in store.
    SQLX_OFFLINE=false SQLX_OFFLINE_DIR=$1 cargo rustc --quiet --package clovers-common \
        --lib --profile check -- --cfg "recorded=\"$$-$(date +%s)\""
}

case ${1:-} in
    record)
        record "$2"
        exit
        ;;
    prepare | check) ;;
    *) fail 'usage: sqlx-data.sh prepare|check' 64 ;;
esac

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
scripts/servers.sh scripts/sqlx-data.sh record "$fresh"
if [ "$1" = prepare ]; then
    mkdir -p .sqlx
    rm -f .sqlx/query-*.json
    cp "$fresh"/query-*.json .sqlx/
    say "Wrote the data of $(find .sqlx -name 'query-*.json' | wc -l) queries to .sqlx/"
elif ! diff -rq "$fresh" .sqlx >&2; then
    fail 'The query data in .sqlx/ does not fit the queries: run ./just sqlx-prepare and commit it.'
fi
