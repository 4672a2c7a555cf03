#!/bin/sh
# Exit code 78, with the CPU's name, where clovers cannot run: it is compiled for x86-64-v3, that
# is AVX2, FMA and their contemporaries. Better said now than by an illegal instruction later.
set -eu

[ "$(uname -m)" = x86_64 ] && [ -r /proc/cpuinfo ] || exit 0
flags=" $(sed -n 's/^flags[[:space:]]*: //p' /proc/cpuinfo | head -n 1) "
lacking=
for flag in avx2 fma bmi1 bmi2 f16c movbe abm; do
    case $flags in
        *" $flag "*) ;;
        *) lacking="$lacking $flag" ;;
    esac
done
[ -n "$lacking" ] || exit 0
model=$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)
echo "clovers: this CPU (${model:-unnamed}) lacks$lacking." >&2
echo "clovers needs AVX2 and FMA: an Intel Core of 2013 (Haswell) or newer, or an AMD Ryzen." >&2
exit 78
