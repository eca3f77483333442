#!/bin/sh
# The benchmark: ./bench/run.sh [--quick] [--only PART ...]; see --help. Needs .venv (startup.sh makes it) and gcc.
set -eu
cd "$(dirname "$0")/.."
if [ ! -x .venv/bin/python ]; then
    echo "bench: there is no .venv. Run ./startup.sh once, it makes one." >&2
    exit 2
fi
if ! command -v gcc >/dev/null; then
    echo "bench: gcc is needed to compile the clients. Install it (Debian: apt-get install gcc libc6-dev)." >&2
    exit 2
fi
mkdir -p bench/bin
for name in clients limit; do
    source=bench/$name.c
    program=bench/bin/$name
    if [ ! -x "$program" ] || [ "$source" -nt "$program" ]; then
        gcc -O2 -Wall -Wextra -Werror -o "$program" "$source"
    fi
done
exec .venv/bin/python -m bench "$@"
