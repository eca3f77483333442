#!/bin/sh
# The benchmark: ./bench/run.sh [--quick] [--write] [--against COMMIT] [--only PART ...]; see --help.
# Needs .venv (startup.sh makes it) and gcc; some parts also what tests/run.sh installs (PostgreSQL, Chromium). Installs
# the peers' packages into environments of their own (.venv in bench/peers and bench/graphs), Centrifugo where there is
# Go, and, as root on Debian, the other servers; what cannot be installed is left out, and the table says so.
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
wanted() { # whether a part is to be run
    printf '%s\n' "$parts" | grep -qx "$1"
}
environment() { # the Python packages of a folder's requirements.txt, in its .venv
    if ! cmp -s "$1/requirements.txt" "$1/.venv/installed"; then
        echo "bench: installing the packages of $1/requirements.txt" >&2
        .venv/bin/python -m venv "$1/.venv"
        if "$1/.venv/bin/python" -m pip install --disable-pip-version-check -q --no-deps -r "$1/requirements.txt"; then
            cp "$1/requirements.txt" "$1/.venv/installed"
        else
            echo "bench: they could not be installed" >&2
        fi
    fi
}
case " $* " in *" -h "* | *" --help "*) exec .venv/bin/python -m bench --help ;; esac
parts=$(.venv/bin/python -m bench --list "$@")
if wanted langgraph; then
    environment bench/graphs
fi
if wanted peers; then
    environment bench/peers
    centrifugo=$(cat bench/peers/centrifugo.version)
    if [ ! -x "bench/bin/centrifugo-$centrifugo" ]; then
        if command -v go >/dev/null; then
            echo "bench: compiling Centrifugo $centrifugo" >&2
            mkdir -p bench/bin
            if GOBIN="$PWD/bench/bin" GOFLAGS=-mod=mod go install "github.com/centrifugal/centrifugo/v6@$centrifugo"; then
                mv bench/bin/centrifugo "bench/bin/centrifugo-$centrifugo"
            else
                echo "bench: it could not be compiled" >&2
            fi
        else
            echo "bench: Centrifugo is left out, for there is no Go to compile it (https://go.dev)" >&2
        fi
    fi
    if { ! command -v nginx || ! command -v redis-server || [ ! -e /usr/lib/nginx/modules/ngx_nchan_module.so ]; } >/dev/null 2>&1; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            echo "bench: installing Debian's nginx, libnginx-mod-nchan and redis-server" >&2
            apt-get update -qq
            # Installed to be measured, not to be services of this machine: apt-get asks this file whether it may start them.
            (
                policy=/usr/sbin/policy-rc.d
                if [ ! -e $policy ]; then
                    trap 'rm -f $policy' EXIT
                    trap 'exit 130' INT TERM
                    printf '#!/bin/sh\nexit 101\n' >$policy
                    chmod +x $policy
                fi
                DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
                    nginx-light libnginx-mod-nchan redis-server >/dev/null
            ) || echo "bench: they could not be installed" >&2
        else
            echo "bench: nginx with Nchan and Redis are not installed (apt-get install nginx libnginx-mod-nchan redis-server)" >&2
        fi
    fi
fi
if wanted ingest && [ ! -x bench/bin/collector ]; then
    if command -v go >/dev/null; then
        echo "bench: compiling the OpenTelemetry collector with its otlp receiver; it takes some minutes" >&2
        mkdir -p bench/bin
        (cd bench/collector && go build -o ../bin/collector .) || echo "bench: it could not be compiled" >&2
    else
        echo "bench: the OpenTelemetry collector is left out, for there is no Go to compile it (https://go.dev)" >&2
    fi
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
