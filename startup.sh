#!/usr/bin/env bash
# Starts Ringside from a fresh clone: needs Python 3.11 or newer and nothing else.
# Makes .venv, installs pinned packages, builds the dashboard, migrates the database, serves.
# With --packages it stops before the dashboard, with --prepare before the server.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

say() { printf 'ringside: %s\n' "$*"; }
fail() { printf 'ringside: %s\n' "$*" >&2; exit 1; }

# Runs a command quietly; shows what it printed only when it fails. Whoever stops us stops it, too.
quietly() {
  local printed status=0
  printed=$(mktemp)
  "$@" >"$printed" 2>&1 &
  trap 'kill $!; rm -f "$printed"; exit 143' INT TERM
  wait $! || status=$?
  trap - INT TERM
  [ $status = 0 ] || tail -n 40 "$printed" >&2
  rm -f "$printed"
  return $status
}

# A step runs again only when what it depends on has changed: its stamp holds a hash of that.
stamp_is() { [ "$(cat "$1" 2>/dev/null)" = "$2" ]; }

if [ -n "${WEBSITE_SITE_NAME:-}" ]; then
  say "Azure App Service: the platform has installed and built everything"
  python=python
else
  python=.venv/bin/python
  if [ ! -x "$python" ]; then
    base=""
    for candidate in python3.13 python3.12 python3.11 python3; do
      if command -v "$candidate" >/dev/null &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        base=$candidate
        break
      fi
    done
    [ -n "$base" ] || fail "Python 3.11 or newer is needed and was not found. Install it, then start again."
    say "making the virtual environment (.venv)"
    quietly "$base" -m venv .venv ||
      fail "the virtual environment could not be made. On Debian and Ubuntu: apt install python3-venv"
  fi

  wanted=$("$python" -c 'import hashlib, sys; print(hashlib.sha256(open("requirements.txt", "rb").read() + sys.version.encode()).hexdigest())')
  if ! stamp_is .venv/.installed "$wanted"; then
    say "installing packages (requirements.txt)"
    quietly "$python" -m pip install --disable-pip-version-check -q -r requirements.txt ||
      fail "the packages could not be installed. Is the network there?"
    printf '%s' "$wanted" > .venv/.installed
  fi
  [ "${1:-}" != "--packages" ] || exit 0

  wanted=$("$python" - <<'PY'
import hashlib, pathlib
digest = hashlib.sha256()
for path in sorted(pathlib.Path("frontend").glob("*.*")) + sorted(pathlib.Path("frontend").glob("[ps][ur][bc]*/**/*")):
    if path.is_file():
        digest.update(str(path).encode() + b"\0" + path.read_bytes())
print(digest.hexdigest())
PY
)
  if ! stamp_is frontend/dist/.built-from "$wanted" || [ ! -f frontend/dist/ringside/browser/index.html ]; then
    export PATH="$PWD/.venv/bin:$PATH"
    say "installing Node.js into the virtual environment (frontend/requirements.txt)"
    quietly "$python" -m pip install --disable-pip-version-check -q -r frontend/requirements.txt ||
      fail "Node.js could not be installed. Is the network there?"
    say "installing the dashboard's packages (frontend/package-lock.json)"
    quietly npm --prefix frontend ci --no-audit --no-fund ||
      fail "the dashboard's packages could not be installed. Is the network there?"
    say "building the dashboard"
    quietly npm --prefix frontend run build || fail "the dashboard could not be built."
    "$python" -m api.operations.dashboard
    printf '%s' "$wanted" > frontend/dist/.built-from
  fi
fi

[ "${1:-}" != "--prepare" ] || exit 0

# It finds the port in gunicorn.conf.py, migrates the database, and says where it serves.
exec "$python" -m gunicorn wsgi:app
