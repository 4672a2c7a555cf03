#!/usr/bin/env bash
# Fuzzes what strangers can send: `fuzz.sh [SECONDS] [TARGET...]`, by default 30 seconds for each
# target in fuzz/fuzz_targets. No input may crash, take a second of the processor, or hold more
# memory than ten times its length and 64 MiB. Begins with the inputs in fuzz/corpus and those that earlier
# runs found (fuzz/target/found). An input that fails lands in fuzz/artifacts, and fails the script.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

seconds=30
case ${1:-} in
    '' | *[!0-9]*) ;;
    *)
        seconds=$1
        shift
        ;;
esac
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
    for file in fuzz/fuzz_targets/*.rs; do
        targets+=("$(basename "$file" .rs)")
    done
fi

scripts/need.sh rust fuzz
if ! cargo fuzz --version >/dev/null 2>&1; then
    say 'Installing cargo-fuzz, which builds and runs the fuzz targets'
    cargo install cargo-fuzz --locked
fi

# Sanitizers and coverage are unstable options of the compiler; the toolchain stays the pinned one.
export RUSTC_BOOTSTRAP=1
# cargo-fuzz sets its own flags, which take the place of those in .cargo/config.toml.
if [ "$(uname -m)" = x86_64 ]; then
    export RUSTFLAGS="${RUSTFLAGS:-} -C target-cpu=x86-64-v3"
fi

# last PATTERN: what the last line of the log that begins so goes on with.
last() {
    sed -n "s/^$1: *//p" "$log" | tail -n 1
}

table=
failed=()
for target in "${targets[@]}"; do
    say "$target: $seconds seconds"
    cargo fuzz build "$target"
    found=fuzz/target/found/$target
    log=fuzz/target/$target.log
    mkdir -p "$found"
    options=(-max_total_time="$seconds" -timeout=30 -max_len=65536 -print_final_stats=1)
    if [ -f "fuzz/dictionaries/$target.dict" ]; then
        options+=(-dict="fuzz/dictionaries/$target.dict")
    fi
    if ! cargo fuzz run "$target" "$found" "fuzz/corpus/$target" -- "${options[@]}" >"$log" 2>&1; then
        failed+=("$target")
        # Without the progress, and without the input as a list of numbers.
        grep --text -v '^#[0-9]' "$log" | cut -c -200 | tail -n 60 >&2
    fi
    inputs=$(find "$found" -type f | wc -l)
    table+=$(printf '%-12s %s executions, %s inputs found, most memory %s, slowest %s' \
        "$target" "$(last stat::number_of_executed_units)" "$inputs" "$(last 'most memory')" "$(last slowest)")$'\n'
done

printf '\n%s' "$table"
if [ ${#failed[@]} -gt 0 ]; then
    fail "Found something: ${failed[*]}. The inputs are in fuzz/artifacts"
fi
