#!/usr/bin/env bash
# `./just bench [options]`: measures the engine beside its peers (bench/README.md). The peers are
# Python packages in an environment of their own under .tools/; without them the engine is measured
# alone.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh

scripts/need.sh rust
command -v python3 >/dev/null || fail 'python3 is missing: install Python 3.11 or newer' 69

environment=.tools/bench
python=$environment/bin/python
if ! cmp -s bench/requirements.txt "$environment/installed.txt"; then
    say "Installing the peers into $environment"
    if python3 -m venv "$environment" >&2 &&
        "$python" -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt >&2; then
        cp bench/requirements.txt "$environment/installed.txt"
    else
        say 'They could not be installed'
    fi
fi
[ -x "$python" ] || python=python3

# Mitsuba compiles by LLVM, of which Debian keeps several versions side by side.
if [ -z "${DRJIT_LIBLLVM_PATH:-}" ]; then
    llvm=$(find /usr/lib /usr/lib64 /usr/local/lib -maxdepth 3 -name 'libLLVM*.so*' 2>/dev/null |
        sed -nE 's|.*/libLLVM(-\|\.so\.)([0-9]+).*|\2 &|p' | sort -k1,1n -k2,2 | tail -n 1)
    if [ -n "$llvm" ]; then
        export DRJIT_LIBLLVM_PATH=${llvm#* }
    fi
fi

cargo build --quiet --release --locked --package clovers-bench
exec "$python" bench/bench.py --engine "$(target_folder)/release/clovers-bench" "$@"
