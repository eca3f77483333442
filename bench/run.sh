#!/bin/sh
# The benchmark: ./bench/run.sh [--quick] [--write] [--only PART ...]; see --help.
# Needs .venv (startup.sh makes it) and gcc. Installs the peers' Python packages into bench/peers/.venv and, as root on
# Debian, their servers; a peer that cannot be installed is left out, and the table says so.
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
case " $* " in
*" --only "*) peers=$(echo " $* " | grep -c " peers " || true) ;;
*) peers=1 ;;
esac
if [ "$peers" != 0 ]; then
    if ! cmp -s bench/peers/requirements.txt bench/peers/.venv/installed; then
        echo "bench: installing the peers' packages (bench/peers/requirements.txt)" >&2
        .venv/bin/python -m venv bench/peers/.venv
        bench/peers/.venv/bin/python -m pip install --disable-pip-version-check -q -r bench/peers/requirements.txt
        cp bench/peers/requirements.txt bench/peers/.venv/installed
    fi
    if { ! command -v nginx || ! command -v redis-server || [ ! -e /usr/lib/nginx/modules/ngx_nchan_module.so ]; } >/dev/null 2>&1; then
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            echo "bench: installing Debian's nginx, libnginx-mod-nchan and redis-server" >&2
            apt-get update -qq
            # Installed to be measured, not to be services of this machine.
            printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d.bench && chmod +x /usr/sbin/policy-rc.d.bench
            [ -e /usr/sbin/policy-rc.d ] || { mv /usr/sbin/policy-rc.d.bench /usr/sbin/policy-rc.d; ours=1; }
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
                nginx-light libnginx-mod-nchan redis-server >/dev/null || echo "bench: they could not be installed" >&2
            rm -f /usr/sbin/policy-rc.d.bench
            [ -z "${ours:-}" ] || rm -f /usr/sbin/policy-rc.d
        else
            echo "bench: nginx with Nchan and Redis are not installed (apt-get install nginx libnginx-mod-nchan redis-server)" >&2
        fi
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
