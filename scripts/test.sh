#!/usr/bin/env bash
# Runs test suites, `test.sh rust front e2e`, all of them even if one fails, on private servers of
# their own. The counts come from what each runner itself says at its end; a suite whose end
# cannot be read counts as one failure. The last line is the sum: "N passed, N failed".
set -uo pipefail
cd "$(dirname "$0")/.." || exit
. scripts/lib.sh

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
passed=0
failed=0
table=
# In CI the lock file must fit as it was committed.
locked=()
[ -z "${CI:-}" ] || locked=(--locked)

# suite NAME FORMAT COMMAND...: runs one suite and counts it.
suite() {
    local name=$1 format=$2 status counts ok bad
    shift 2
    say "$name: $*"
    NO_COLOR=1 CARGO_TERM_COLOR=never "$@" 2>&1 </dev/null | tee "$logs/log"
    status=${PIPESTATUS[0]}
    if counts=$(awk -v format="$format" -f scripts/count-tests.awk "$logs/log"); then
        read -r ok bad <<<"$counts"
    else
        ok=0 bad=1
        say "$name: the summary of this suite cannot be read"
    fi
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
        say "$name: exit code $status although no test failed"
    fi
    count "$name" "$ok" "$bad"
}

count() {
    passed=$((passed + $2))
    failed=$((failed + $3))
    table+=$(printf '%-14s %5d passed, %d failed' "$1" "$2" "$3")$'\n'
}

# needed NAME COMMAND...: a step before suites; if it fails, so does suite NAME.
needed() {
    local name=$1
    shift
    "$@" </dev/null && return
    say "$name: failed before its tests: $*"
    count "$name" 0 1
    return 1
}

build_services() {
    scripts/need.sh rust servers && cargo build "${locked[@]}" --workspace --bins
}

rust() {
    needed rust build_services || return
    if cargo nextest --version >/dev/null 2>&1; then
        suite rust nextest "$local_program" servers -- \
            cargo nextest run --workspace "${locked[@]}" --profile ci --no-fail-fast
    else
        suite rust libtest "$local_program" servers -- \
            cargo test --workspace "${locked[@]}" --all-targets --no-fail-fast
    fi
    suite doctests libtest "$local_program" servers -- \
        cargo test --workspace "${locked[@]}" --doc --no-fail-fast
}

front() {
    needed front scripts/front.sh install || return
    suite front vitest npm --prefix clovers-front test
}

e2e() {
    needed e2e build_services || return
    needed e2e scripts/need.sh chromium || return
    needed e2e scripts/front.sh build || return
    CLOVERS_E2E_CHROMIUM=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
    export CLOVERS_E2E_CHROMIUM
    suite e2e playwright npm --prefix clovers-front run e2e
}

[ $# -gt 0 ] || fail 'usage: test.sh rust|front|e2e...' 64
scripts/need.sh rust node || exit
# What the user has set for a farm is not meant for the tests' own.
for name in "${!CLOVERS_@}"; do
    unset "$name"
done
CARGO_TARGET_DIR=$(target_folder) || exit
export CARGO_TARGET_DIR
local_program=$CARGO_TARGET_DIR/debug/clovers-local
for name in "$@"; do
    case $name in
        rust | front | e2e) "$name" ;;
        *) fail "there is no suite $name" 64 ;;
    esac
done
printf '\n%s%d passed, %d failed\n' "$table" "$passed" "$failed"
[ "$failed" -eq 0 ]
