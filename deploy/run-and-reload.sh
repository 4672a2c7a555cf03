#!/bin/sh
# For the hot-reload stack: runs a program, waiting for it to be built first, and starts it again
# when it is built anew or has ended. `run-and-reload.sh PROGRAM`.
set -u

program=$1
pid=

built() {
    stat -c '%Y %s' "$program" 2>/dev/null
}

stop() {
    if [ -n "$pid" ]; then
        kill -TERM "$pid" 2>/dev/null
        wait "$pid"
        pid=
    fi
}

trap 'stop; exit 0' TERM INT

"$(dirname "$0")/check-cpu.sh" || exit
echo "waiting for $program"
while :; do
    while ! [ -x "$program" ]; do sleep 1 & wait $!; done
    running=$(built)
    echo "starting $program"
    "$program" &
    pid=$!
    while kill -0 "$pid" 2>/dev/null && [ "$(built)" = "$running" ]; do sleep 1 & wait $!; done
    # A linker may still be writing it.
    sleep 1 & wait $!
    stop
done
