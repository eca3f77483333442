#!/usr/bin/env bash
# Writes the bills of materials (CycloneDX) of a release: NAME.python.cdx.json, what requirements.txt installs, and
# NAME.dashboard.cdx.json, what the dashboard is built from, with its build tools, which are marked as such.
#
#   deploy/sbom.sh ringside-0.2.0
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
name=${1:?deploy/sbom.sh NAME}
export PATH="$PWD/.venv/bin:$PATH"

wanted=$(sha256sum deploy/requirements.txt)
if [ "$(cat deploy/.venv/.installed 2>/dev/null)" != "$wanted" ]; then
  python3 -m venv deploy/.venv
  deploy/.venv/bin/python -m pip install --disable-pip-version-check -q --no-deps -r deploy/requirements.txt
  printf '%s' "$wanted" > deploy/.venv/.installed
fi
deploy/.venv/bin/python -W ignore -m cyclonedx_py requirements requirements.txt --pyproject pyproject.toml \
  --output-reproducible --output-format JSON --output-file "$name.python.cdx.json"
(cd frontend && npm sbom --sbom-format cyclonedx --package-lock-only) > "$name.dashboard.cdx.json" 2>/dev/null
printf 'sbom: %s.python.cdx.json and %s.dashboard.cdx.json are made.\n' "$name" "$name"
