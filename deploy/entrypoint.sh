#!/bin/sh
# Starts the service of this image: a clear word where the CPU is too old, then the service itself
# as process 1, so that it gets the signals.
set -eu

check-cpu
exec /usr/local/bin/service "$@"
