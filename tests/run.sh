#!/usr/bin/env bash
# Checks everything: style, types, layers, unit and contract tests, real servers, a real browser.
# Needs Python 3.11 or newer; installs the rest: packages into .venv, on Debian and Ubuntu browser and PostgreSQL by apt-get.
# Arguments go to pytest: tests/run.sh -k stream
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

say() { printf '\n== %s\n' "$*"; }
fail() { printf 'tests: %s\n' "$*" >&2; exit 1; }

say "preparing, as startup.sh does"
./startup.sh --prepare
export PATH="$PWD/.venv/bin:$PATH"

wanted=$(sha256sum tests/requirements.txt)
if [ "$(cat .venv/.tests-installed 2>/dev/null)" != "$wanted" ]; then
  say "installing the tests' packages (tests/requirements.txt)"
  python -m pip install --disable-pip-version-check -q -r tests/requirements.txt
  printf '%s' "$wanted" > .venv/.tests-installed
fi

missing=""
command -v chromium >/dev/null || missing="chromium fonts-dejavu-core"
command -v initdb >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || missing="$missing postgresql"
if [ -n "$missing" ]; then
  command -v apt-get >/dev/null || fail "the tests need: $missing. Install it, then run this again."
  say "installing from Debian:" $missing
  as_root=""
  [ "$(id -u)" = 0 ] || as_root=sudo
  $as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null ||
    fail "$missing could not be installed."
fi

say "style, types, layers"
ruff check .
ruff format --check .
mypy
lint-imports --no-cache

say "dashboard: generated code, style, unit tests"
python -m api.openapi | cmp - frontend/openapi.json ||
  fail "frontend/openapi.json is old: python -m api.openapi > frontend/openapi.json && npm --prefix frontend run generate"
npm --prefix frontend run --silent generate >/dev/null
git diff --exit-code --stat -- frontend/src/app/models ||
  fail "the generated client is old: commit what npm --prefix frontend run generate wrote."
npm --prefix frontend run --silent lint
npm --prefix frontend run --silent test:ci

say "unit tests, contract tests, real servers, real browser"
if [ $# -gt 0 ]; then
  exec python -m pytest "$@"
fi
python -m pytest -n 2 --dist worksteal --ignore tests/faults
python -m pytest tests/faults # alone on the machine: some of them count milliseconds
