#!/usr/bin/env bash
# Checks everything: style, types, layers, unit and contract tests, real servers, a real browser.
# Needs Python 3.11 or newer; installs the rest: packages into .venv, on Debian and Ubuntu the browser by apt-get.
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

if ! command -v chromium >/dev/null; then
  command -v apt-get >/dev/null || fail "the browser tests need chromium. Install it, then run this again."
  say "installing Debian's chromium"
  as_root=""
  [ "$(id -u)" = 0 ] || as_root=sudo
  $as_root apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $as_root apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null ||
    fail "chromium could not be installed."
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
python -m pytest "$@"
