#!/bin/sh
# The benchmark: ./bench/run.sh [--quick] [--only PART ...]; see --help. Needs .venv (startup.sh makes it) and gcc.
set -eu
cd "$(dirname "$0")/.."
mkdir -p bench/bin
for name in clients limit; do
    source=bench/$name.c
    program=bench/bin/$name
    if [ ! -x "$program" ] || [ "$source" -nt "$program" ]; then
        gcc -O2 -Wall -Wextra -Werror -o "$program" "$source"
    fi
done
exec .venv/bin/python -m bench "$@"
